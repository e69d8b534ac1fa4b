// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { GIVE_UP_MS } from "../../src/palaver/webclient/net/link.js";
import { FakeRoom, stateOf } from "./fake_room.js";
import { settle } from "./fakes.js";

async function people(letters = "ab") {
  const room = new FakeRoom();
  const all = [];
  for (const letter of letters) all.push(await room.enter(letter));
  return { room, all };
}

async function watching(letters = "ab") {
  const { room, all } = await people(letters);
  const [owner, ...viewers] = all;
  await owner.client.actions.setMedia({ camera: true });
  for (const viewer of viewers) await viewer.client.actions.openCamera("aaa");
  await settle();
  return { room, owner, viewers };
}

const seenBy = (person, session = "aaa") => stateOf(person).cameras.watching[session];

test("a viewer opens a camera, makes the offer, and the owner sees who watches", async () => {
  const { room, owner, viewers: [bob] } = await watching();
  assert.equal(seenBy(bob).phase, "playing");
  assert.equal(seenBy(bob).stream.video, true);
  assert.ok(bob.client.calls.stream(seenBy(bob).stream.id));
  assert.deepEqual(room.offers("camera"), ["bbb>aaa"]);
  assert.deepEqual(stateOf(owner).cameras.watchers.map(({ handle }) => handle), ["bob"]);
});

test("a camera that is off is refused with the server's reason, and may be tried again", async () => {
  const { all: [ana, bob] } = await people();
  await assert.rejects(bob.client.actions.openCamera("aaa"), { code: "camera_closed" });
  assert.deepEqual([seenBy(bob).phase, seenBy(bob).refusal.params.reason], ["refused", "it is not on."]);
  await ana.client.actions.setMedia({ camera: true });
  await bob.client.actions.openCamera("aaa");
  await settle();
  assert.equal(seenBy(bob).phase, "playing");
});

test("an offer from somebody for whom no camera was opened is not answered", async () => {
  const { room, owner } = await watching("ab");
  const before = room.signals.length;
  const cleo = { session: "ccc", handle: "cleo" };
  owner.server.tell({ type: "signal_sent", sender: cleo, yields: "ccc", about: "camera", signal: { kind: "offer", description: { type: "offer", sdp: '{"sends":[]}' } } });
  await settle();
  assert.equal(room.signals.length, before);
});

test("two people watch each other, as two connections", async () => {
  const { all: [ana, bob] } = await people();
  await ana.client.actions.setMedia({ camera: true });
  await bob.client.actions.setMedia({ camera: true });
  await Promise.all([bob.client.actions.openCamera("aaa"), ana.client.actions.openCamera("bbb")]);
  await settle();
  assert.deepEqual([seenBy(bob).phase, seenBy(ana, "bbb").phase], ["playing", "playing"]);
  assert.deepEqual([ana.pcs.length, bob.pcs.length], [2, 2]);
});

test("of two who watch each other, each answer finds the connection that it is for", async () => {
  const { room, all: [ana, bob] } = await people();
  await ana.client.actions.setMedia({ camera: true });
  await bob.client.actions.setMedia({ camera: true });
  await bob.client.actions.openCamera("aaa");
  await settle();
  // Ana's own offer to watch Bob is still on its way when her camera's connection has to be repaired.
  const shown = room.signals.find(({ from, signal }) => from === "aaa" && signal.kind === "answer").signal.description.connection;
  const held = [];
  const hear = bob.server.tell.bind(bob.server);
  bob.server.tell = (event) => {
    const { connection } = event.signal?.description ?? event.signal?.candidate ?? {};
    if (connection && connection !== shown) held.push(event);
    else hear(event);
  };
  const open = ana.client.actions.openCamera("bbb");
  await settle();
  await open;
  assert.equal(ana.pcs.length, 2);
  ana.pcs[0].move("failed");
  await room.clock.advance(1);
  assert.equal(ana.pcs[0].signalingState, "stable");
  assert.equal(ana.pcs[1].signalingState, "have-local-offer");
  bob.server.tell = hear;
  for (const event of held) hear(event);
  await settle();
  assert.deepEqual([...ana.pcs, ...bob.pcs].map((pc) => pc.signalingState), ["stable", "stable", "stable", "stable"]);
  assert.equal(seenBy(ana, "bbb").stream?.video, true);
  assert.equal(seenBy(bob).stream?.video, true);
});

test("several watch at once, and each may stop alone", async () => {
  const { owner, viewers: [bob, cleo] } = await watching("abc");
  assert.equal(stateOf(owner).cameras.watchers.length, 2);
  bob.client.actions.closeCamera("aaa");
  await settle();
  assert.equal(seenBy(bob), undefined);
  assert.deepEqual(stateOf(owner).cameras.watchers.map(({ handle }) => handle), ["cleo"]);
  assert.deepEqual(owner.pcs.map((pc) => pc.connectionState), ["closed", "connected"]);
  assert.equal(seenBy(cleo).phase, "playing");
});

test("a camera that goes off closes for everybody, and frees the device", async () => {
  const { owner, viewers: [bob] } = await watching();
  const [track] = owner.client.calls.stream(stateOf(owner).media.cameraStream).getVideoTracks();
  await owner.client.actions.setMedia({ camera: false });
  await settle();
  assert.deepEqual([seenBy(bob).phase, seenBy(bob).reason, seenBy(bob).stream], ["closed", "off", null]);
  assert.equal(track.readyState, "ended");
  assert.deepEqual(stateOf(owner).cameras.watchers, []);
  assert.deepEqual(owner.pcs.map((pc) => pc.connectionState), ["closed"]);
});

test("a viewer who is turned away is told so, and the owner's side closes too", async () => {
  const { owner, viewers: [bob] } = await watching();
  bob.server.tell({ type: "viewer_turned_away", owner: { session: "aaa", handle: "ana" } });
  owner.server.tell({ type: "relations_changed", relations: { turned_away: ["name:bob"] } });
  await settle();
  assert.deepEqual([seenBy(bob).phase, seenBy(bob).reason], ["closed", "turned_away"]);
  assert.equal(stateOf(bob).notices.at(-1).kind, "viewer_turned_away");
  assert.deepEqual(stateOf(owner).cameras.watchers, []);
  assert.equal(owner.pcs[0].connectionState, "closed");
});

test("an owner who leaves closes the camera; a viewer who leaves is no longer listed", async () => {
  const { room, owner, viewers: [bob, cleo] } = await watching("abc");
  room.leave(bob);
  await settle();
  assert.deepEqual(stateOf(owner).cameras.watchers.map(({ handle }) => handle), ["cleo"]);
  room.leave(owner);
  await settle();
  assert.deepEqual([seenBy(cleo).phase, seenBy(cleo).reason], ["closed", "left"]);
});

test("a moderator's stop turns the camera off and says who did it", async () => {
  const { owner } = await watching();
  owner.server.tell({ type: "camera_stopped", by: { session: "mmm", handle: "mod" } });
  await settle();
  assert.equal(stateOf(owner).media.camera, false);
  assert.equal(owner.seat.media.camera, false);
  assert.equal(stateOf(owner).notices.at(-1).person.handle, "mod");
});

test("the microphone turned on later reaches viewers without a new offer", async () => {
  const { room, owner, viewers: [bob] } = await watching();
  await owner.client.actions.setMedia({ microphone: true });
  await settle();
  const sends = owner.pcs[0].transceivers.map(({ sender }) => sender.track?.kind);
  assert.deepEqual(sends.sort(), ["audio", "video"]);
  assert.deepEqual(room.offers("camera"), ["bbb>aaa"]);
  assert.equal(seenBy(bob).phase, "playing");
});

test("an owner who wants to see viewers opens their cameras in return", async () => {
  const { all: [ana, bob] } = await people();
  const rules = { explicit: false, avoid_explicit: false, mutual_required: false, mutual_open: true, vip_only: false };
  await ana.client.actions.setMedia({ camera: true, rules });
  await bob.client.actions.setMedia({ camera: true });
  await bob.client.actions.openCamera("aaa");
  await settle();
  assert.equal(seenBy(ana, "bbb").phase, "playing");
});

test("a camera that cannot be reached any longer is not said to be watched", async () => {
  const { room, owner, viewers: [bob] } = await watching();
  assert.deepEqual(stateOf(owner).cameras.watchers.map(({ handle }) => handle), ["bob"]);
  room.deaf.add("aaa").add("bbb");
  bob.pcs[0].move("failed");
  await room.clock.advance(GIVE_UP_MS);
  assert.deepEqual([seenBy(bob).reason, stateOf(owner).cameras.watchers], ["failed", []]);
});

test("watched cameras are opened again in a new session", async () => {
  const { room, viewers: [bob] } = await watching();
  bob.server.answers.set("resume", { code: "no_such_session" });
  bob.server.drop();
  await room.clock.advance(5_000);
  await settle();
  assert.equal(seenBy(bob).phase, "playing");
  assert.equal(bob.pcs.length, 2);
});
