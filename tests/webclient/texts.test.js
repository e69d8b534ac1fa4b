// @ts-nocheck
/** The catalogue has a text for everything that the server may say no with, and every option it offers has an effect. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { en } from "../../src/palaver/webclient/texts/en.js";
import { clockTime, problemText, refusalText } from "../../src/palaver/webclient/texts/index.js";
import { offeredRules } from "../../src/palaver/webclient/views/settings/camera-rules.js";

const source = (path) => readFileSync(new URL(`../../src/palaver/${path}`, import.meta.url), "utf8");

/** Never an answer to what the page asks: groups of codes, and faults of a client that asks nonsense. */
const NOT_SHOWN = new Set(["refused", "invalid", "denied", "missing", "conflict", "malformed", "unknown_word", "no_such_device",
  "no_such_session", "no_such_call", "already_identified", "not_identified"]);

test("every refusal has a text", () => {
  const codes = [...source("core/errors.py").matchAll(/^    code = "(\w+)"/gm)].map(([, code]) => code);
  assert.ok(codes.length > 25);
  for (const code of codes) if (!NOT_SHOWN.has(code)) assert.ok(`refusal.${code}` in en, code);
});

test("every problem of a name has a text of our own", () => {
  const part = source("core/names.py").match(/_SENTENCES: Final = \{\n(.*?)\n\}/s)[1];
  const words = [...part.matchAll(/^    "(\w+)":/gm)].map(([, word]) => word);
  assert.ok(words.length >= 8);
  for (const word of words) assert.ok(`name.${word}` in en, word);
});

test("every reason for a closed camera has a text of our own", () => {
  const part = source("core/errors.py").match(/CAMERA_CLOSED = \{\n(.*?)\n\}/s)[1];
  const words = [...part.matchAll(/^    "(\w+)":/gm)].map(([, word]) => word);
  assert.ok(words.length >= 6);
  for (const word of words) assert.ok(`closed.${word}` in en, word);
});

test("a refusal is one sentence, whatever stands in it", () => {
  const refused = (code, params) => refusalText({ code, text: "Server's words.", params });
  assert.equal(refused("bad_name", { problem: "A name cannot hold < or >.", why: "markup" }), "Names cannot contain < or >.");
  assert.equal(refused("bad_name", { problem: "Something new.", why: "new" }), "Something new.");
  assert.match(refused("camera_closed", { reason: "it is for VIPs.", why: "vip" }), /^This camera is for VIPs/);
  assert.equal(refused("not_heard_of", {}), "Server's words.");
  assert.doesNotMatch(refused("banned", { until: "2026-01-02 00:00 UTC", until_ms: 1_767_312_000_000 }), /UTC/);
});

test("what was in the way of camera and microphone is named, with what to do about it in this browser", () => {
  const denied = { microphone: "permission_denied", camera: "permission_denied" };
  const agents = {
    chromium: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    android: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    safari: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    ios: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1",
    other: undefined,
  };
  for (const [browser, agent] of Object.entries(agents)) assert.equal(problemText(denied, agent), `${en["problem.permission_denied.both"]} ${en[`allow.${browser}`]}`);
  assert.equal(problemText({ microphone: "device_not_found", camera: "device_busy" }), `${en["problem.device_not_found.microphone"]} ${en["problem.device_busy.camera"]}`);
  assert.equal(problemText({ microphone: "insecure_page", camera: "insecure_page" }), en["problem.insecure_page"]);
  assert.equal(problemText({ screen: "cancelled" }), en["problem.cancelled"]);
  assert.equal(problemText({}), "");
});

test("who is banned reads why, where anybody said why", () => {
  const read = (params) => refusalText({ code: "banned", text: "", params: { until: "x", until_ms: 1_767_312_000_000, ...params } });
  assert.match(read({ reason: "third <b>warning</b>" }), / Reason: “.third <b>warning<\/b>.”$/);
  assert.match(read({}), /^You are banned from here until [^{}]*\.$/);
});

test("the time is told to somebody whose browser knows no language", (context) => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  context.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator));
  Object.defineProperty(globalThis, "navigator", { value: { language: "C" }, configurable: true }); // WebKitGTK, without a locale
  assert.match(clockTime(0), /\d:\d\d/);
});

test("only rules with an effect are offered", () => {
  assert.deepEqual(offeredRules({ vip: false, explicit: false }), ["mutual_required", "mutual_open"]);
  assert.ok(offeredRules({ vip: false, explicit: true }).includes("explicit"));
  assert.ok(offeredRules({ vip: true, explicit: false }).includes("vip_only"));
});
