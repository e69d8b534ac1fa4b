// @ts-nocheck
/** Messages that are looked for: by number, with older ones fetched for it, and by words. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { createClient } from "../../src/palaver/webclient/net/client.js";
import { Drafts } from "../../src/palaver/webclient/views/chat/drafts.js";
import { foundIn, showMessage } from "../../src/palaver/webclient/views/chat/finding.js";
import { follow, messageAddress, watchLinks } from "../../src/palaver/webclient/views/chat/links.js";
import { createUi } from "../../src/palaver/webclient/views/ui.js";
import { FakeClock, FakeServer, IDENTIFIED, messageOf, settle, snapshotOf } from "./fakes.js";

// Notes go away by themselves, and would keep the tests from ending until then.
mock.timers.enable({ apis: ["setTimeout"] });

/** A page in a room in which a hundred things were said, of which number 50 was deleted; the newest ten are there. */
async function page() {
  const server = new FakeServer();
  const said = Array.from({ length: 100 }, (_, at) => messageOf(at + 1, `line ${at + 1}`)).filter(({ id }) => id !== 50);
  server.answers.set("identify", IDENTIFIED).set("set_media", { type: "done" });
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf("lobby", { messages: said.slice(-10) }) });
  const older = ({ before }) => said.filter(({ id }) => id < before).slice(-20);
  server.answers.set("fetch_history", (ask) => ({ type: "history_page", messages: older(ask), more: older(ask)[0]?.id > 1 }));
  const client = createClient({ url: "ws://test/native/ws", clock: new FakeClock(), platform: { WebSocket: server.WebSocket, network: undefined } });
  await client.actions.identify({ name: "ana" });
  await client.actions.join("lobby");
  const [thread] = client.store.get().rooms.lobby.channels;
  const world = { client, ui: createUi(new Drafts()) };
  return { server, world, thread, pages: () => server.asked("fetch_history").length };
}

test("a message is fetched with those between, no further than it takes", async () => {
  const { world, thread, pages } = await page();
  assert.equal(await showMessage(world, thread, 95), true);
  assert.deepEqual([world.ui.get().target, pages()], [{ thread, id: 95 }, 0]);
  assert.equal(await showMessage(world, thread, 55), true);
  assert.deepEqual([world.ui.get().target, pages()], [{ thread, id: 55 }, 2]);
});

test("one that is not there any longer is looked for where it would be, and one that never was to the beginning", async () => {
  const { world, thread, pages } = await page();
  assert.deepEqual([await showMessage(world, thread, 50), pages(), world.ui.get().target, world.ui.get().toasts.length], [false, 3, null, 1]);
  assert.deepEqual([await showMessage(world, thread, 0), world.client.store.get().threads[thread].more], [false, false]);
  assert.equal(await showMessage(world, "elsewhere", 7), false);
});

test("a page that somebody else fetches is waited for, and a server that does not answer is given up", async () => {
  const { server, world, thread, pages } = await page();
  void world.client.actions.fetchOlder(thread);
  assert.equal(await showMessage(world, thread, 72), true);
  assert.equal(pages(), 1);
  server.answers.set("fetch_history", { code: "unavailable" });
  assert.equal(await showMessage(world, thread, 2), false);
  await settle();
});

/** The page of one server, at that address. */
async function linked(at = "https://chat.test/r/lobby") {
  globalThis.location = { href: at };
  globalThis.history = { replaceState: (_state, _title, address) => void (globalThis.location.href = String(address)) };
  const all = await page();
  all.world.site = { root: "" };
  all.world.ui.set({ room: "lobby" });
  return all;
}

test("the address of a message leads to it, where one sits in its room", async () => {
  const { world } = await linked();
  const address = messageAddress(world.site, { room: "lobby", channel: "main" }, 55);
  assert.equal(address, "https://chat.test/r/lobby#main/55");
  assert.equal(follow(world, address), true);
  await settle();
  assert.deepEqual(world.ui.get().target?.id, 55);
  for (const other of ["https://chat.test/r/lobby", "https://chat.test/r/den#main/55", "https://other.test/r/lobby#main/55", "https://chat.test/r/lobby#nowhere/55",
    "https://chat.test/r/lobby#main/0", "https://chat.test/r/lobby#main/5x", "https://chat.test/r/lobby#%/5", "https://chat.test/r/lobby#main/5/6"]) assert.equal(follow(world, other), false, other);
});

test("who came by the address of a message is led there when they are in, once; and again by another that takes its place", async () => {
  const { world, server } = await linked();
  const window = new EventTarget();
  watchLinks(world, "https://chat.test/r/lobby?jwt=x#main/55", window);
  assert.equal(world.ui.get().target, null);
  const told = (handle) => (server.tell({ type: "participant_joined", room: "lobby", participant: { session: handle, handle, joined_ms: 3 } }), settle());
  await told("dora");
  assert.equal(world.ui.get().target?.id, 55);
  world.ui.set({ target: null });
  await told("emil");
  assert.equal(world.ui.get().target, null);
  window.dispatchEvent(Object.assign(new Event("hashchange"), { newURL: "https://chat.test/r/lobby#main/77" }));
  await settle();
  assert.equal(world.ui.get().target?.id, 77);
});

const entry = (id, text, more = {}) => ({ key: `${id}`, id, text, author: { handle: "zoe", display_name: "Zoë" }, attachments: [], retracted: false, ...more });

test("words are found wherever they stand, newest first, whatever their case and accents", () => {
  const messages = [entry(1, "A **Café** in Lyon"), entry(2, "cafe and bar", { author: { handle: "bob", display_name: "" } }), entry(3, "", { attachments: [{ name: "cafe.png" }] })];
  const found = (words) => foundIn(messages, words).map(({ entry: { id } }) => id);
  assert.deepEqual(found("CAFÉ"), [3, 2, 1]);
  assert.deepEqual(found("cafe  zoe lyon"), [1], "all of them, and the author's name");
  assert.deepEqual([found("tea"), found("  "), found("**")], [[], [], []]);
  assert.equal(foundIn(messages, "cafe")[2].text, "A Café in Lyon");
});

test("what is taken back, or not sent yet, is not found; of much that is found, the newest hundred are", () => {
  assert.deepEqual(foundIn([entry(1, "gone", { retracted: true }), entry(0, "gone")], "gone"), []);
  const many = foundIn(Array.from({ length: 300 }, (_, at) => entry(at + 1, "x")), "x");
  assert.deepEqual([many.length, many[0].entry.id], [100, 300]);
  const [{ text }] = foundIn([entry(1, `${"far ".repeat(100)}needle${" away".repeat(100)}`)], "needle");
  assert.match(text, /^….*needle away/);
  assert.ok(text.length <= 201);
});
