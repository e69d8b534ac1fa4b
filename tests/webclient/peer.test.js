// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { Peer } from "../../src/palaver/webclient/net/peer.js";
import { FakePeerConnection, FakeStream, FakeTrack } from "./fake_rtc.js";
import { seeded, settle } from "./fakes.js";

/** Two peers, and the signals between them, delivered when the test says so. */
function pair({ passive = [false, false] } = {}) {
  const wire = { low: [], high: [] };
  const make = (name, yields, isPassive) =>
    new Peer(new FakePeerConnection({}), {
      connection: name,
      yields,
      passive: isPassive,
      send: (signal) => wire[name].push(structuredClone(signal)),
      newStream: () => new FakeStream(),
    });
  const low = make("low", false, passive[0]);
  const high = make("high", true, passive[1]);
  const pcs = FakePeerConnection.all.slice(-2);
  const deliver = async (from) => {
    const signal = wire[from].shift();
    if (signal) await (from === "low" ? high : low).receive(signal);
    await settle();
    return Boolean(signal);
  };
  const deliverAll = async () => {
    while ((await deliver("low")) || (await deliver("high")));
  };
  const offers = (name) => wire[name].filter((signal) => signal.kind === "offer").length;
  return { low, high, pcs, wire, deliver, deliverAll, offers };
}

/** Each side's description is the other's: nobody answered an offer that was taken back. */
function assertAgreed([one, other], message) {
  assert.equal(one.localDescription.sdp, other.remoteDescription.sdp, message);
  assert.equal(other.localDescription.sdp, one.remoteDescription.sdp, message);
}

const camera = () => ({ track: new FakeTrack("video"), stream: new FakeStream() });

test("one offers, the other answers, and both are connected", async () => {
  const { low, high, deliverAll } = pair({ passive: [false, true] });
  const seen = [];
  high.onStream.add((label) => seen.push(label));
  low.send({ camera: camera() });
  await settle();
  await deliverAll();
  assert.deepEqual([low.phase, high.phase], ["connected", "connected"]);
  assert.deepEqual(seen, ["camera"]);
});

test("a data channel of another client is closed, so that what it says comes through the server", () => {
  const { pcs, low } = pair();
  let closed = 0;
  pcs[0].ondatachannel({ channel: { close: () => (closed += 1) } });
  assert.equal(closed, 1);
  low.close();
  assert.equal(pcs[0].ondatachannel, null);
});

test("in glare the yielding side takes its offer back, and both sides' media arrive", async () => {
  const { low, high, pcs, deliverAll, offers } = pair();
  const seen = { low: [], high: [] };
  low.onStream.add((label) => seen.low.push(label));
  high.onStream.add((label) => seen.high.push(label));
  low.send({ camera: camera() });
  high.send({ camera: camera() });
  await settle();
  assert.deepEqual([offers("low"), offers("high")], [1, 1], "both offered");
  await deliverAll();
  assert.deepEqual(pcs.map((pc) => pc.signalingState), ["stable", "stable"]);
  assert.deepEqual([low.phase, high.phase], ["connected", "connected"]);
  assertAgreed(pcs);
  assert.ok(seen.low.includes("camera") && seen.high.includes("camera"));
});

test("whatever the order of signals, glare ends in a connection", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed);
    const { low, high, pcs, deliver, deliverAll, wire } = pair();
    for (let step = 0; step < 12; step += 1) {
      const roll = random();
      if (roll < 0.15) low.send({ camera: camera() });
      else if (roll < 0.3) high.send({ camera: camera() });
      else if (roll < 0.4) high.send({});
      else if (roll < 0.5) low.restart();
      else if (roll < 0.6) high.restart();
      else if (roll < 0.8) await deliver("low");
      else await deliver("high");
      if (random() < 0.5) await settle();
    }
    low.send({ camera: camera() });
    await settle();
    await deliverAll();
    assert.deepEqual(pcs.map((pc) => pc.signalingState), ["stable", "stable"], `seed ${seed}`);
    assert.deepEqual([low.phase, high.phase], ["connected", "connected"], `seed ${seed}`);
    assertAgreed(pcs, `seed ${seed}`);
    assert.deepEqual(wire, { low: [], high: [] });
  }
});

/** Whether what each side sends by now is what the other one was last told that it sends. */
function assertHeard([one, other], message) {
  for (const [from, to] of [[one, other], [other, one]]) {
    const sends = from.transceivers.map(({ direction, sender }) => (direction.startsWith("send") && sender.track ? sender.streams[0].id : "")).filter(Boolean);
    const told = JSON.parse(to.remoteDescription.sdp).sends.map(({ stream }) => stream).filter(Boolean);
    assert.deepEqual(told.sort(), sends.sort(), message);
  }
}

test("whatever is lost on the way, saying it again ends in a connection in both directions", async () => {
  for (let seed = 1; seed <= 80; seed += 1) {
    const random = seeded(seed);
    const { low, high, pcs, deliver, deliverAll, wire } = pair({ passive: [false, seed % 2 === 0] });
    const lost = new Set();
    low.send({ camera: camera() });
    for (let step = 0; step < 14; step += 1) {
      const roll = random();
      if (roll < 0.15) low.send(random() < 0.5 ? { camera: camera() } : {});
      else if (roll < 0.3) high.send(random() < 0.5 ? { camera: camera() } : {});
      else if (roll < 0.4) (random() < 0.5 ? low : high).restart();
      else if (roll < 0.55) {
        const name = random() < 0.5 ? "low" : "high";
        wire[name].length = 0;
        lost.add(name === "low" ? low : high);
      } else await deliver(random() < 0.5 ? "low" : "high");
      if (random() < 0.5) await settle();
    }
    await settle();
    for (const peer of lost) peer.resync(); // its connection to the server is back
    await settle();
    await deliverAll();
    high.send({ camera: camera() });
    await settle();
    await deliverAll();
    assert.deepEqual(pcs.map((pc) => pc.signalingState), ["stable", "stable"], `seed ${seed}`);
    assertHeard(pcs, `seed ${seed}`);
  }
});

test("an answer that was lost is given again as soon as the other side offers in vain", async () => {
  const { low, high, pcs, wire, deliver, deliverAll } = pair({ passive: [false, true] });
  low.send({ camera: camera() });
  await settle();
  while (await deliver("low"));
  assert.ok(wire.high.some(({ kind }) => kind === "answer"));
  wire.high.length = 0; // its socket broke
  high.restart();
  await settle();
  await deliverAll();
  assert.deepEqual(pcs.map((pc) => pc.signalingState), ["stable", "stable"]);
  assert.deepEqual([low.phase, high.phase], ["connected", "connected"]);
});

test("an answer to an offer of before is not taken for one to the latest", async () => {
  const { low, wire, pcs } = pair({ passive: [false, true] });
  low.send({ camera: camera() });
  await settle();
  const [{ description }] = wire.low.filter(({ kind }) => kind === "offer");
  assert.ok(description.offer);
  await low.receive({ kind: "answer", description: { type: "answer", sdp: '{"sends":[]}', connection: "high", offer: "another.1" } });
  assert.equal(pcs[0].signalingState, "have-local-offer");
  await low.receive({ kind: "answer", description: { type: "answer", sdp: '{"sends":[]}', connection: "high", offer: description.offer } });
  assert.equal(pcs[0].signalingState, "stable");
});

test("a stream is a camera or a screen, whatever the other side calls it", async () => {
  const { low, high, wire, deliverAll } = pair({ passive: [false, true] });
  const seen = [];
  high.onStream.add((label) => seen.push(label));
  const sent = camera();
  low.send({ camera: sent });
  await settle();
  for (const { description } of wire.low) if (description) description.streams = { [sent.stream.id]: "person", other: 7 };
  await deliverAll();
  assert.deepEqual(seen, ["camera"]);
});

test("offers of a client that names none are answered as they come, and nothing is said twice", async () => {
  const { low, wire } = pair();
  low.send({ camera: camera() });
  await settle();
  wire.low.length = 0;
  await low.receive({ kind: "offer", description: { type: "offer", sdp: '{"sends":[]}' } });
  await settle();
  assert.deepEqual(wire.low, [], "ours is on its way");
});

test("candidates that come before the description wait for it", async () => {
  const { low, high, pcs, wire } = pair({ passive: [false, true] });
  low.send({ camera: camera() });
  await settle();
  const [first, second] = wire.low.splice(0);
  const [offer, candidate] = first.kind === "offer" ? [first, second] : [second, first];
  await high.receive(candidate);
  assert.equal(pcs[1].candidates.length, 0);
  await high.receive(offer);
  assert.equal(pcs[1].candidates.length, 1);
});

test("a passive side offers nothing until it is told to", async () => {
  const { high, offers } = pair({ passive: [false, true] });
  high.send({ camera: camera() });
  await settle();
  assert.equal(offers("high"), 0);
  high.activate();
  await settle();
  assert.equal(offers("high"), 1);
});

test("a track that changes or pauses costs no new connection, and the screen is labelled", async () => {
  const { low, high, pcs, deliverAll } = pair({ passive: [false, true] });
  const seen = [];
  high.onStream.add((label, stream) => seen.push([label, stream.id]));
  const first = camera();
  low.send({ camera: first });
  await settle();
  await deliverAll();
  const other = new FakeTrack("video");
  low.send({ camera: { track: other, stream: first.stream } });
  assert.equal(pcs[0].transceivers[0].sender.track, other);
  assert.equal(pcs[0].transceivers.length, 1);
  const screen = camera();
  low.send({ camera: { track: other, stream: first.stream }, screen });
  await settle();
  await deliverAll();
  assert.deepEqual(seen.at(-1), ["screen", screen.stream.id]);
  low.send({ camera: { track: other, stream: first.stream } });
  assert.equal(pcs[0].transceivers[1].direction, "recvonly");
});

test("an answer to an offer that was taken back is not used", async () => {
  const { low, pcs } = pair();
  await low.receive({ kind: "answer", description: { type: "answer", sdp: "{}" } });
  assert.equal(low.phase, "connecting");
  assert.equal(pcs[0].signalingState, "stable");
});

test("one-way sending answers with what there is, without an offer of its own", async () => {
  const { low, high, wire, deliverAll } = pair({ passive: [false, true] });
  const seen = [];
  low.onStream.add((label) => seen.push(label));
  const first = camera();
  high.sendOneWay({ camera: first });
  low.makeRoom();
  await settle();
  await deliverAll();
  assert.deepEqual(seen, ["camera"]);
  high.sendOneWay({ camera: { ...camera(), stream: first.stream }, microphone: { track: new FakeTrack("audio"), stream: first.stream } });
  await settle();
  assert.deepEqual(wire.high.filter((signal) => signal.kind === "offer"), []);
});

test("after a loss an unanswered offer is said again, and a broken connection repaired", async () => {
  const { low, pcs, wire, deliverAll } = pair({ passive: [false, true] });
  low.send({ camera: camera() });
  await settle();
  wire.low.length = 0; // lost on the way
  low.resync();
  await settle();
  await deliverAll();
  assert.equal(low.phase, "connected");
  pcs[0].move("disconnected");
  low.resync();
  assert.equal(pcs[0].restarts, 1);
});
