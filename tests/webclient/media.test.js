// @ts-nocheck
/** Microphone, camera and screen in a call: on, off, changed, refused, taken away. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { inCall, sentBy } from "./calling.js";
import { FakeRoom, stateOf } from "./fake_room.js";
import { later, settle } from "./fakes.js";

test("muting keeps the track and tells the room", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  const [microphone] = ana.client.calls.stream(stateOf(ana).media.cameraStream).getAudioTracks();
  await ana.client.actions.setMedia({ microphone: false });
  assert.deepEqual([microphone.enabled, microphone.readyState], [false, "live"]);
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.microphone, false);
  await ana.client.actions.setMedia({ microphone: true });
  assert.equal(microphone.enabled, true);
});

test("what is turned off is off at once, whatever the browser still asks, and stays off", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  await ana.client.actions.setMedia({ camera: false });
  const [microphone] = sentBy(ana);
  const { promise, resolve } = later();
  ana.devices.prompt = promise;
  const filmed = ana.client.actions.setMedia({ camera: true });
  await settle();
  void ana.client.actions.setMedia({ microphone: false });
  await settle();
  assert.deepEqual([microphone.enabled, stateOf(ana).media.microphone, stateOf(bob).rooms.lobby.participants.aaa.media.microphone], [false, false, false]);
  const spoken = ana.client.actions.setMedia({ microphone: true });
  const muted = ana.client.actions.setMedia({ microphone: false });
  resolve();
  await Promise.all([filmed, spoken, muted]);
  await settle();
  assert.deepEqual([microphone.enabled, stateOf(ana).media.microphone, stateOf(ana).media.camera], [false, false, true]);
});

test("the page hears whoever is muted, from a copy that nobody is sent, until it has heard enough", async () => {
  class Context {
    createAnalyser = () => ({ getFloatTimeDomainData: (samples) => samples.fill(made.at(-1).enabled ? 0.25 : 0) });
    createMediaStreamSource = () => ({ connect: () => undefined, disconnect: () => undefined });
  }
  const ana = await new FakeRoom().enter("a", { AudioContext: Context });
  const [heard, made] = [[], []];
  ana.client.calls.overhear(() => assert.fail("no microphone was on"))();
  await ana.client.actions.joinCall("lobby");
  const [microphone] = sentBy(ana);
  const clone = microphone.clone.bind(microphone);
  microphone.clone = () => (made.push(clone()), made.at(-1));
  await ana.client.actions.setMedia({ microphone: false });
  ana.client.calls.overhear((level) => heard.push(level))();
  assert.deepEqual([heard, microphone.enabled, sentBy(ana).length, made[0].readyState], [[1], false, 1, "ended"]);
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

test("whoever leaves a call while the browser still asks for a microphone is not in it afterwards", async () => {
  const ana = await new FakeRoom().enter("a");
  const { promise, resolve } = later();
  ana.devices.prompt = promise;
  const joined = ana.client.actions.joinCall("lobby");
  await settle();
  const left = ana.client.actions.leaveCall();
  resolve();
  await Promise.all([joined, left]);
  await settle();
  assert.deepEqual([ana.seat.in_call, ana.server.asked("join_call").length, stateOf(ana).call.phase, sentBy(ana)], [false, 0, "out", []]);
});

test("whoever is sent out while the browser still asks for a microphone, and comes back, is not in the call", async () => {
  const ana = await new FakeRoom().enter("a");
  const { promise, resolve } = later();
  ana.devices.prompt = promise;
  const joined = ana.client.actions.joinCall("lobby");
  await settle();
  ana.server.tell({ type: "participant_left", room: "lobby", session: "aaa", handle: "ana", reason: "kicked", by: "bob" });
  await ana.client.actions.join("lobby");
  resolve();
  await joined;
  assert.deepEqual([ana.server.asked("join_call"), stateOf(ana).call.phase], [[], "out"]);
});

test("whoever leaves a call is no longer filmed, also where the server does not answer", async () => {
  const { people: [ana] } = await inCall("ab");
  ana.server.answers.delete("leave_call");
  const tracks = sentBy(ana);
  void ana.client.actions.leaveCall();
  await settle();
  assert.deepEqual(tracks.map(({ readyState }) => readyState), ["ended", "ended"]);
});

test("what the browser refuses stays off, with a reason, and the call goes on without it", async () => {
  const room = new FakeRoom();
  const ana = await room.enter("a");
  ana.devices.refusals.set("audio", "NotAllowedError").set("video", "NotFoundError");
  await ana.client.actions.joinCall("lobby");
  assert.deepEqual([stateOf(ana).call.phase, stateOf(ana).media.problems], ["in", { microphone: "permission_denied" }]);
  await ana.client.actions.setMedia({ camera: true });
  assert.deepEqual([stateOf(ana).media.camera, stateOf(ana).media.problems], [false, { microphone: "permission_denied", camera: "device_not_found" }]);
  ana.devices.refusals.set("screen", "NotAllowedError");
  await ana.client.actions.setMedia({ screen: true });
  assert.equal(stateOf(ana).media.problems.screen, "cancelled");
  ana.devices.refusals.set("screen", "NotFoundError"); // as Firefox says where the system shows it none
  await ana.client.actions.setMedia({ screen: true });
  assert.equal(stateOf(ana).media.problems.screen, "no_screen");
});

/** Somebody whose browser says how it stands with each device. */
async function asked(standing) {
  const permissions = { query: async ({ name }) => (standing ? { state: standing[name] } : assert.fail("unknown")) };
  const ana = await new FakeRoom().enter("a", { permissions });
  const turnOn = async () => {
    const before = ana.devices.asked.length;
    await ana.client.actions.setMedia({ camera: true, microphone: true });
    return ana.devices.asked.length - before;
  };
  return { ana, turnOn };
}

test("whoever wants both camera and microphone is asked once", async () => {
  const { ana, turnOn } = await asked({ microphone: "prompt", camera: "prompt" });
  assert.equal(await turnOn(), 1);
  assert.deepEqual(sentBy(ana).map(({ kind }) => kind).sort(), ["audio", "video"]);
  const told = ana.server.asked("set_media").at(-1);
  assert.deepEqual([told.camera, told.microphone, stateOf(ana).media.asking], [true, true, ""]);
});

for (const [what, standing, times, on, problems] of [
  ["not asked again who said no to both", { microphone: "denied", camera: "denied" }, 1, [false, false], { camera: "permission_denied", microphone: "permission_denied" }],
  ["not asked again who waved the question away", { microphone: "prompt", camera: "prompt" }, 1, [false, false], { camera: "permission_denied", microphone: "permission_denied" }],
  ["asked about the microphone alone where the camera was blocked before", { microphone: "granted", camera: "denied" }, 2, [true, false], { camera: "permission_denied" }],
  ["asked for the microphone alone where it was allowed before", { microphone: "granted", camera: "prompt" }, 2, [true, false], { camera: "permission_denied" }],
  ["asked one by one where the browser does not tell", null, 3, [true, false], { camera: "permission_denied" }],
]) {
  test(`one is ${what}`, async () => {
    const { ana, turnOn } = await asked(standing);
    ana.devices.refusals.set("video", "NotAllowedError");
    assert.equal(await turnOn(), times);
    const { media } = stateOf(ana);
    assert.deepEqual([[media.microphone, media.camera], media.problems], [on, problems]);
  });
}

test("a missing camera does not keep the microphone away", async () => {
  const { ana, turnOn } = await asked({ microphone: "granted", camera: "granted" });
  ana.devices.refusals.set("video", "NotFoundError");
  await turnOn();
  assert.deepEqual([stateOf(ana).media.microphone, stateOf(ana).media.problems], [true, { camera: "device_not_found" }]);
  await ana.client.actions.setMedia({ microphone: false });
  assert.deepEqual(stateOf(ana).media.problems, { camera: "device_not_found" }, "it is not about this one");
  await ana.client.actions.setMedia({});
  assert.deepEqual(stateOf(ana).media.problems, {});
});

test("what the server refuses is turned off again", async () => {
  const room = new FakeRoom();
  const ana = await room.enter("a");
  ana.server.answers.set("set_media", { code: "not_allowed" });
  await assert.rejects(ana.client.actions.setMedia({ camera: true }), { code: "not_allowed" });
  assert.equal(stateOf(ana).media.camera, false);
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

test("a microphone is not held where neither camera nor call needs it", async () => {
  const ana = await new FakeRoom().enter("a");
  await ana.client.actions.setMedia({ camera: true, microphone: true });
  const [microphone] = sentBy(ana).filter(({ kind }) => kind === "audio");
  await ana.client.actions.setMedia({ microphone: false });
  assert.equal(microphone.readyState, "live", "muted for those who watch");
  await ana.client.actions.setMedia({ camera: false });
  assert.deepEqual([microphone.readyState, stateOf(ana).media.cameraStream], ["ended", ""]);
});

test("a camera turned on for the call goes off with it", async () => {
  const { people: [ana] } = await inCall("ab");
  await ana.client.actions.leaveCall();
  assert.deepEqual([stateOf(ana).media.camera, stateOf(ana).media.microphone, stateOf(ana).media.cameraStream], [false, false, ""]);
});
