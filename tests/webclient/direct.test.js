// @ts-nocheck
/** A call with one person: who rings whom, what comes of it, and what is left of it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { REFUSED_MS, RINGS_MS } from "../../src/palaver/webclient/net/rings.js";
import { Drafts } from "../../src/palaver/webclient/views/chat/drafts.js";
import { watchNotices } from "../../src/palaver/webclient/views/effects/notices.js";
import { watchRings } from "../../src/palaver/webclient/views/effects/ringing.js";
import { createUi } from "../../src/palaver/webclient/views/ui.js";
import { FakeRoom, stateOf } from "./fake_room.js";
import { settle } from "./fakes.js";

async function ringing(letters = "ab") {
  const room = new FakeRoom();
  const people = [];
  for (const letter of letters) people.push(await room.enter(letter));
  await people[0].client.actions.callDirect("bbb");
  await settle();
  return { room, people };
}

const ringsOf = (person) => stateOf(person).rings.map(({ session }) => session);
const saidOf = (person) => stateOf(person).notices.map(({ kind, text }) => [kind, text]);
const hangups = (room) => room.signals.filter(({ signal }) => signal.kind === "hangup").map(({ from, signal }) => [from, signal.reason]);

test("who is rung tells nothing of themselves until they accept; then both are heard and seen", async () => {
  const { room, people: [ana, bob] } = await ringing();
  assert.deepEqual([ringsOf(bob), stateOf(ana).call.direct.phase, stateOf(ana).call.peers.bbb.phase], [["aaa"], "calling", "calling"]);
  assert.deepEqual(room.signals.filter(({ from }) => from === "bbb"), []);
  assert.deepEqual([bob.pcs.length, stateOf(bob).media.microphone], [0, false]);

  await bob.client.actions.acceptCall("aaa", { camera: true });
  await settle();
  assert.deepEqual([ringsOf(bob), stateOf(bob).call.direct.phase, stateOf(ana).call.direct.phase], [[], "connected", "connected"]);
  assert.deepEqual([stateOf(ana).call.peers.bbb.camera.video, stateOf(bob).call.peers.aaa.camera.audio], [true, true]);
  assert.equal(stateOf(ana).rooms.lobby.participants.aaa.in_call, false, "no room knows of it");

  await bob.client.actions.leaveCall();
  await settle();
  assert.deepEqual([stateOf(ana).call.phase, stateOf(bob).call.phase, stateOf(ana).media.microphone], ["out", "out", false]);
  assert.deepEqual([saidOf(ana), saidOf(bob)], [[["call_ended", "over"]], []]);
});

test("who hangs up while the browser still asks for a microphone, and calls again, calls once", async () => {
  const room = new FakeRoom();
  const [ana, bob] = [await room.enter("a"), await room.enter("b")];
  let allow;
  ana.devices.prompt = new Promise((done) => (allow = done));
  const calls = [ana.client.actions.callDirect("bbb")];
  await settle();
  void ana.client.actions.leaveCall();
  await settle();
  calls.push(ana.client.actions.callDirect("bbb"));
  await settle();
  allow();
  await Promise.all(calls);
  await settle();
  assert.deepEqual([ana.pcs.length, room.signals.filter(({ signal }) => signal.kind === "ring").length, ringsOf(bob)], [1, 1, ["aaa"]]);
});

test("whatever word somebody hangs up with, the call is over, nobody is heard any more, and one reads it", async () => {
  const { people: [ana, bob] } = await ringing();
  await bob.client.actions.acceptCall("aaa");
  await settle();
  const said = [];
  watchNotices({ client: ana.client, ui: { get: () => ({ room: "lobby" }), toast: (text) => said.push(text) } });
  ana.server.tell({ type: "signal_sent", sender: { session: "bbb", handle: "bob" }, about: "", signal: { kind: "hangup", reason: "constructor" } });
  await settle();
  assert.deepEqual([stateOf(ana).call.phase, stateOf(ana).media.microphone, said], ["out", false, ["bob hung up."]]);
});

test("what the desktop shows of a call goes away when it rings no longer", async () => {
  const shown = [];
  globalThis.Notification = class {
    static permission = "granted";
    constructor(name) {
      shown.push(name);
    }
    close = () => shown.push("gone");
  };
  const room = new FakeRoom();
  const [ana, bob] = [await room.enter("a"), await room.enter("b")];
  bob.client.actions.setAttending(false);
  bob.client.actions.saveSettings({ notifications: true, sounds: false });
  watchRings({ client: bob.client, ui: { get: () => ({ room: "lobby" }), announce: () => undefined } });
  await ana.client.actions.callDirect("bbb");
  await settle();
  assert.deepEqual(shown, ["ana"]);
  await ana.client.actions.leaveCall();
  await settle();
  delete globalThis.Notification;
  assert.deepEqual(shown, ["ana", "gone"]);
});

test("who rings and gives up again and again is one missed call to read", async () => {
  const { people: [ana, bob] } = await ringing();
  const ui = createUi(new Drafts());
  watchNotices({ client: bob.client, ui });
  for (let time = 0; time < 3; time += 1) {
    await ana.client.actions.leaveCall();
    await settle();
    await ana.client.actions.callDirect("bbb");
    await settle();
  }
  assert.deepEqual(ui.get().toasts.map(({ text }) => text), ["You missed a call from ana."]);
});

test("a call may be refused, given up, or left to ring", async () => {
  const refused = await ringing();
  refused.people[1].client.actions.refuseCall("aaa");
  await settle();
  assert.deepEqual([saidOf(refused.people[0]), saidOf(refused.people[1]), ringsOf(refused.people[1])], [[["call_ended", "reject"]], [], []]);

  await refused.people[0].client.actions.callDirect("bbb");
  await settle();
  assert.deepEqual([ringsOf(refused.people[1]), stateOf(refused.people[0]).call.phase], [[], "out"], "not again at once");
  await refused.room.clock.advance(REFUSED_MS);
  await refused.people[0].client.actions.callDirect("bbb");
  await settle();
  assert.deepEqual(ringsOf(refused.people[1]), ["aaa"]);

  const givenUp = await ringing();
  await givenUp.people[0].client.actions.leaveCall();
  await settle();
  assert.deepEqual([hangups(givenUp.room), saidOf(givenUp.people[1]), ringsOf(givenUp.people[1])], [[["aaa", "abort"]], [["call_missed", ""]], []]);

  const left = await ringing();
  await left.room.clock.advance(RINGS_MS);
  await settle();
  assert.deepEqual([saidOf(left.people[0]), saidOf(left.people[1])], [[["call_ended", "pickuptimeout"]], [["call_missed", ""]]]);
});

test("one who is in such a call is busy, and so is one who asks not to be disturbed", async () => {
  const { room, people: [ana, bob, cleo] } = await ringing("abc");
  await bob.client.actions.acceptCall("aaa");
  await cleo.client.actions.callDirect("bbb");
  await settle();
  assert.deepEqual([saidOf(cleo), stateOf(bob).call.direct.person.session], [[["call_ended", "busy"]], "aaa"]);
  await bob.client.actions.leaveCall();
  room.change(bob, { dnd: true });
  await settle();
  await cleo.client.actions.callDirect("bbb");
  await settle();
  assert.deepEqual([ringsOf(bob), saidOf(cleo).at(-1)], [[], ["call_ended", "busy"]]);
});

test("an offer alone rings too, and two who ring each other meet", async () => {
  const { room, people: [ana, bob] } = await ringing();
  assert.deepEqual(ringsOf(bob), ["aaa"]);
  await bob.client.actions.callDirect("aaa");
  await settle();
  assert.deepEqual([stateOf(ana).call.direct.phase, stateOf(bob).call.direct.phase, ringsOf(ana), ringsOf(bob)], ["connected", "connected", [], []]);
  assert.equal(hangups(room).length, 0);

  const cleo = await room.enter("c");
  await bob.client.actions.leaveCall();
  await settle();
  const sender = { session: "ccc", handle: "cleo" };
  bob.server.tell({ type: "signal_sent", sender, signal: { kind: "offer", description: { type: "offer", sdp: "v=0" } }, yields: "ccc" });
  await settle();
  assert.deepEqual(ringsOf(bob), ["ccc"]);
  room.leave(cleo);
  await settle();
  assert.deepEqual([ringsOf(bob), saidOf(bob).at(-1)], [[], ["call_missed", ""]]);
});

test("who cannot be rung is not called", async () => {
  const room = new FakeRoom();
  const ana = await room.enter("a");
  await room.enter("b");
  room.people.delete("bbb");
  await assert.rejects(ana.client.actions.callDirect("bbb"), { code: "no_such_participant" });
  assert.deepEqual([stateOf(ana).call.phase, stateOf(ana).media.microphone, saidOf(ana)], ["out", false, []]);
});

test("a call of the room is left for one with a single person", async () => {
  const { people: [ana, bob] } = await ringing();
  await bob.client.actions.joinCall("lobby");
  await settle();
  await bob.client.actions.acceptCall("aaa");
  await settle();
  assert.equal(stateOf(bob).rooms.lobby.participants.bbb.in_call, false);
  assert.deepEqual(Object.keys(stateOf(bob).call.peers), ["aaa"]);
});

test("a lost connection does not end it, a lost session does", async () => {
  const { room, people: [ana, bob] } = await ringing();
  await bob.client.actions.acceptCall("aaa");
  await settle();
  bob.server.drop();
  await settle();
  await room.clock.advance(2_000);
  await settle();
  assert.deepEqual([stateOf(bob).connection.phase, stateOf(bob).call.direct.phase, stateOf(ana).call.direct.phase], ["open", "connected", "connected"]);

  bob.server.answers.set("resume", { code: "no_such_session" });
  bob.server.drop();
  await settle();
  await room.clock.advance(2_000);
  await settle();
  assert.deepEqual([stateOf(bob).connection.phase, stateOf(bob).call.phase, saidOf(bob).at(-1)], ["open", "out", ["call_ended", "failed"]]);
});

test("who loses the last seat is in no call that nothing shows any more, and the other one is told", async () => {
  const { room, people: [ana, bob] } = await ringing();
  await bob.client.actions.acceptCall("aaa");
  await settle();
  ana.server.answers.set("leave_room", () => (room.leave(ana, "left"), { type: "done" }));
  await ana.client.actions.leave("lobby");
  await settle();
  assert.deepEqual([stateOf(ana).call.phase, stateOf(bob).call.phase, hangups(room)], ["out", "out", [["aaa", ""]]]);
});
