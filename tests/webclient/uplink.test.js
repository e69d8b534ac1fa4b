// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { cameraLimits } from "../../src/palaver/webclient/net/uplink.js";
import { FakeRoom } from "./fake_room.js";
import { settle } from "./fakes.js";

async function inCall(letters, unlike) {
  const room = new FakeRoom();
  const people = [];
  for (const letter of letters) people.push(await room.enter(letter, unlike));
  for (const { client } of people) {
    await client.actions.joinCall("lobby", { camera: true });
    await settle();
  }
  return { room, people };
}

/** What the encoders of somebody's pictures were told, and those of the sound. */
function told(person) {
  const senders = person.pcs.filter((pc) => pc.signalingState !== "closed").flatMap((pc) => pc.transceivers.map(({ sender }) => sender));
  const of = (kind) => senders.filter(({ track }) => track?.kind === kind).map(({ parameters }) => parameters.encodings[0]);
  return { pictures: of("video"), sounds: of("audio") };
}

test("the more receive a picture, the less each copy takes, and never less than a face needs", () => {
  const all = Array.from({ length: 60 }, (_, at) => cameraLimits(at + 1));
  all.reduce((before, now) => {
    assert.ok(now.maxBitrate <= before.maxBitrate && now.maxFramerate <= before.maxFramerate);
    assert.ok(now.scaleResolutionDownBy >= before.scaleResolutionDownBy);
    return now;
  });
  assert.deepEqual(all[0], { maxBitrate: 1_200_000, maxFramerate: 30, scaleResolutionDownBy: 1 });
  assert.deepEqual(all[59], { maxBitrate: 150_000, maxFramerate: 15, scaleResolutionDownBy: 2 });
  assert.ok(all.slice(0, 20).every(({ maxBitrate }, at) => maxBitrate * (at + 1) <= 3_000_020), "all copies fit an ordinary line");
});

test("everybody's picture shrinks as a call grows, and grows again as people leave; their voice stays", async () => {
  const { people } = await inCall("abcdef");
  for (const person of people) {
    const { pictures, sounds } = told(person);
    assert.deepEqual(pictures, Array(5).fill({ active: true, ...cameraLimits(5) }));
    assert.deepEqual(sounds, Array(5).fill({ active: true }));
  }
  for (const person of people.slice(3)) await person.client.actions.leaveCall();
  await settle();
  for (const person of people.slice(0, 3)) assert.deepEqual(told(person).pictures, Array(2).fill({ active: true, ...cameraLimits(2) }));
});

test("those who watch a camera count beside those in the call", async () => {
  const { room, people: [ana] } = await inCall("abc");
  for (const letter of "de") {
    const viewer = await room.enter(letter);
    await viewer.client.actions.openCamera("aaa");
    await settle();
  }
  assert.deepEqual(told(ana).pictures, Array(4).fill({ active: true, ...cameraLimits(4) }));
});

test("a shared screen stays as sharp as it is", async () => {
  const { people: [ana] } = await inCall("abcdef");
  await ana.client.actions.setMedia({ screen: true });
  await settle();
  const { pictures } = told(ana);
  assert.deepEqual([pictures.filter((one) => one.maxBitrate).length, pictures.filter((one) => !one.maxBitrate).length], [5, 5]);
});

test("a call goes on in a browser whose encoders take no word", async () => {
  const room = new FakeRoom();
  const people = [await room.enter("a"), await room.enter("b")];
  for (const { client } of people) await client.actions.joinCall("lobby", { camera: false });
  await settle();
  for (const pc of people[0].pcs) {
    for (const { sender } of pc.transceivers) sender.setParameters = async () => Promise.reject(new Error("InvalidModificationError"));
  }
  await people[0].client.actions.setMedia({ camera: true });
  await settle();
  assert.deepEqual(Object.values(people[0].client.store.get().call.peers).map(({ phase }) => phase), ["connected"]);
});
