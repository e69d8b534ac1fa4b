// @ts-nocheck
/** The bytes of a file: sent no faster than they leave, and put together again. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FileLine } from "../../src/palaver/webclient/net/file-line.js";
import { Arriving, CHUNK_BYTES, sendBytes, WAITING_BYTES } from "../../src/palaver/webclient/net/file-flow.js";
import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { directKey } from "../../src/palaver/webclient/state/keys.js";
import { isUnderWay, transferChanged, transferGone, transferOffered } from "../../src/palaver/webclient/state/transfers.js";
import { FakeRoom, stateOf } from "./fake_room.js";
import { FakePeerConnection } from "./fake_rtc.js";
import { FakeClock } from "./fakes.js";

class FakeChannel extends EventTarget {
  readyState = "open";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  sent = [];
  most = 0;

  send(piece) {
    this.sent.push(piece);
    this.bufferedAmount += piece.byteLength;
    this.most = Math.max(this.most, this.bufferedAmount);
  }

  addEventListener(name, listener) {
    super.addEventListener(name, listener);
    if (name === "bufferedamountlow") queueMicrotask(() => this.onWaiting());
  }

  drain() {
    this.bufferedAmount = 0;
    this.dispatchEvent(new Event("bufferedamountlow"));
  }
}

const bytesOf = (length) => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);

test("of the routes that come before anybody said yes, no more are kept than there can be", async () => {
  const line = new FileLine({ platform: { RTCPeerConnection: FakePeerConnection }, clock: new FakeClock() }, "bbb");
  for (let count = 0; count < 1000; count += 1) await line.candidate({ candidate: `route ${count}` });
  const pc = line.open({}, () => undefined);
  await line.hear("offer", JSON.stringify({ sends: [] }));
  assert.equal(pc.candidates.length, 64);
  await line.candidate({ candidate: "a late one" });
  assert.equal(pc.candidates.length, 65);
});

test("what is not seen in a file's name, and may show its end in its midst, is left out", async () => {
  const room = new FakeRoom();
  const [ana] = [await room.enter("a"), await room.enter("b")];
  const file = { name: "holiday\u202egnp.\u0007ex\u200be 👩\u200d🚀", mime: "", bytes: 3 };
  const signal = { kind: "offer", description: { type: "offer", sdp: "", file } };
  ana.server.tell({ type: "signal_sent", sender: { session: "bbb", handle: "bob" }, about: "file:one", signal });
  assert.equal(stateOf(ana).transfers.one.name, "holidaygnp.exe 👩\u200d🚀");
  file.name = file.mime = { toString: null };
  ana.server.tell({ type: "signal_sent", sender: { session: "bbb", handle: "bob" }, about: "file:two", signal });
  assert.equal(stateOf(ana).transfers.two.name, "");
});

test("a file arrives as it was, whatever its size", async () => {
  for (const length of [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 17]) {
    const channel = new FakeChannel();
    assert.equal(await sendBytes(channel, new Blob([bytesOf(length)]), () => {}), true);
    const arriving = new Arriving(length, "text/plain");
    for (const piece of channel.sent) assert.ok(arriving.take(piece));
    assert.ok(arriving.whole);
    assert.deepEqual(new Uint8Array(await arriving.blob().arrayBuffer()), bytesOf(length));
  }
});

test("no more waits in the channel than may, and a closed one ends the sending", async () => {
  const channel = new FakeChannel();
  channel.onWaiting = () => channel.drain();
  assert.equal(await sendBytes(channel, new Blob([bytesOf(3 * WAITING_BYTES)]), () => {}), true);
  assert.ok(channel.most <= WAITING_BYTES + CHUNK_BYTES);

  const lost = new FakeChannel();
  lost.onWaiting = () => {
    lost.readyState = "closed";
    lost.dispatchEvent(new Event("close"));
  };
  assert.equal(await sendBytes(lost, new Blob([bytesOf(3 * WAITING_BYTES)]), () => {}), false);
});

test("more than was promised is not taken", () => {
  const arriving = new Arriving(3, "text/plain");
  assert.ok(arriving.take(new ArrayBuffer(2)));
  assert.ok(!arriving.whole);
  assert.ok(!arriving.take(new ArrayBuffer(2)));
});

test("an offer opens its conversation, and goes when it is dismissed", () => {
  const person = { session: "b", handle: "bob", display_name: "", user: null };
  const offered = transferOffered(initialState(), { id: "f", person, incoming: true, name: "a.txt", mime: "text/plain", bytes: 3 });
  assert.ok(offered.threads[directKey(person)]);
  assert.ok(isUnderWay(offered.transfers.f));
  const done = transferChanged(offered, "f", { phase: "done" });
  assert.ok(!isUnderWay(done.transfers.f));
  assert.deepEqual(transferGone(done, "f").transfers, {});
});
