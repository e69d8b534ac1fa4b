// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "../../src/palaver/webclient/net/client.js";
import { AGAIN_MS } from "../../src/palaver/webclient/net/rooms.js";
import { ANA, BOB, IDENTIFIED, messageOf, snapshotOf } from "./fakes.js";
import { MAIN, SIDE, WITH_BOB, joined } from "./lobby.js";

test("unread and mentions count what others say elsewhere, until the thread is read", async () => {
  const { server, client } = await joined();
  const thread = (key) => client.store.get().threads[key];
  client.actions.openThread(MAIN);
  server.tell({ type: "message_posted", message: messageOf(1, "seen at once") });
  const side = { in: "channel", room: "lobby", channel: "side" };
  server.tell({ type: "message_posted", message: messageOf(2, "hey @Ana!", BOB, side) });
  server.tell({ type: "message_posted", message: messageOf(3, "banana", BOB, side) });
  assert.equal(thread(MAIN).unread, 0);
  assert.deepEqual([thread(SIDE).unread, thread(SIDE).mentions], [2, 1]);
  server.tell({ type: "message_retracted", message: 2, place: side, by: BOB });
  assert.deepEqual([thread(SIDE).unread, thread(SIDE).mentions], [1, 0]);
  client.actions.openThread(SIDE);
  assert.equal(thread(SIDE).unread, 0);
  client.actions.setAttending(false);
  server.tell({ type: "message_posted", message: messageOf(4, "are you there?", BOB, side) });
  assert.equal(thread(SIDE).unread, 1);
  client.actions.setAttending(true);
  assert.equal(thread(SIDE).unread, 0);
});

test("what is chosen in another window of this machine holds here, and is not undone by the next choice", () => {
  const kept = new Map();
  const windows = [];
  const open = () => {
    const network = new EventTarget();
    const setItem = (key, value) => {
      kept.set(key, value);
      for (const other of windows) if (other !== network) other.dispatchEvent(Object.assign(new Event("storage"), { key }));
    };
    windows.push(network);
    return createClient({ url: "ws://test/ws", storage: { getItem: (key) => kept.get(key) ?? null, setItem }, platform: { network, mediaDevices: undefined } });
  };
  const [one, other] = [open(), open()];
  one.actions.saveSettings({ view: { contacts: ["bob"] } });
  other.actions.saveSettings({ sounds: false });
  for (const { store } of [one, other, open()]) assert.deepEqual([store.get().settings.view, store.get().settings.sounds], [{ contacts: ["bob"] }, false]);
});

test("a room that is left while one still asks to come in is left", async () => {
  const { server, client } = await joined();
  const ids = {};
  for (const word of ["join_room", "leave_room"]) server.answers.set(word, (_ask, id) => void (ids[word] = id));
  const asked = [client.actions.join("den"), client.actions.leave("den")];
  server.reply(ids.join_room, { type: "joined", snapshot: snapshotOf("den") });
  server.reply(ids.leave_room, { type: "done" });
  await Promise.all(asked);
  assert.equal(client.store.get().rooms.den.phase, "left");
});

test("an empty channel is the main one", async () => {
  const { server, messages } = await joined();
  server.tell({ type: "message_posted", message: messageOf(1, "hi", BOB, { in: "channel", room: "lobby" }) });
  assert.equal(messages().length, 1);
});

test("direct messages make a thread, are told as delivered, and as seen when read", async () => {
  const { server, client } = await joined();
  server.tell({ type: "message_posted", message: messageOf(8, "psst", BOB, { in: "direct", to: ANA }) });
  assert.equal(client.store.get().threads[WITH_BOB].mentions, 1);
  assert.deepEqual(server.asked("mark_messages"), [{ type: "mark_messages", messages: [8], state: "delivered" }]);
  client.actions.openThread(WITH_BOB);
  assert.deepEqual(server.asked("mark_messages").at(-1), { type: "mark_messages", messages: [8], state: "seen" });
  client.actions.post(WITH_BOB, "yes?");
  assert.deepEqual(server.asked("post_message")[0].place, { in: "direct", to: { by: "session", session: "bbb" } });
});

test("direct messages that came while nobody listened are fetched", async () => {
  for (const how of ["a new session", "an incomplete return"]) {
    const { server, client, messages, comeBack } = await joined();
    server.tell({ type: "message_posted", message: messageOf(8, "psst", BOB, { in: "direct", to: ANA }) });
    if (how === "a new session") server.answers.set("resume", { code: "no_such_session" });
    else server.answers.set("resume", { type: "resumed", session: "aaa", complete: false, rooms: [snapshotOf()] });
    const missed = [8, 9].map((id) => messageOf(id, "psst", BOB, { in: "direct", to: ANA }));
    server.answers.set("fetch_history", { type: "history_page", messages: missed });
    server.drop();
    await comeBack();
    assert.deepEqual(messages(WITH_BOB).map((entry) => entry.id), [8, 9], how);
    assert.equal(client.store.get().threads[WITH_BOB].unread, 2);
    assert.equal(server.asked("fetch_history").length, 1, how);
  }
});

test("they are fetched also where the new session is lost again before it has its seat", async () => {
  const { server, client, comeBack } = await joined();
  server.tell({ type: "message_posted", message: messageOf(1, "psst", BOB, { in: "direct", to: ANA }) });
  server.answers.set("resume", { code: "no_such_session" });
  server.answers.delete("join_room");
  server.drop();
  await comeBack();
  assert.deepEqual([client.store.get().connection.phase, server.asked("fetch_history").length], ["open", 0]);
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: true });
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf() });
  server.drop();
  await comeBack();
  assert.equal(server.asked("fetch_history").length, 1);
});

test("a direct conversation follows its person to another session", async () => {
  const { server, client } = await joined();
  const key = client.actions.openDirect("bbb");
  assert.equal(key, WITH_BOB);
  server.tell({ type: "participant_left", room: "lobby", session: "bbb", handle: "bob" });
  server.tell({ type: "participant_joined", room: "lobby", participant: { ...BOB, session: "b2" } });
  assert.equal(client.store.get().threads[key].person.session, "b2");
});

test("somebody writes until told otherwise, a message, or silence", async () => {
  const { server, client, clock } = await joined();
  const typing = () => client.store.get().threads[MAIN].typing.map((person) => person.author.handle);
  const writes = { type: "typing_changed", place: { in: "channel", room: "lobby", channel: "main" }, by: BOB, typing: true };
  server.tell(writes);
  assert.deepEqual(typing(), ["bob"]);
  await clock.advance(7_999);
  assert.deepEqual(typing(), ["bob"]);
  await clock.advance(1);
  assert.deepEqual(typing(), []);
  server.tell(writes);
  server.tell({ type: "message_posted", message: messageOf(1, "done") });
  assert.deepEqual(typing(), []);
});

test("one's own writing is said seldom, and ends by itself", async () => {
  const { server, client, clock } = await joined();
  for (let key = 0; key < 10; key += 1) {
    client.actions.typing(MAIN);
    await clock.advance(500);
  }
  assert.deepEqual(server.asked("set_typing").map((ask) => ask.typing), [true, true]);
  await clock.advance(5_000);
  assert.deepEqual(server.asked("set_typing").map((ask) => ask.typing), [true, true, false]);
});

test("a refused room says why, and may be asked again with a PIN", async () => {
  const { server, client } = await joined();
  server.answers.set("join_room", { code: "pin_required", text: "PIN?" });
  await assert.rejects(client.actions.join("vault"), { code: "pin_required" });
  assert.deepEqual([client.store.get().rooms.vault.phase, client.store.get().rooms.vault.reason], ["refused", "pin_required"]);
  server.answers.set("join_room", (ask) => ({ type: "joined", snapshot: snapshotOf(ask.room) }));
  assert.equal(await client.actions.join("vault", { pin: "1" }), "joined");
});

test("the waiting room ends in a seat, or in being turned down", async () => {
  const { server, client } = await joined();
  const phase = () => client.store.get().rooms.club.phase;
  server.answers.set("join_room", { type: "waiting", room: "club" });
  assert.equal(await client.actions.join("club"), "waiting");
  server.tell({ type: "waiting_ended", room: "club", session: "aaa", admitted: false });
  assert.equal(phase(), "refused");
  await client.actions.join("club");
  server.tell({ type: "waiting_ended", room: "club", session: "aaa", admitted: true });
  server.tell({ type: "admitted", snapshot: snapshotOf("club") });
  assert.equal(phase(), "joined");
});

test("a server that asks for patience at the door is asked again, at the first visit and after a restart", async () => {
  const { server, client, clock, comeBack } = await joined();
  const phase = (room) => client.store.get().rooms[room].phase;
  const asked = () => server.asked("join_room").length;
  server.answers.set("join_room", { code: "too_many_requests", params: { wait_ms: 700 } });
  await assert.rejects(client.actions.join("club"), { code: "too_many_requests" });
  const before = asked();
  await clock.advance(699);
  assert.deepEqual([asked(), phase("club")], [before, "joining"]);
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf("club") });
  await clock.advance(1);
  assert.equal(phase("club"), "joined");

  await client.actions.leave("club");
  server.answers.set("resume", { code: "no_such_session" });
  server.answers.set("join_room", { code: "unavailable" });
  server.drop();
  await comeBack();
  assert.equal(phase("lobby"), "joining");
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf() });
  await clock.advance(AGAIN_MS);
  assert.equal(phase("lobby"), "joined");
});

test("a seat whose answer was lost is given back and taken again", async () => {
  const { server, client } = await joined();
  let held = true;
  server.answers.set("join_room", () => (held ? { code: "already_joined" } : { type: "joined", snapshot: snapshotOf("den") }));
  server.answers.set("leave_room", () => ((held = false), { type: "done" }));
  assert.equal(await client.actions.join("den"), "joined");
  assert.equal(client.store.get().rooms.den.phase, "joined");
});

test("a server that insists on an unknown seat is not asked for ever", async () => {
  const { server, client } = await joined();
  server.answers.set("join_room", { code: "already_joined" });
  await assert.rejects(client.actions.join("den"), { code: "already_joined" });
  assert.equal(server.asked("join_room").length, 3);
});

test("the end of the session empties the rooms and is told with its reason", async () => {
  const { server, client, clock } = await joined();
  server.tell({ type: "session_ended", reason: "banned", by: "mod", until_ms: 5 });
  server.drop(4003, "banned");
  await clock.advance(100_000);
  const { connection, rooms } = client.store.get();
  assert.deepEqual([connection.phase, connection.reason, connection.ended.by], ["ended", "banned", "mod"]);
  assert.deepEqual([rooms.lobby.phase, rooms.lobby.reason], ["left", "banned"]);
  assert.equal(server.sockets.length, 1);
});

test("settings are kept on this machine", async () => {
  const { client, kept } = await joined();
  client.actions.saveSettings({ theme: "dark", sounds: false });
  const again = createClient({ url: "ws://test/ws", storage: { getItem: (key) => kept.get(key) ?? null, setItem: () => undefined }, platform: { WebSocket: class {} } });
  assert.equal(again.store.get().settings.theme, "dark");
  assert.equal(again.store.get().settings.sounds, false);
  again.close();
});

test("ICE servers are renewed at 80 % of their time, however wrong the clock is", async () => {
  const { server, client, clock, comeBack } = await joined();
  server.answers.set("fetch_ice_servers", { type: "ice_servers", servers: [], expires_ms: 1_000, lasts_s: 10_000 });
  server.answers.set("keepalive", { type: "done" });
  server.answers.set("resume", { code: "no_such_session" });
  server.answers.set("identify", { ...IDENTIFIED, ice: { servers: [{ urls: ["turn:x"] }], expires_ms: 1_000, lasts_s: 100 } });
  server.drop();
  await comeBack();
  await clock.advance(79_000);
  assert.equal(server.asked("fetch_ice_servers").length, 0);
  await clock.advance(2_000);
  assert.equal(server.asked("fetch_ice_servers").length, 1);
  client.close();
});
