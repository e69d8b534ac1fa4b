// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { ANA, IDENTIFIED, messageOf, settle, snapshotOf } from "./fakes.js";
import { MAIN, SIDE, joined, posted } from "./lobby.js";

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

test("a post over the limit waits as long as the server asks, and none overtakes it", async () => {
  const { server, client, clock } = await joined();
  server.answers.set("post_message", { code: "too_many_requests", params: { wait_ms: 700 } });
  client.actions.post(MAIN, "fast");
  await settle();
  server.answers.set("post_message", { type: "posted", message: 3, sent_ms: 3 });
  client.actions.post(MAIN, "faster");
  await clock.advance(699);
  assert.equal(server.asked("post_message").length, 1);
  await clock.advance(1);
  assert.deepEqual(server.asked("post_message").map(({ text }) => text), ["fast", "fast", "faster"], "in order");
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

test("what the server's store could not give on arrival is asked for when it answers", async () => {
  const { server, client, messages } = await joined(snapshotOf("lobby", { history_missing: true }));
  server.answers.set("fetch_history", { code: "unavailable" });
  await assert.rejects(client.actions.fetchOlder(MAIN));
  server.answers.set("fetch_history", { type: "history_page", messages: [messageOf(10, "a")], more: false });
  await client.actions.fetchOlder(MAIN);
  assert.deepEqual(messages().map((entry) => entry.text), ["a"]);
});
