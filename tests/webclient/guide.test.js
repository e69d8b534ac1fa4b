// @ts-nocheck
/** The page that the how-to for front ends shows, run as it stands there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FakeMediaDevices, FakePeerConnection, FakeStream } from "./fake_rtc.js";
import { ANA, BOB, FakeServer, IDENTIFIED, messageOf, settle, snapshotOf } from "./fakes.js";

const GUIDE = readFileSync(new URL("../../docs/howto/write-a-front-end.md", import.meta.url), "utf8");
const CLIENT = new URL("../../src/palaver/webclient/net/client.js", import.meta.url);

class Element {
  children = [];
  append = (...more) => {
    for (const one of more) one.remove = () => (this.children = this.children.filter((other) => other !== one));
    this.children.push(...more);
  };
  replaceChildren = (...all) => void (this.children = all);
}

/** As much of a browser as the page touches; `ids` are its elements. */
function browser(server) {
  const ids = Object.fromEntries([...GUIDE.matchAll(/ id="(\w+)"/g)].map(([, id]) => [id, new Element()]));
  const replaced = {
    document: { createElement: () => new Element(), getElementById: (id) => ids[id] ?? ids.videos.children.find((video) => video.id === id) ?? null },
    localStorage: { getItem: () => null, setItem: () => undefined },
    navigator: { mediaDevices: new FakeMediaDevices() },
    WebSocket: server.WebSocket,
    RTCPeerConnection: FakePeerConnection,
    MediaStream: FakeStream,
  };
  for (const [name, value] of Object.entries(replaced)) Object.defineProperty(globalThis, name, { value, configurable: true });
  return ids;
}

test("the page enters, shows what is said and sends what is typed, and shows who is in the call", async () => {
  const server = new FakeServer();
  server.answers.set("identify", IDENTIFIED);
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf() });
  for (const word of ["set_media", "join_call", "send_signal"]) server.answers.set(word, { type: "done" });
  const ids = browser(server);
  const [, script] = /<script type="module">([^]*?)<\/script>/.exec(GUIDE);
  await import(`data:text/javascript,${encodeURIComponent(script.replace("./net/client.js", CLIENT.href))}`);
  assert.deepEqual([ids.status.textContent, server.asked("join_room")[0].room], ["open", "lobby"]);

  server.tell({ type: "message_posted", message: messageOf(1, "hello") });
  ids.text.value = "hi";
  ids.say.onsubmit({ preventDefault: () => undefined });
  assert.deepEqual([server.asked("post_message")[0].text, ids.text.value], ["hi", ""]);
  assert.deepEqual(ids.messages.children.map(({ textContent }) => textContent), ["bob: hello", "ana: hi …"]);

  ids.call.onclick();
  await settle();
  for (const who of [ANA, BOB]) server.tell({ type: "participant_updated", room: "lobby", participant: { ...who, in_call: true } });
  await settle();
  const sends = ["audio", "video"].map((kind) => ({ kind, stream: "bobs" }));
  server.tell({ type: "signal_sent", sender: BOB, about: "call", signal: { kind: "answer", description: { type: "answer", sdp: JSON.stringify({ sends }) } } });
  await settle();
  assert.deepEqual(ids.videos.children.map(({ srcObject }) => srcObject.id), ["bobs"]);
  server.drop(4001, "replaced");
  assert.deepEqual([ids.status.textContent, ids.videos.children], ["ended", []]);
});
