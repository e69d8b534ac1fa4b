// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeRoom, stateOf } from "./fake_room.js";
import { settle } from "./fakes.js";

async function inCall(letters) {
  const room = new FakeRoom();
  const people = [];
  for (const letter of letters) people.push(await room.enter(letter));
  for (const { client } of people) {
    await client.actions.joinCall("lobby", { camera: true });
    await settle();
  }
  return { room, people };
}

/** A promise that the test keeps. */
function later() {
  let resolve;
  return { promise: new Promise((done) => (resolve = done)), resolve };
}

const peersOf = (person) => Object.values(stateOf(person).call.peers);

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

test("muting keeps the track and tells the room", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  const [microphone] = ana.client.calls.stream(stateOf(ana).media.cameraStream).getAudioTracks();
  await ana.client.actions.setMedia({ microphone: false });
  assert.deepEqual([microphone.enabled, microphone.readyState], [false, "live"]);
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.microphone, false);
  await ana.client.actions.setMedia({ microphone: true });
  assert.equal(microphone.enabled, true);
});

test("the screen is a second stream, and ends with the browser's own button", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  await ana.client.actions.setMedia({ screen: true });
  await settle();
  const seen = stateOf(bob).call.peers.aaa;
  assert.notEqual(seen.screen.id, seen.camera.id);
  assert.equal(seen.screen.video, true);
  const [track] = ana.client.calls.stream(stateOf(ana).media.screenStream).getVideoTracks();
  track.onended();
  await settle();
  assert.equal(stateOf(ana).media.screen, false);
  assert.equal(stateOf(ana).media.screenStream, "");
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.screen, false);
});

const sentBy = (person) => person.client.calls.stream(stateOf(person).media.cameraStream)?.getTracks() ?? [];

test("another microphone takes the place of one that is unplugged, and a camera goes off with a word", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  const [microphone, camera] = ["audio", "video"].map((kind) => sentBy(ana).find((track) => track.kind === kind));
  const settings = microphone.getSettings();
  microphone.getSettings = camera.getSettings = () => settings;
  ana.devices.plugged = [{ kind: "audioinput", deviceId: "mic2", label: "Other" }, { kind: "videoinput", deviceId: "cam2", label: "Other" }];
  microphone.onended();
  await settle();
  const [other] = sentBy(ana).filter(({ kind }) => kind === "audio");
  assert.ok(other && other !== microphone);
  assert.deepEqual([stateOf(ana).media.microphone, stateOf(ana).media.problem], [true, ""]);
  assert.ok(ana.pcs[0].transceivers.some(({ sender }) => sender.track === other));
  camera.onended();
  await settle();
  assert.deepEqual([stateOf(ana).media.camera, stateOf(ana).media.problem], [false, "device_lost"]);
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.camera, false);
  assert.deepEqual(room.offers("call").filter((pair) => pair === "aaa>bbb").length, 2, "only to send less");
});

test("a microphone that the person takes away from the page stays off", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  const asked = ana.devices.asked.length;
  sentBy(ana).find(({ kind }) => kind === "audio").onended();
  await settle();
  assert.deepEqual([stateOf(ana).media.microphone, stateOf(ana).media.problem], [false, "device_lost"]);
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.microphone, false);
  assert.equal(ana.devices.asked.length, asked, "nobody is asked for it");
});

test("what the browser still asked for when the session ended is not held", async () => {
  const { people: [ana] } = await inCall("ab");
  await ana.client.actions.setMedia({ camera: false });
  const { promise, resolve } = later();
  ana.devices.prompt = promise;
  void ana.client.actions.setMedia({ camera: true }).catch(() => undefined);
  await settle();
  ana.server.drop(4002, "kicked");
  resolve();
  await settle();
  assert.deepEqual([sentBy(ana), stateOf(ana).media.camera], [[], false]);
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

test("a failed connection is repaired by the side that does not yield, then by the other", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  bob.pcs[0].move("failed");
  ana.pcs[0].move("failed");
  await room.clock.advance(1);
  assert.deepEqual([ana.pcs[0].restarts, bob.pcs[0].restarts], [1, 0]);
  assert.equal(stateOf(ana).call.peers.bbb.phase, "connected");
});

test("a connection that cannot be repaired is made anew, though not for ever", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  room.deaf.add("bbb").add("aaa");
  ana.pcs[0].move("failed");
  await room.clock.advance(20_001);
  assert.ok(ana.pcs.length > 1);
  assert.equal(ana.pcs[0].connectionState, "closed");
  await room.clock.advance(600_000);
  assert.ok(ana.pcs.length < 10);
  assert.equal(peersOf(bob).length, 1);
});

test("each new connection is given longer than the one before, on both sides", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  for (const pc of [...ana.pcs, ...bob.pcs]) pc.move("failed");
  room.deaf.add("bbb").add("aaa");
  await room.clock.advance(20_001);
  assert.equal(ana.pcs.length, 2);
  await room.clock.advance(39_000);
  assert.equal(ana.pcs.length, 2);
  await room.clock.advance(1_100);
  assert.equal(ana.pcs.length, 3);
});

test("the other side's new connection object replaces what led nowhere", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  room.deaf.add("bbb");
  ana.pcs[0].move("failed");
  await room.clock.advance(20_001);
  room.deaf.clear();
  await room.clock.advance(40_000);
  assert.deepEqual(peersOf(ana).map(({ phase }) => phase), ["connected"]);
  assert.deepEqual(peersOf(bob).map(({ phase }) => phase), ["connected"]);
});

test("who is told that the other side begins anew does so too, without a wait", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  const told = { type: "signal_sent", sender: { session: "bbb", handle: "bob" }, yields: "bbb", about: "call" };
  ana.server.tell({ ...told, signal: { kind: "hangup", reason: "renew" } });
  await settle();
  assert.deepEqual([ana.pcs.length, bob.pcs.length], [2, 2]);
  assert.deepEqual([...peersOf(ana), ...peersOf(bob)].map(({ phase }) => phase), ["connected", "connected"]);
  ana.server.tell({ ...told, signal: { kind: "answer", description: { type: "answer", sdp: "{}", connection: "bob-9", offer: "of-before.1" } } });
  await settle();
  assert.equal(ana.pcs.length, 2, "an answer to what is closed changes nothing");
  const { connection } = room.signals.findLast(({ from, signal }) => from === "aaa" && signal.kind === "offer").signal.description;
  ana.server.tell({ ...told, signal: { kind: "answer", description: { type: "answer", sdp: "{}", connection: "bob-9", offer: `${connection}.1` } } });
  await settle();
  assert.equal(ana.pcs.length, 3, "whoever answers from elsewhere began anew");
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

test("calls survive a lost connection to the server, and signals lost with it are said again", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  ana.server.drop();
  ana.pcs[0].move("disconnected");
  await room.clock.advance(1_000);
  assert.equal(stateOf(ana).connection.phase, "open");
  assert.equal(ana.pcs.length, 1, "the peer connection stayed");
  assert.ok(ana.pcs[0].restarts >= 1);
  assert.equal(stateOf(ana).call.peers.bbb.phase, "connected");
  assert.equal(stateOf(bob).call.peers.aaa.phase, "connected");
});

test("a page that was about to go and stays leaves the call for that time", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  ana.server.answers.set("leave_call", () => {
    ana.seat = { ...ana.seat, in_call: false };
    room.tell({ type: "participant_updated", room: "lobby", participant: ana.seat }, "aaa"); // whose socket is closed by then
    return { type: "done" };
  });
  assert.ok(ana.client.actions.park());
  await settle();
  assert.deepEqual(peersOf(bob), [], "nobody waits for its picture");
  ana.client.actions.retryNow();
  await room.clock.advance(1_000);
  await settle();
  for (const person of [ana, bob]) assert.deepEqual(peersOf(person).map(({ phase }) => phase), ["connected"]);
  assert.equal(ana.pcs.length, 2, "nothing is left of a connection that the other one closed");
});

test("a call goes on in a new session", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  room.leave(ana);
  ana.server.drop();
  ana.session = "ddd";
  ana.seat = { ...ana.seat, session: "ddd", in_call: false, media: {} };
  room.people.set("ddd", ana);
  await room.adopt(ana);
  await room.clock.advance(5_000);
  await settle();
  assert.equal(stateOf(ana).me.session, "ddd");
  assert.deepEqual(peersOf(bob).map(({ session, phase }) => [session, phase]), [["ddd", "connected"]]);
  assert.deepEqual(peersOf(ana).map(({ phase }) => phase), ["connected"]);
  assert.equal(stateOf(bob).rooms.lobby.participants.ddd.media.camera, true);
});

test("what the browser refuses stays off, with a reason, and the call goes on without it", async () => {
  const room = new FakeRoom();
  const ana = await room.enter("a");
  ana.devices.refusals.set("audio", "NotAllowedError").set("video", "NotFoundError");
  await ana.client.actions.joinCall("lobby");
  assert.deepEqual([stateOf(ana).call.phase, stateOf(ana).media.problem], ["in", "permission_denied"]);
  await ana.client.actions.setMedia({ camera: true });
  assert.deepEqual([stateOf(ana).media.camera, stateOf(ana).media.problem], [false, "device_not_found"]);
  ana.devices.refusals.set("screen", "NotAllowedError");
  await ana.client.actions.setMedia({ screen: true });
  assert.equal(stateOf(ana).media.problem, "cancelled");
  ana.devices.refusals.set("screen", "NotFoundError"); // as Firefox says where the system shows it none
  await ana.client.actions.setMedia({ screen: true });
  assert.equal(stateOf(ana).media.problem, "no_screen");
});

test("what the server refuses is turned off again", async () => {
  const room = new FakeRoom();
  const ana = await room.enter("a");
  ana.server.answers.set("set_media", { code: "not_allowed" });
  await assert.rejects(ana.client.actions.setMedia({ camera: true }), { code: "not_allowed" });
  assert.equal(stateOf(ana).media.camera, false);
});

test("another camera takes over at once, and is remembered", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  const stream = ana.client.calls.stream(stateOf(ana).media.cameraStream);
  const [before] = stream.getVideoTracks();
  await ana.client.actions.chooseDevice("camera", "cam1");
  const [after] = stream.getVideoTracks();
  assert.notEqual(after, before);
  assert.equal(before.readyState, "ended");
  assert.equal(stateOf(ana).settings.camera, "cam1");
  assert.deepEqual(ana.devices.asked.at(-1).video.deviceId, { exact: "cam1" });
  assert.equal(stateOf(bob).call.peers.aaa.phase, "connected");
  assert.deepEqual(stateOf(ana).devices.cameras, [{ id: "cam1", label: "Cam" }]);
});

test("whoever loses the last seat is no longer filmed", async () => {
  const { room, people: [ana] } = await inCall("ab");
  const [track] = ana.client.calls.stream(stateOf(ana).media.cameraStream).getVideoTracks();
  ana.server.tell({ type: "participant_left", room: "lobby", session: "aaa", handle: "ana", reason: "kicked", by: "bob" });
  await settle();
  await room.clock.advance(10);
  assert.deepEqual([stateOf(ana).call.phase, stateOf(ana).media.camera, stateOf(ana).media.microphone], ["out", false, false]);
  assert.equal(track.readyState, "ended");
});

test("what was on before the call stays on after it, unless it was turned off in the call", async () => {
  const room = new FakeRoom();
  const [ana, bob] = [await room.enter("a"), await room.enter("b")];
  await ana.client.actions.setMedia({ camera: true, microphone: true });
  await bob.client.actions.setMedia({ camera: true, microphone: true });
  for (const { client } of [ana, bob]) await client.actions.joinCall("lobby", { camera: true });
  await ana.client.actions.setMedia({ screen: true });
  await bob.client.actions.setMedia({ camera: false });
  for (const { client } of [ana, bob]) await client.actions.leaveCall();
  const sends = (person) => ["camera", "microphone", "screen"].map((source) => stateOf(person).media[source]);
  assert.deepEqual([sends(ana), sends(bob)], [[true, true, false], [false, true, false]]);
});

test("a camera turned on for the call goes off with it", async () => {
  const { people: [ana] } = await inCall("ab");
  await ana.client.actions.leaveCall();
  assert.deepEqual([stateOf(ana).media.camera, stateOf(ana).media.microphone, stateOf(ana).media.cameraStream], [false, false, ""]);
});
