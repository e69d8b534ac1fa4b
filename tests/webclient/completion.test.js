// @ts-nocheck
/** What `@` and `:` offer while one writes. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { begunAt, emojiFor, peopleFor, withSign } from "../../src/palaver/webclient/views/chat/completion.js";

const person = (handle, display_name = "") => ({ handle, display_name });
const keys = (choices) => choices.map(({ key }) => key);

test("a word begins with @ or :, at the caret, and not inside of another word", () => {
  assert.deepEqual(begunAt("hi @an", 6), { kind: "person", from: 3, query: "an" });
  assert.deepEqual(begunAt("@", 1), { kind: "person", from: 0, query: "" });
  assert.deepEqual(begunAt("(@Ána tail", 5), { kind: "person", from: 1, query: "Ána" });
  assert.deepEqual(begunAt("so :ta", 6), { kind: "emoji", from: 3, query: "ta" });
  for (const text of ["mail@ana", "@ana ", "12:30", "http://", ":t", "a :", "@a<b", ""]) assert.equal(begunAt(text, text.length), null, text);
  assert.equal(begunAt("@ana and", 8), null);
});

test("people are found by handle, shown name and later words, best first", () => {
  const people = [person("zoe ana"), person("bob", "Anatol"), person("Ana"), person("carl")];
  assert.deepEqual(keys(peopleFor(people, "an")), ["@Ana", "@bob", "@zoe ana"]);
  assert.equal(peopleFor(people, "").length, 4);
  assert.deepEqual(peopleFor(people, "carl")[0], { key: "@carl", insert: "@carl ", name: "carl", note: "", sign: "" });
  assert.deepEqual(peopleFor(people, "anat")[0].note, "@bob");
  assert.equal(peopleFor(Array.from({ length: 50 }, (_, at) => person(`ana ${at}`)), "ana").length, 8);
});

test("emoji are found by their words, with the word that fits", () => {
  const [first] = emojiFor("ta");
  assert.deepEqual([first.sign, first.name, first.insert], ["🎉", ":tada:", "🎉 "]);
  assert.ok(keys(emojiFor("lau")).includes("😂"));
  assert.deepEqual(emojiFor("zzz"), []);
});

test("a whole :word: becomes the emoji", () => {
  assert.deepEqual(withSign("so :tada: good", 9), { text: "so 🎉 good", caret: 5 });
  assert.equal(withSign("so :nothing:", 12), null);
  assert.equal(withSign("at 12:30:", 9), null);
});
