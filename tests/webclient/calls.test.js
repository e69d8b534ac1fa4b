// @ts-nocheck
/** The call of a room: who is connected with whom, and what a browser without calls says. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { inCall, peersOf } from "./calling.js";
import { stateOf } from "./fake_room.js";
import { settle } from "./fakes.js";

test("a call of three connects everybody with everybody, each pair once", async () => {
  const { room, people } = await inCall("abc");
  for (const person of people) {
    assert.equal(peersOf(person).length, 2);
    for (const peer of peersOf(person)) {
      assert.equal(peer.phase, "connected");
      assert.deepEqual([peer.camera.audio, peer.camera.video, peer.screen], [true, true, null]);
      assert.ok(person.client.calls.stream(peer.camera.id));
    }
  }
  assert.deepEqual(room.offers("call").sort(), ["aaa>bbb", "aaa>ccc", "bbb>ccc"], "the lower session offers");
});

test("a browser without calls says so, asks for none, and talks", async () => {
  const { room, people: [ana] } = await inCall("a");
  const bob = await room.enter("b", { RTCPeerConnection: undefined });
  const { actions, calls } = bob.client;
  assert.equal(calls.supported, false);
  for (const refused of [() => actions.joinCall("lobby"), () => actions.openCamera("aaa"), () => actions.callDirect("aaa"), () => actions.offerFile("aaa", {})]) {
    await assert.rejects(async () => refused(), { code: "no_calls_here" });
  }
  for (const word of ["join_call", "open_camera", "send_signal", "set_media"]) assert.deepEqual(bob.server.asked(word), [], word);
  assert.deepEqual([stateOf(bob).call.phase, stateOf(bob).cameras.watching, peersOf(ana)], ["out", {}, []]);
  actions.post(Object.keys(stateOf(bob).threads)[0], "hello");
  assert.equal(bob.server.asked("post_message").length, 1);
});

test("leaving ends the connections, frees the microphone and keeps the seat", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  const [microphone] = ana.client.calls.stream(stateOf(ana).media.cameraStream).getAudioTracks();
  await ana.client.actions.leaveCall();
  await settle();
  assert.deepEqual([stateOf(ana).call.phase, peersOf(ana), peersOf(bob)], ["out", [], []]);
  assert.equal(microphone.readyState, "ended");
  assert.equal(stateOf(ana).rooms.lobby.phase, "joined");
});

test("somebody who drops and returns is connected again", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  room.leave(bob);
  await settle();
  assert.deepEqual(peersOf(ana), []);
  const back = await room.enter("c");
  await back.client.actions.joinCall("lobby");
  await settle();
  assert.deepEqual(peersOf(ana).map(({ session, phase }) => [session, phase]), [["ccc", "connected"]]);
});

test("whatever somebody's client names as the offer that it answers, the others are heard", async () => {
  const { room, people: [ana] } = await inCall("ab");
  for (const offer of [{ toString: null }, 7, ["bbb"]]) {
    room.tell({ type: "signal_sent", sender: { session: "bbb", handle: "bob" }, yields: "bbb", about: "call", signal: { kind: "answer", description: { type: "answer", sdp: "{}", offer } } });
  }
  await settle();
  assert.deepEqual(peersOf(ana).map(({ phase }) => phase), ["connected"]);
});

test("an offer that is ahead of the roster, which a crowd delays, is not thrown away with the next change of it", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  const cleo = await room.enter("c");
  const late = [];
  const hear = ana.server.tell.bind(ana.server);
  ana.server.tell = (event) => (event.participant?.session === "ccc" ? late.push(event) : hear(event));
  // As one whose id is the greater, Cleo would leave the first offer to Ana; so would a client of another kind not.
  room.tell({ type: "signal_sent", sender: { session: "ccc", handle: "cleo" }, yields: "ccc", about: "call",
    signal: { kind: "offer", description: { type: "offer", sdp: '{"sends":[]}', connection: "cleo-1", offer: "cleo-1.1" } } }, "bbb");
  await settle();
  const made = ana.pcs.at(-1);
  room.change(bob, { display_name: "Bob" });
  await settle();
  assert.equal(made.signalingState, "stable");
  ana.server.tell = hear;
  await cleo.client.actions.joinCall("lobby");
  await settle();
  assert.ok(ana.pcs.includes(made) && made.connectionState !== "closed");
});
