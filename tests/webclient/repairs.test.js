// @ts-nocheck
/** What becomes of a call when a connection breaks: to the other one, or to the server. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { inCall, peersOf } from "./calling.js";
import { stateOf } from "./fake_room.js";
import { settle } from "./fakes.js";

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

test("who has to wait at the door in a new session is in the call again when let in", async () => {
  const { room, people: [ana, bob] } = await inCall("ab");
  room.leave(ana);
  ana.server.drop();
  ana.session = "ddd";
  ana.seat = { ...ana.seat, session: "ddd", in_call: false, media: {} };
  await room.adopt(ana);
  ana.server.answers.set("join_room", { type: "waiting", room: "lobby" });
  await room.clock.advance(5_000);
  await settle();
  assert.deepEqual([stateOf(ana).rooms.lobby.phase, stateOf(ana).call.phase], ["waiting", "in"]);
  room.people.set("ddd", ana);
  room.change(ana, {});
  ana.server.tell({ type: "admitted", snapshot: room.snapshot(ana) });
  await settle();
  assert.equal(ana.seat.in_call, true);
  for (const person of [ana, bob]) assert.deepEqual(peersOf(person).map(({ phase }) => phase), ["connected"]);
});
