// @ts-nocheck
/** Cameras and microphones: others chosen, unplugged, taken away, busy. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { inCall, sentBy } from "./calling.js";
import { FakeRoom, stateOf } from "./fake_room.js";
import { later, settle } from "./fakes.js";

test("a camera that is turned off while another is chosen stays off, and a microphone that is muted while one is looked for stays muted", async () => {
  const { people: [ana] } = await inCall("ab");
  const [camera] = sentBy(ana).filter(({ kind }) => kind === "video");
  const [microphone] = sentBy(ana).filter(({ kind }) => kind === "audio");
  const { promise, resolve } = later();
  ana.devices.prompt = promise;
  const changed = ana.client.actions.chooseDevice("camera", "cam2");
  await settle();
  void ana.client.actions.setMedia({ camera: false });
  await settle();
  assert.equal(camera.readyState, "ended");
  ana.devices.enumerateDevices = async () => [{ kind: "audioinput", deviceId: "mic2", label: "another" }];
  microphone.stop();
  microphone.onended();
  resolve();
  await changed;
  await settle();
  assert.deepEqual(sentBy(ana).map(({ kind, enabled }) => [kind, enabled]), [["audio", true]]);

  const next = later();
  const [second] = sentBy(ana);
  ana.devices.prompt = next.promise;
  ana.devices.enumerateDevices = async () => [{ kind: "audioinput", deviceId: "mic3", label: "a third" }];
  second.stop();
  second.onended();
  await settle();
  void ana.client.actions.setMedia({ microphone: false });
  await settle();
  next.resolve();
  await settle();
  assert.deepEqual([sentBy(ana).map(({ kind, enabled }) => [kind, enabled]), stateOf(ana).media.microphone], [[["audio", false]], false]);
});

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
  assert.deepEqual([stateOf(ana).media.microphone, stateOf(ana).media.problems], [true, {}]);
  assert.ok(ana.pcs[0].transceivers.some(({ sender }) => sender.track === other));
  camera.onended();
  await settle();
  assert.deepEqual([stateOf(ana).media.camera, stateOf(ana).media.problems], [false, { camera: "device_lost" }]);
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.camera, false);
  assert.deepEqual(room.offers("call").filter((pair) => pair === "aaa>bbb").length, 2, "only to send less");
});

test("a microphone that the person takes away from the page stays off", async () => {
  const { people: [ana, bob] } = await inCall("ab");
  const asked = ana.devices.asked.length;
  sentBy(ana).find(({ kind }) => kind === "audio").onended();
  await settle();
  assert.deepEqual([stateOf(ana).media.microphone, stateOf(ana).media.problems], [false, { microphone: "device_lost" }]);
  assert.equal(stateOf(bob).rooms.lobby.participants.aaa.media.microphone, false);
  assert.equal(ana.devices.asked.length, asked, "nobody is asked for it");
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

test("a phone, which opens one camera at a time, changes over, or goes on with the one before", async () => {
  const { people: [ana] } = await inCall("ab");
  const { devices, client } = ana;
  const open = devices.getUserMedia.bind(devices);
  const live = () => sentBy(ana).filter(({ kind, readyState }) => kind === "video" && readyState === "live").map((track) => track.getSettings().deviceId);
  const broken = new Set();
  devices.getUserMedia = async (wanted) => {
    const id = wanted.video?.deviceId.exact;
    if (live().length || broken.has(id)) throw Object.assign(new Error(), { name: "NotReadableError" });
    const stream = await open(wanted);
    stream.getTracks()[0].getSettings = () => ({ deviceId: id });
    return stream;
  };
  const choose = async (id) => {
    await client.actions.chooseDevice("camera", id);
    return [live(), stateOf(ana).media.camera, stateOf(ana).media.problems];
  };
  assert.deepEqual(await choose("cam2"), [["cam2"], true, {}]);
  broken.add("cam1");
  assert.deepEqual(await choose("cam1"), [["cam2"], true, { camera: "device_busy" }]);
  broken.add("cam2");
  assert.deepEqual(await choose("cam1"), [[], false, { camera: "device_busy" }]);
  broken.clear();
  await client.actions.setMedia({ camera: true });
  assert.deepEqual([live(), stateOf(ana).media.problems], [["cam1"], {}]);
});

test("devices that come and go are looked at until the client is closed", async () => {
  const ana = await new FakeRoom().enter("a");
  let looked = 0;
  ana.devices.enumerateDevices = async () => ((looked += 1), []);
  const plug = () => (ana.devices.dispatchEvent(new Event("devicechange")), settle());
  await plug();
  ana.client.close();
  await plug();
  assert.equal(looked, 1);
});
