// @ts-nocheck
/** A conversation as rows, and rows in blocks that stay the same where nothing changed. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { blocksOf, rowsOf } from "../../src/palaver/webclient/views/chat/grouping.js";

const MORNING = new Date(2026, 4, 1, 9).getTime();
const MINUTE = 60_000;

const entry = (id, changes = {}) => ({ id, key: String(id), author: { handle: "Ana", user: null }, sent_ms: MORNING + id * 1000, reply_to: null, mine: false, text: "words", ...changes });
const some = (from, to) => Array.from({ length: to - from }, (_, at) => entry(from + at));
const shown = (rows) => rows.map((row) => (row.kind === "message" ? `${row.lead ? "+" : ""}${row.key}` : row.kind));

test("a day, an author, a long silence and an answer begin a group", () => {
  const bob = { author: { handle: "Bob", user: null } };
  const messages = [entry(1), entry(2), entry(3, bob), entry(4, { ...bob, sent_ms: MORNING + 6 * MINUTE }), entry(5, { ...bob, reply_to: 1, sent_ms: MORNING + 7 * MINUTE }),
    entry(6, { ...bob, sent_ms: MORNING + 24 * 60 * MINUTE })];
  const rows = rowsOf(messages, 0);
  assert.deepEqual(shown(rows), ["day", "+1", "2", "+3", "+4", "+5", "day", "+6"]);
  assert.equal(rows[5].replied, messages[0]);
  assert.equal(rows[1].replied, undefined);
  assert.equal(rowsOf([entry(5, { reply_to: 1 })], 0)[1].replied, null);
});

test("the line stands before what is new, but not before one's own", () => {
  assert.deepEqual(shown(rowsOf(some(1, 4), 1)), ["day", "+1", "new", "+2", "3"]);
  assert.deepEqual(shown(rowsOf([entry(1), entry(2, { mine: true }), entry(3)], 1)), ["day", "+1", "2", "3"]);
});

test("one more message changes the last block alone", () => {
  const messages = some(1, 990);
  const first = blocksOf(rowsOf(messages, 0), []);
  assert.ok(first.length > 20);
  assert.deepEqual(first.flatMap(({ rows }) => rows), rowsOf(messages, 0));
  const after = blocksOf(rowsOf([...messages, entry(990)], 0), first);
  assert.equal(after.filter((block) => first.includes(block)).length, first.length - 1);
  assert.equal(after.at(-1).key, first.at(-1).key);
});

test("older messages come in blocks of their own, and those let go of take one block with them", () => {
  const messages = some(1, 400);
  const first = blocksOf(rowsOf(messages.slice(150), 0), []);
  const longer = blocksOf(rowsOf(messages, 0), first);
  // The day stands above the oldest one now.
  assert.deepEqual(longer.slice(-first.length).map(({ key }) => key), first.map(({ key }) => key));
  assert.deepEqual(longer.slice(1 - first.length), first.slice(1));
  assert.equal(longer.at(-1), first.at(-1));
  const shorter = blocksOf(rowsOf(messages.slice(17), 0), longer);
  assert.equal(shorter.filter((block) => !longer.includes(block)).length, 1);
});

test("an edit, a reaction, and the edit of what was answered change their blocks", () => {
  const messages = [...some(1, 100), entry(100, { reply_to: 3 })];
  const before = blocksOf(rowsOf(messages, 0), []);
  const edited = messages.with(2, { ...messages[2], text: "other words" });
  const after = blocksOf(rowsOf(edited, 0), before);
  assert.deepEqual(after.map((block, at) => block === before[at]), [false, true, false]);
});
