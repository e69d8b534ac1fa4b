// @ts-nocheck
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { createClient } from "../../src/palaver/webclient/net/client.js";
import { addressOf, picturesUrl } from "../../src/palaver/webclient/net/uploads.js";
import { Drafts } from "../../src/palaver/webclient/views/chat/drafts.js";
import { collected, hold, parcelsOf, putIn, sendAgain, takeOut, trayOf, unpack, watchTrays } from "../../src/palaver/webclient/views/chat/trays.js";
import { createUi } from "../../src/palaver/webclient/views/ui.js";
import { FakeClock, FakeServer, IDENTIFIED, messageOf, settle, snapshotOf } from "./fakes.js";

// Notes go away by themselves, and would keep the tests from ending until then.
mock.timers.enable({ apis: ["setTimeout"] });

class FakeRequest {
  static last;
  upload = {};
  headers = {};
  constructor() {
    FakeRequest.last = this;
  }
  open(method, url) {
    Object.assign(this, { method, url });
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  send(body) {
    this.body = body;
  }
  abort() {
    this.onabort();
  }
  answer(status, body) {
    Object.assign(this, { status, responseText: JSON.stringify(body) });
    this.onload();
  }
}

async function client(server = new FakeServer()) {
  server.answers.set("identify", IDENTIFIED);
  const made = createClient({ url: "wss://chat.test/native/ws", clock: new FakeClock(), platform: { WebSocket: server.WebSocket, XMLHttpRequest: FakeRequest, network: undefined } });
  await made.actions.identify({ name: "ana" });
  return made;
}

const picture = () => new File([new Uint8Array(10)], "cat.png", { type: "image/png" });

test("a picture is sent with the session's token, tells its progress, and becomes an attachment", async () => {
  const { actions, store } = await client();
  const progress = [];
  const sent = actions.uploadPicture(picture(), (done, total) => progress.push([done, total]));
  const request = FakeRequest.last;
  assert.deepEqual([request.method, request.url], ["POST", "https://chat.test/v1/pictures"]);
  assert.equal(request.headers.Authorization, "Bearer secret-1");
  assert.equal(request.headers["Content-Type"], "image/png");
  request.upload.onprogress({ loaded: 4, total: 10, lengthComputable: true });
  assert.deepEqual(Object.values(store.get().uploads).map(({ name, sent: bytes, total }) => [name, bytes, total]), [["cat.png", 4, 10]]);
  request.answer(201, { url: "/v1/pictures/x", mime: "image/webp", width: 3, height: 2, bytes: 7 });
  assert.deepEqual(await sent, { url: "/v1/pictures/x", mime: "image/webp", name: "cat.png", bytes: 7, width: 3, height: 2 });
  assert.deepEqual(progress, [[4, 10]]);
  assert.deepEqual(store.get().uploads, {}, "what is over is not under way");
});

test("a refused picture says why", async () => {
  const { actions, store } = await client();
  for (const [status, body, code] of [[413, {}, "too_large"], [415, { code: "not_a_picture" }, "not_a_picture"], [502, "x", "unavailable"]]) {
    const sent = assert.rejects(actions.uploadPicture(picture()), { code });
    FakeRequest.last.answer(status, body);
    await sent;
  }
  assert.deepEqual(store.get().uploads, {});
});

test("a picture may be stopped on its way", async () => {
  const { actions, store } = await client();
  const stop = new AbortController();
  const sent = assert.rejects(actions.uploadPicture(picture(), undefined, stop.signal), { code: "cancelled" });
  stop.abort();
  await sent;
  await settle();
  assert.deepEqual(store.get().uploads, {});
  await assert.rejects(actions.uploadPicture(picture(), undefined, stop.signal), { code: "cancelled" });
});

/** A page with a conversation in which pictures wait to be sent. */
async function page() {
  const world = { client: await client(), site: { maxUploadBytes: 100 }, ui: createUi(new Drafts()) };
  return { world, tray: () => trayOf(world.ui.get(), "one").map(({ share, attachment, problem, passing }) => [share, attachment?.url ?? "", problem !== "", passing]) };
}

test("a picture stays with its conversation, and is tried again where that may help", async () => {
  const { world, tray } = await page();
  putIn(world, "one", [picture()]);
  FakeRequest.last.answer(503, {});
  await settle();
  assert.deepEqual([tray(), trayOf(world.ui.get(), "two")], [[[0, "", true, true]], []]);
  sendAgain(world, "one", trayOf(world.ui.get(), "one")[0]);
  assert.deepEqual(tray(), [[0, "", false, false]]);
  FakeRequest.last.answer(201, { url: "/v1/pictures/x" });
  await settle();
  assert.deepEqual(tray(), [[1, "/v1/pictures/x", false, false]]);
  putIn(world, "one", [picture()]);
  FakeRequest.last.answer(415, { code: "bad_picture" });
  await settle();
  assert.deepEqual(tray()[1], [0, "", true, false], "what is no picture now will be none later");
  assert.deepEqual([collected(world, "one").map(({ url }) => url), tray().length], [["/v1/pictures/x"], 1]);
});

test("what is taken out of the tray is no longer uploaded, and what is no picture never gets in", async () => {
  const { world, tray } = await page();
  putIn(world, "one", [picture(), new File(["x"], "note.txt", { type: "text/plain" }), new File([new Uint8Array(101)], "huge.png", { type: "image/png" })]);
  assert.deepEqual([tray().length, world.ui.get().toasts.length], [1, 2]);
  takeOut(world, "one", trayOf(world.ui.get(), "one"));
  await settle();
  assert.deepEqual([tray(), world.client.store.get().uploads, world.ui.get().toasts.length], [[], {}, 2]);
});

/** A page in a room, whose conversation has one message. */
async function room() {
  const server = new FakeServer();
  const world = { client: await client(server), site: { maxUploadBytes: 100 }, ui: createUi(new Drafts()) };
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf("lobby", { messages: [messageOf(7, "hi")] }) });
  server.answers.set("set_media", { type: "done" });
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: true });
  await world.client.actions.join("lobby");
  watchTrays(world);
  const [thread] = world.client.store.get().rooms.lobby.channels;
  const posted = () => server.asked("post_message").map(({ text, attachments = [], reply_to }) => [text, attachments.map(({ url }) => url), reply_to]);
  const add = () => (putIn(world, thread, [picture()]), FakeRequest.last);
  const arrives = (request, url) => (request.answer(201, { url }), settle());
  return { server, world, thread, posted, add, arrives, key: world.client.store.get().threads[thread].messages[0].key };
}

test("a message that is sent before its pictures are there leaves when they are, with what it answers", async () => {
  const { world, thread, posted, add, arrives, key } = await room();
  const [one, other] = [add(), add()];
  hold(world, thread, { text: "look", reply: key });
  const later = add();
  assert.deepEqual([parcelsOf(world.ui.get(), thread).length, trayOf(world.ui.get(), thread).length], [1, 1], "the box is free for the next one");
  await arrives(one, "/1");
  assert.deepEqual(posted(), []);
  await arrives(other, "/2");
  assert.deepEqual([posted(), parcelsOf(world.ui.get(), thread)], [[["look", ["/1", "/2"], 7]], []]);
  await arrives(later, "/3");
  assert.deepEqual([posted().length, collected(world, thread).map(({ url }) => url)], [1, ["/3"]], "and takes nothing with it");
});

test("a message that waits for its pictures can be taken back, and goes without one that is taken out", async () => {
  const { world, thread, posted, add, arrives } = await room();
  const one = add();
  hold(world, thread, { text: "look", reply: "" });
  const [parcel] = parcelsOf(world.ui.get(), thread);
  unpack(world, thread, parcel);
  await arrives(one, "/1");
  assert.deepEqual([posted(), collected(world, thread).map(({ url }) => url)], [[], ["/1"]]);
  add();
  hold(world, thread, { text: "again", reply: "" });
  takeOut(world, thread, trayOf(world.ui.get(), thread, parcelsOf(world.ui.get(), thread)[0].id));
  assert.deepEqual([posted(), parcelsOf(world.ui.get(), thread)], [[["again", [], undefined]], []]);
});

test("a lost connection only puts off a message that waits for its pictures, and a page that is loaded anew has its words", async () => {
  const { server, world, thread, posted, add, arrives } = await room();
  const one = add();
  hold(world, thread, { text: "look", reply: "" });
  world.ui.drafts.write(thread, { text: "next" });
  one.onerror();
  server.drop();
  await settle();
  assert.equal(parcelsOf(world.ui.get(), thread).length, 1);
  world.client.actions.retryNow();
  await settle();
  assert.notEqual(FakeRequest.last, one);
  await arrives(FakeRequest.last, "/1");
  assert.deepEqual(posted(), [["look", ["/1"], undefined]]);
  const storage = new Map([["palaver.drafts", JSON.stringify({ who: "ana", drafts: { one: { text: "next", reply: "", held: ["look"] } } })]]);
  assert.equal(new Drafts({ getItem: (key) => storage.get(key) }).get("one").text, "look\nnext");
});

test("pictures go to the server of the socket, below its prefix", () => {
  assert.equal(picturesUrl("ws://h:9000/native/ws"), "http://h:9000/v1/pictures");
  assert.equal(picturesUrl("wss://h/chat/ws?x=1"), "https://h/chat/v1/pictures");
});

test("a picture's address is one on the server, below its prefix; others stay as they are", async () => {
  const { addressOf: address } = await client();
  assert.equal(address("/v1/pictures/x"), "https://chat.test/v1/pictures/x");
  assert.equal(addressOf("/v1/pictures/x", "ws://h:9000/chat/native/ws"), "http://h:9000/chat/v1/pictures/x");
  for (const elsewhere of ["https://site.example/cat.png", "//site.example/cat.png", ""]) {
    assert.equal(addressOf(elsewhere, "ws://h/native/ws"), elsewhere);
  }
});
