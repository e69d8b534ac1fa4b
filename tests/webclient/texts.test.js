// @ts-nocheck
/** The catalogue has a text for everything that the server may say no with, and every option it offers has an effect. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { en } from "../../src/palaver/webclient/texts/en.js";
import { refusalText } from "../../src/palaver/webclient/texts/index.js";
import { problemKey } from "../../src/palaver/webclient/texts/problems.js";
import { offeredRules } from "../../src/palaver/webclient/views/settings/camera-rules.js";

const source = (path) => readFileSync(new URL(`../../src/palaver/${path}`, import.meta.url), "utf8");

/** Never an answer to what the page asks: groups of codes, and faults of a client that asks nonsense. */
const NOT_SHOWN = new Set(["refused", "invalid", "denied", "missing", "conflict", "malformed", "unknown_word", "no_such_device",
  "no_such_session", "already_identified", "not_identified"]);

test("every refusal has a text", () => {
  const codes = [...source("core/errors.py").matchAll(/^    code = "(\w+)"/gm)].map(([, code]) => code);
  assert.ok(codes.length > 25);
  for (const code of codes) if (!NOT_SHOWN.has(code)) assert.ok(`refusal.${code}` in en, code);
});

test("every problem of a name has a text of our own", () => {
  const part = source("core/names.py").match(/_SENTENCES: Final = \{\n(.*?)\n\}/s)[1];
  const rows = [...part.matchAll(/"(\w+)": "([^"]+)"/g)];
  assert.ok(rows.length >= 8);
  for (const [, code, sentence] of rows) assert.equal(problemKey(sentence), `name.${code}`);
});

test("every reason for a closed camera has a text of our own", () => {
  const reasons = ["core/policy.py", "hub/handlers/media.py", "hub/handlers/calls.py"].flatMap((path) =>
    [...source(path).matchAll(/(?:return|CameraClosed\(reason=)\s*"((?:it|its|you) [^"]+)"/g)].map(([, reason]) => reason),
  );
  assert.ok(reasons.length >= 5);
  for (const reason of reasons) assert.match(problemKey(reason) ?? "", /^closed\./, reason);
});

test("a refusal is one sentence, whatever stands in it", () => {
  const refused = (code, params) => refusalText({ code, text: "Server's words.", params });
  assert.equal(refused("bad_name", { problem: "A name cannot hold < or >." }), "Names cannot contain < or >.");
  assert.equal(refused("bad_name", { problem: "Something new." }), "Something new.");
  assert.equal(refused("not_heard_of", {}), "Server's words.");
  assert.doesNotMatch(refused("banned", { until: "2026-01-02 00:00 UTC", until_ms: 1_767_312_000_000 }), /UTC/);
});

test("only rules with an effect are offered", () => {
  assert.deepEqual(offeredRules({ vip: false, explicit: false }), ["mutual_required", "mutual_open"]);
  assert.ok(offeredRules({ vip: false, explicit: true }).includes("explicit"));
  assert.ok(offeredRules({ vip: true, explicit: false }).includes("vip_only"));
});
