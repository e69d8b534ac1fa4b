// @ts-nocheck
/** Every text of the catalogue is said somewhere, every sign is drawn somewhere, and every class that is styled is written somewhere. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { en } from "../../src/palaver/webclient/texts/en.js";
import { ICONS } from "../../src/palaver/webclient/views/parts/icons.js";

const ROOT = new URL("../../src/palaver/webclient/", import.meta.url);
const filesIn = (folder, ending) => readdirSync(new URL(folder, ROOT), { recursive: true }).filter((name) => name.endsWith(ending)).map((name) => readFileSync(new URL(`${folder}/${name}`, ROOT), "utf8"));
const code = [...["views", "state", "net"].flatMap((folder) => filesIn(folder, ".js")), readFileSync(new URL("app.js", ROOT), "utf8"), readFileSync(new URL("texts/index.js", ROOT), "utf8")].join("\n");

/** Keys that are put together, and the words that may stand there. Where a word comes from elsewhere, any may. */
const MADE = { "chat.": ["sent", "delivered", "seen"], "file.": ["connecting", "done", "cancelled"], "file.failed.": null, "settings.": ["camera", "microphone", "speaker"],
  "past.": ["newest", "oldest", "a-z", "z-a"], "size.": ["small", "normal", "large", "mb", "kb"], "theme.": null, "sound.": null, "rules.": null, "status.": null, "role.": null,
  "report.": ["spam", "abuse", "malicious", "illegal", "child_abuse", "other"], "emoji.": null, "ended.": null, "allow.": null, "problem.": null, "refusal.": null, "name.": null, "closed.": null };

const isMade = (key) => Object.entries(MADE).some(([start, words]) => key.startsWith(start) && (words?.includes(key.slice(start.length)) ?? true));

test("every text is used", () => {
  assert.deepEqual(Object.keys(en).filter((key) => !code.includes(`"${key}"`) && !isMade(key)), []);
});

test("every sign is used", () => {
  assert.deepEqual(Object.keys(ICONS).filter((name) => !code.includes(`"${name}"`)), []);
});

test("every styled class is used, and every value that is named", () => {
  const styles = filesIn("styles", ".css").join("\n").replace(/\/\*.*?\*\//gs, "");
  const selectors = styles.replace(/\{[^{}]*\}/g, "\n");
  const names = new Set([...selectors.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name]) => name));
  const isWritten = (name) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(code);
  assert.deepEqual([...names].filter((name) => !isWritten(name) && !name.startsWith("level-")), []);
  const values = new Set([...styles.matchAll(/^\s+(--[\w-]+):/gm)].map(([, name]) => name));
  assert.deepEqual([...values].filter((name) => !styles.includes(`var(${name}`)), []);
});
