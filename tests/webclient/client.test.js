// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "../../src/palaver/webclient/net/client.js";
import { channelKey, directKey } from "../../src/palaver/webclient/state/keys.js";
import { ANA, BOB, FakeClock, FakeServer, IDENTIFIED, messageOf, seeded, settle, snapshotOf } from "./fakes.js";

const MAIN = channelKey("lobby", "main");
const SIDE = channelKey("lobby", "side");
const WITH_BOB = directKey({ handle: "bob", user: null });

async function joined(snapshot = snapshotOf()) {
  const server = new FakeServer();
  const clock = new FakeClock();
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: () => undefined };
  const platform = { WebSocket: server.WebSocket, network: undefined, mediaDevices: undefined, random: seeded(7) };
  const client = createClient({ url: "ws://test/native/ws", storage, clock, platform });
  server.answers.set("identify", IDENTIFIED);
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: true });
  server.answers.set("join_room", { type: "joined", snapshot });
  for (const word of ["set_typing", "mark_messages", "leave_room", "set_media"]) server.answers.set(word, { type: "done" });
  server.answers.set("fetch_history", { type: "history_page", messages: [] });
  await client.actions.identify({ name: "ana" });
  await client.actions.join("lobby");
  const messages = (key = MAIN) => client.store.get().threads[key].messages;
  const comeBack = async () => {
    await clock.advance(Math.max(0, client.store.get().connection.retryAt - clock.now()));
    await settle();
  };
  return { server, clock, client, kept, messages, comeBack };
}

const posted = (ask, id) => ({ ...messageOf(id, ask.text, ANA), nonce: ask.nonce, place: ask.place });

test("a snapshot gives the room, its roster and its threads", async () => {
  const { client } = await joined(snapshotOf("lobby", { messages: [messageOf(5, "hello")] }));
  const { rooms, threads, me } = client.store.get();
  assert.equal(me.session, "aaa");
  assert.equal(rooms.lobby.phase, "joined");
  assert.deepEqual(Object.keys(rooms.lobby.participants), ["aaa", "bbb"]);
  assert.equal(rooms.lobby.participants.bbb.status, "online");
  assert.deepEqual(rooms.lobby.channels, [MAIN, SIDE]);
  assert.equal(threads[MAIN].messages[0].text, "hello");
  assert.equal(threads[MAIN].unread, 0);
});

test("a post is shown at once and settles, whichever of answer and event comes first", async () => {
  for (const first of ["answer", "event"]) {
    const { server, client, messages } = await joined();
    client.actions.post(MAIN, "hi");
    const key = messages()[0].key;
    assert.equal(messages()[0].state, "sending");
    const [ask] = server.asked("post_message");
    const answer = () => server.reply(3, { type: "posted", message: 9, sent_ms: 9 });
    const event = () => server.tell({ type: "message_posted", message: posted(ask, 9) });
    for (const step of first === "answer" ? [answer, event] : [event, answer]) {
      step();
      assert.deepEqual(messages().map((entry) => [entry.id, entry.key]), [[9, key]]);
    }
    await settle();
    assert.equal(messages().length, 1);
    assert.deepEqual([messages()[0].id, messages()[0].state, messages()[0].key], [9, "sent", key]);
  }
});

test("posts made while disconnected are sent once each, in order, after the session is resumed", async () => {
  const { server, client, messages, comeBack } = await joined();
  server.drop();
  for (const text of ["one", "two", "three"]) client.actions.post(MAIN, text);
  assert.deepEqual(messages().map((entry) => entry.state), ["sending", "sending", "sending"]);
  await comeBack();
  assert.deepEqual(server.asked("post_message").map((ask) => ask.text), ["one", "two", "three"]);
});

test("a post whose answer was lost is repeated with its nonce, and appears once", async () => {
  const { server, client, messages, comeBack } = await joined();
  client.actions.post(MAIN, "hi");
  const [ask] = server.asked("post_message");
  server.drop();
  await comeBack();
  const again = server.asked("post_message");
  assert.equal(again.length, 2);
  assert.equal(again[1].nonce, ask.nonce);
  server.tell({ type: "message_posted", message: posted(ask, 4) });
  server.reply(server.asks.length, { type: "posted", message: 4, sent_ms: 4 });
  server.tell({ type: "message_posted", message: posted(ask, 4) });
  await settle();
  assert.deepEqual(messages().map((entry) => [entry.id, entry.state]), [[4, "sent"]]);
});

test("what was missed arrives in order, and what comes twice is shown once", async () => {
  const { server, messages, comeBack } = await joined();
  const say = (id) => server.tell({ type: "message_posted", message: messageOf(id, `m${id}`) }, id);
  say(1);
  say(2);
  server.drop();
  await comeBack();
  for (const id of [2, 3, 4]) say(id);
  assert.deepEqual(messages().map((entry) => entry.id), [1, 2, 3, 4]);
});

test("an unknown session is opened anew, the room joined again as before, and posts sent after that", async () => {
  const { server, client, messages, comeBack } = await joined();
  await client.actions.leave("lobby");
  await client.actions.join("lobby", { pin: "1234", handle: "ana" });
  client.actions.post(MAIN, "arrived before the loss");
  const [ask] = server.asked("post_message");
  server.drop(1012);
  client.actions.post(MAIN, "written meanwhile");
  const you = { ...ANA, session: "ccc" };
  server.epoch = "e2";
  server.answers.set("resume", { code: "no_such_session" });
  server.answers.set("identify", { ...IDENTIFIED, session: "ccc", resume_token: "secret-2" });
  server.answers.set("join_room", {
    type: "joined",
    snapshot: snapshotOf("lobby", { you, messages: [posted(ask, 7)], position: { epoch: "e2", seq: 3 } }),
  });
  server.asks.length = 0;
  await comeBack();
  assert.deepEqual(server.asks.map((one) => one.type), ["resume", "identify", "join_room", "post_message"]);
  assert.deepEqual(server.asked("join_room"), [{ type: "join_room", room: "lobby", pin: "1234", handle: "ana" }]);
  assert.equal(server.asked("post_message")[0].text, "written meanwhile");
  assert.deepEqual(messages().map((entry) => [entry.text, entry.state, entry.mine]), [
    ["arrived before the loss", "sent", true],
    ["written meanwhile", "sending", true],
  ]);
  server.drop();
  await comeBack();
  assert.deepEqual(server.asked("resume").at(-1).position, { epoch: "e2", seq: 3 });
});

test("an incomplete return takes the fresh snapshots, and says so", async () => {
  const { server, client, messages, comeBack } = await joined(snapshotOf("lobby", { messages: [messageOf(1, "old")] }));
  server.answers.set("resume", {
    type: "resumed",
    session: "aaa",
    complete: false,
    rooms: [snapshotOf("lobby", { others: [], messages: [messageOf(50, "new")], position: { epoch: "e9", seq: 9 } })],
  });
  server.drop();
  await comeBack();
  assert.deepEqual(messages().map((entry) => entry.id), [50], "no silent hole between 1 and 50");
  assert.equal(client.store.get().threads[MAIN].more, true);
  assert.equal(client.store.get().threads[MAIN].unread, 1);
  assert.deepEqual(Object.keys(client.store.get().rooms.lobby.participants), ["aaa"]);
  assert.equal(client.store.get().notices[0].kind, "messages_missing");
});

test("a refused post stays, says why, and may be tried again or dropped", async () => {
  const { server, client, messages } = await joined();
  server.answers.set("post_message", { code: "too_large", text: "Too large.", params: { limit: 3 } });
  client.actions.post(MAIN, "long");
  await settle();
  const [{ key, state, refusal }] = messages();
  assert.deepEqual([state, refusal.code], ["failed", "too_large"]);
  server.answers.set("post_message", { type: "posted", message: 3, sent_ms: 3 });
  client.actions.retryPost(MAIN, key);
  await settle();
  assert.deepEqual([messages()[0].state, messages()[0].id], ["sent", 3]);
  server.answers.set("post_message", { code: "not_allowed" });
  client.actions.post(MAIN, "no");
  await settle();
  client.actions.discardPost(MAIN, messages()[1].key);
  assert.equal(messages().length, 1);
});

test("a post over the limit waits as long as the server asks", async () => {
  const { server, client, clock } = await joined();
  server.answers.set("post_message", { code: "too_many_requests", params: { wait_ms: 700 } });
  client.actions.post(MAIN, "fast");
  await settle();
  server.answers.set("post_message", { type: "posted", message: 3, sent_ms: 3 });
  await clock.advance(699);
  assert.equal(server.asked("post_message").length, 1);
  await clock.advance(1);
  assert.equal(server.asked("post_message").length, 2);
});

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

test("older messages come page by page", async () => {
  const { server, client, messages } = await joined(snapshotOf("lobby", { messages: [messageOf(30, "c"), messageOf(31, "d")] }));
  server.answers.set("fetch_history", { type: "history_page", messages: [messageOf(10, "a"), messageOf(20, "b")], more: false });
  await client.actions.fetchOlder(MAIN);
  assert.equal(server.asked("fetch_history")[0].before, 30);
  assert.deepEqual(messages().map((entry) => entry.text), ["a", "b", "c", "d"]);
  await client.actions.fetchOlder(MAIN);
  assert.equal(server.asked("fetch_history").length, 1, "there are no more");
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

test("ICE servers are renewed at 80 % of their time", async () => {
  const { server, client, clock, comeBack } = await joined();
  server.answers.set("fetch_ice_servers", { type: "ice_servers", servers: [], expires_ms: clock.now() + 10_000_000 });
  server.answers.set("keepalive", { type: "done" });
  server.answers.set("resume", { code: "no_such_session" });
  server.answers.set("identify", { ...IDENTIFIED, ice: { servers: [{ urls: ["turn:x"] }], expires_ms: clock.now() + 100_000 } });
  server.drop();
  await comeBack();
  await clock.advance(79_000);
  assert.equal(server.asked("fetch_ice_servers").length, 0);
  await clock.advance(2_000);
  assert.equal(server.asked("fetch_ice_servers").length, 1);
  client.close();
});
