// @ts-nocheck
/** Keys of the page: which conversation is next, and what is left to those who write. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { watchPageKeys } from "../../src/palaver/webclient/views/effects/page-keys.js";
import { neighbour } from "../../src/palaver/webclient/views/threads.js";

/** Three channels, of which one is for others alone, and two direct conversations, the livelier one first. */
function stateWith(changes = {}) {
  const channel = (key, unread = 0) => ({ key, kind: "channel", room: "lobby", unread });
  const direct = (key, latest_ms, unread = 0) => ({ key, kind: "direct", room: "", latest_ms, unread });
  return {
    rooms: { lobby: { phase: "joined", channels: ["one", "secret", "two"], info: { channels: [{}, { members: ["other"] }, { members: ["me"] }] }, you: "me" } },
    threads: { one: channel("one"), secret: channel("secret", 3), two: channel("two"), ana: direct("ana", 1, 2), bob: direct("bob", 5) },
    openThread: "one",
    call: { phase: "out" },
    settings: { view: {} },
    ...changes,
  };
}

test("conversations follow each other as they are listed, round and round, past those of others", () => {
  const walk = (step, from = "one") => [1, 2, 3, 4].reduce((way) => [...way, neighbour(stateWith({ openThread: way.at(-1) }), "lobby", step, false)], [from]);
  assert.deepEqual(walk(1), ["one", "two", "bob", "ana", "one"]);
  assert.deepEqual(walk(-1), ["one", "ana", "bob", "two", "one"]);
  assert.deepEqual([neighbour(stateWith(), "lobby", 1, true), neighbour(stateWith({ openThread: "ana" }), "lobby", 1, true)], ["ana", ""]);
  assert.equal(neighbour(stateWith({ openThread: "" }), "lobby", 1, false), "one");
  const { one } = stateWith().threads;
  assert.equal(neighbour(stateWith({ threads: { one }, rooms: { lobby: { ...stateWith().rooms.lobby, channels: ["one"] } } }), "lobby", 1, false), "");
});

/** A page on which keys are pressed; somebody writes in a box of that kind, or nowhere. */
function page(state = stateWith()) {
  let ui = { room: "lobby", reading: true, searching: false, dialog: null, side: "" };
  const opened = [];
  const target = new EventTarget();
  const world = { client: { store: { get: () => state }, actions: { openThread: (key) => opened.push(key) } }, ui: { get: () => ui, set: (changes) => (ui = { ...ui, ...changes }) } };
  watchPageKeys(world, target);
  const press = (key, held = {}, inside = "") => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...held });
    target.closest = (selector) => (inside && selector.split(", ").includes(inside) ? target : null);
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { press, opened, ui: () => ui };
}

test("keys lead to other conversations, also from the box, and open the search and the list of keys", () => {
  const { press, opened, ui } = page();
  press("ArrowDown", { altKey: true }, "textarea");
  press("ArrowUp", { altKey: true, shiftKey: true });
  press("F", { ctrlKey: true, shiftKey: true }, "textarea");
  assert.deepEqual([opened, ui().searching], [["two", "ana"], true]);
  press("?", { shiftKey: true });
  assert.equal(ui().dialog?.kind, "keys");
});

test("what is written stays what it is, and dialogs and menus have their own keys", () => {
  const { press, opened, ui } = page();
  assert.equal(press("?", { shiftKey: true }, "textarea"), false);
  for (const inside of ["dialog", "[role=menu]", "select"]) assert.equal(press("ArrowDown", { altKey: true }, inside), false);
  assert.equal(press("ArrowDown"), false);
  assert.deepEqual([opened, ui().dialog], [[], null]);
  const off = page(stateWith({ settings: { view: { callKeys: false } } }));
  assert.equal(off.press("?"), false);
  const outside = page(stateWith({ rooms: {} }));
  assert.equal(outside.press("ArrowDown", { altKey: true }), false);
});
