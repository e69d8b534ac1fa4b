// @ts-nocheck
/** The small parts of net/, and the rules that all of it keeps. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { mock, test } from "node:test";

import { captureDevice, CAMERA_HINTS } from "../../src/palaver/webclient/net/capture.js";
import { Levels, loudness, RESTED_MS } from "../../src/palaver/webclient/net/levels.js";
import { randomWord } from "../../src/palaver/webclient/net/platform.js";
import { decodeFrame } from "../../src/palaver/webclient/net/protocol.js";
import { Figures } from "../../src/palaver/webclient/net/stats.js";
import { Store } from "../../src/palaver/webclient/state/store.js";
import { mentionsName } from "../../src/palaver/webclient/state/threads.js";
import { gridOf, speakerOf } from "../../src/palaver/webclient/views/call/layout.js";
import { isPoor } from "../../src/palaver/webclient/views/call/quality.js";
import { Drafts } from "../../src/palaver/webclient/views/chat/drafts.js";
import { createUi } from "../../src/palaver/webclient/views/ui.js";
import { FakeMediaDevices, FakeStream, FakeTrack } from "./fake_rtc.js";
import { FakeClock, seeded } from "./fakes.js";

const CLIENT = new URL("../../src/palaver/webclient/", import.meta.url);

function sources() {
  return ["net", "state"].flatMap((folder) =>
    readdirSync(new URL(folder, CLIENT)).map((name) => [`${folder}/${name}`, readFileSync(new URL(`${folder}/${name}`, CLIENT), "utf8")]),
  );
}

test("net/ and state/ know no page, and write no markup", () => {
  for (const [name, text] of sources()) {
    assert.doesNotMatch(text, /\b(document|window)\.|querySelector|innerHTML|localStorage\b(?! for instance)/, name);
  }
});

test("state/ knows nothing of net/ but its words", () => {
  for (const [name, text] of sources()) {
    if (name.startsWith("state/")) assert.doesNotMatch(text, /^import .*\.\.\/net/m, name);
  }
});

test("every module is checked and short", () => {
  for (const [name, text] of sources()) {
    assert.ok(text.startsWith("// @ts-check\n"), name);
    assert.ok(text.split("\n").length <= 300, `${name} has ${text.split("\n").length} lines`);
  }
});

test("what the server leaves out is put back", () => {
  const frame = decodeFrame(
    JSON.stringify({
      event: { type: "participant_joined", room: "r", participant: { session: "s", handle: "h", joined_ms: 1, media: { camera: true } } },
      epoch: "e",
      seq: 2,
    }),
  );
  const { participant } = frame.event;
  assert.deepEqual([participant.role, participant.status, participant.user, participant.in_call], ["guest", "online", null, false]);
  assert.deepEqual([participant.media.camera, participant.media.microphone, participant.media.rules.vip_only], [true, false, false]);
});

test("a file that is attached is called what is seen of its name", () => {
  const attachments = [{ url: "https://example.org/1", name: "holiday\u202egnp.exe" }, { url: "https://example.org/2" }];
  const message = { id: 1, author: { session: "s", handle: "h" }, place: { in: "channel", room: "r" }, attachments };
  const { event } = decodeFrame(JSON.stringify({ event: { type: "message_posted", message }, epoch: "e", seq: 2 }));
  assert.deepEqual(event.message.attachments.map(({ name }) => name), ["holidaygnp.exe", ""]);
});

test("a listener that stumbles keeps nobody else from hearing, and is reported", () => {
  const reported = [];
  globalThis.reportError = ({ message }) => reported.push(message);
  const store = new Store(0);
  const heard = [];
  store.subscribe(() => assert.fail("a bug"));
  store.subscribe((now) => heard.push(now));
  store.update(() => 1);
  delete globalThis.reportError;
  assert.deepEqual([heard, reported], [[1], ["a bug"]]);
});

test("a note goes away by itself, but not while it is read", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let reads = true;
  globalThis.document = { querySelector: () => (reads ? {} : null) };
  const ui = createUi(new Drafts());
  const shown = (ms) => (mock.timers.tick(ms), ui.get().toasts.length);
  ui.toast("a few words");
  assert.deepEqual([shown(6_000), shown(60_000)], [1, 1]);
  reads = false;
  assert.equal(shown(1_000), 0);
  delete globalThis.document;
  mock.timers.reset();
});

test("what is said in one turn is all read aloud, and so are the same words once more", () => {
  const ui = createUi(new Drafts());
  const read = () => ui.get().announcements;
  for (const text of ["Ana: hello", "Bob: hello", "Bob: hello"]) ui.announce(text);
  assert.deepEqual(read().map(({ text }) => text), ["Ana: hello", "Bob: hello", "Bob: hello"]);
  assert.equal(new Set(read().map(({ id }) => id)).size, 3);
  for (let word = 0; word < 100; word += 1) ui.announce(`word ${word}`);
  assert.equal(read().at(-1).text, "word 99");
  assert.ok(read().length < 10);
});

test("a device that is gone is replaced by the system's choice", async () => {
  const mediaDevices = new FakeMediaDevices();
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (wanted) =>
    wanted.video.deviceId ? Promise.reject(Object.assign(new Error(), { name: "OverconstrainedError" })) : ask(wanted);
  const track = await captureDevice({ mediaDevices }, "camera", "gone");
  assert.equal(track.kind, "video");
  assert.equal(mediaDevices.asked[0].video.height.ideal, 480);
  assert.equal(CAMERA_HINTS.height.ideal, 480);
});

test("a page without devices says so", async () => {
  await assert.rejects(captureDevice({ mediaDevices: undefined }, "camera", ""), { code: "not_supported" });
});

test("loudness goes from silence to full", () => {
  assert.equal(loudness(new Float32Array(8)), 0);
  assert.equal(loudness(new Float32Array(8).fill(1)), 1);
  const [quiet, loud] = [loudness(new Float32Array(8).fill(0.01)), loudness(new Float32Array(8).fill(0.1))];
  assert.ok(quiet > 0 && quiet < loud && loud < 1);
});

test("levels are measured until they are no longer wanted", async () => {
  const clock = new FakeClock();
  class Context {
    createAnalyser = () => ({ getFloatTimeDomainData: (samples) => samples.fill(0.1) });
    createMediaStreamSource = () => ({ connect: () => undefined, disconnect: () => undefined });
  }
  const heard = [];
  const stop = new Levels({ AudioContext: Context }, clock).listen(new FakeStream([new FakeTrack("audio")]), (level) => heard.push(level));
  await clock.advance(500);
  assert.equal(heard.length, 6);
  stop();
  await clock.advance(500);
  assert.equal(heard.length, 6);
});

test("loudness follows the track: one that comes later, and another microphone", async () => {
  const clock = new FakeClock();
  const heard = [];
  const loud = { first: 0.25, second: 0.0625 };
  class Context {
    createAnalyser = () => ({ connect() {}, getFloatTimeDomainData: (samples) => samples.fill(loud[this.of]) });
    createMediaStreamSource = (stream) => ((this.of = stream.getAudioTracks()[0].name), { connect() {}, disconnect() {} });
  }
  const stream = new FakeStream([]);
  new Levels({ AudioContext: Context }, clock).listen(stream, (level) => heard.push(level));
  for (const name of ["first", "second"]) {
    stream.tracks = [Object.assign(new FakeTrack("audio"), { name })];
    await clock.advance(100);
  }
  assert.deepEqual(heard, [0, 1, 0.5]);
});

test("nothing is computed for levels that nobody listens to, or kept for long", async () => {
  const told = [];
  class Context {
    createAnalyser = () => ({ getFloatTimeDomainData() {} });
    createMediaStreamSource = () => ({ connect() {}, disconnect() {} });
    resume = async () => void told.push("on");
    suspend = async () => void told.push("off");
    close = async () => void told.push("closed");
  }
  const clock = new FakeClock();
  const levels = new Levels({ AudioContext: Context }, clock);
  const listen = () => levels.listen(new FakeStream([new FakeTrack("audio")]), () => undefined);
  const [one, other] = [listen(), listen()];
  one();
  assert.deepEqual(told, ["on", "on"]);
  other();
  assert.equal(told.at(-1), "off");
  const again = listen();
  assert.equal(told.at(-1), "on");
  await clock.advance(RESTED_MS);
  assert.equal(told.at(-1), "on");
  again();
  await clock.advance(RESTED_MS);
  assert.deepEqual(told.splice(-2), ["off", "closed"]);
  listen();
  assert.equal(told.at(-1), "on");
});

test("pictures of a call never lie over each other or over the edge, and stay large enough to know a face", () => {
  for (const [width, height] of [[374, 620], [660, 590], [1240, 640], [620, 230]]) {
    for (let count = 1; count <= 12; count += 1) {
      const grid = gridOf(count, width, height);
      for (const rects of [grid, speakerOf(count, count >> 1, width, height)]) {
        const said = JSON.stringify({ width, height, count, rects });
        assert.equal(rects.length, count);
        for (const [at, one] of rects.entries()) {
          assert.ok(one.left >= -1 && one.top >= -1 && one.left + one.width <= width + 1 && one.top + one.height <= height + 1, said);
          assert.ok(width <= height || one.width >= one.height - 1 || rects !== grid, said);
          assert.ok(count > 9 || height < 300 || Math.min(one.width, one.height) >= 50, said);
          for (const other of rects.slice(at + 1)) {
            assert.ok(one.left + one.width <= other.left + 1 || other.left + other.width <= one.left + 1 || one.top + one.height <= other.top + 1 || other.top + other.height <= one.top + 1, said);
          }
        }
      }
    }
  }
});

test("a connection is poor when much is lost, or late", () => {
  const good = { lostShare: 0.01, roundTripMs: 80 };
  assert.deepEqual([null, good, { ...good, lostShare: 0.2 }, { ...good, roundTripMs: 900 }].map(isPoor), [false, false, true, true]);
});

test("figures are rates over the last interval", () => {
  const figures = new Figures();
  const report = (bytes, frames, lost) => [
    { type: "inbound-rtp", kind: "video", bytesReceived: bytes, packetsReceived: bytes / 100, packetsLost: lost, framesDecoded: frames, frameWidth: 854, frameHeight: 480, framesPerSecond: 30 },
    { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.042 },
  ];
  figures.read(report(1000, 10, 0), 1000);
  const now = figures.read(report(3000, 40, 5), 3000);
  assert.deepEqual([now.receivedBps, now.framesDecoded, now.frameHeight, now.roundTripMs, now.lostShare], [8000, 40, 480, 42, 0.2]);
});

test("a mention is a word of its own", () => {
  for (const text of ["@ana hi", "hi Ana!", "ANA", "(ana)"]) assert.ok(mentionsName(text, "ana"), text);
  for (const text of ["banana", "anar", "an a", ""]) assert.ok(!mentionsName(text, "ana"), text);
  assert.ok(!mentionsName("anything", ""));
});

test("nonces differ, and fit", () => {
  const random = seeded(1);
  const words = new Set(Array.from({ length: 1000 }, () => randomWord(random)));
  assert.equal(words.size, 1000);
  for (const word of words) assert.match(word, /^[0-9a-f]{24}$/);
});

test("the how-to speaks of actions that exist", async () => {
  const { createClient } = await import("../../src/palaver/webclient/net/client.js");
  const text = readFileSync(new URL("../../docs/howto/write-a-front-end.md", import.meta.url), "utf8");
  const client = createClient({ url: "ws://test/ws", clock: new FakeClock(), platform: { network: undefined } });
  const named = [...text.matchAll(/\b(actions|calls|store|client)\.(\w+)/g)].filter(([, , name]) => name !== "js");
  assert.ok(named.length > 15);
  const things = { actions: client.actions, calls: client.calls, store: client.store, client };
  for (const [whole, thing, name] of named) assert.ok(name in things[thing], whole);
});

test("every action that is promised is there", async () => {
  const { createClient } = await import("../../src/palaver/webclient/net/client.js");
  const api = readFileSync(new URL("net/api.js", CLIENT), "utf8");
  const part = api.slice(api.indexOf("@typedef {object} Actions"), api.indexOf("@typedef {object} Calls"));
  const promised = [...part.matchAll(/@property \{.*\} (\w+)/g)].map(([, name]) => name).sort();
  const client = createClient({ url: "ws://test/ws", clock: new FakeClock(), platform: { network: undefined } });
  assert.deepEqual(Object.keys(client.actions).sort(), promised);
});
