// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { QUIET_MS, PROBE_MS, WILL_RETURN } from "../../src/palaver/webclient/net/socket.js";
import { opened, setUp } from "./connected.js";
import { IDENTIFIED, settle } from "./fakes.js";

test("identifies with the subprotocol and opens", async () => {
  const { server, connection } = await opened();
  assert.deepEqual(server.socket.protocols, ["palaver.v1"]);
  assert.deepEqual(server.asks, [{ type: "identify", name: "ana" }]);
  assert.equal(connection.status.phase, "open");
});

test("a refusal on arrival is final and carries its code", async () => {
  const { server, connection } = setUp();
  server.answers.set("identify", { code: "banned", text: "You are banned.", params: { until: "x" } });
  await assert.rejects(connection.identify({ name: "ana" }), { code: "banned", text: "You are banned." });
  assert.equal(connection.status.phase, "ended");
  assert.equal(connection.status.refusal.code, "banned");
});

test("who identifies anew does not wait for the first answer any longer", async () => {
  const { server, connection } = setUp();
  server.reachable = false;
  const first = assert.rejects(connection.identify({ name: "ana" }), { code: "session_over" });
  server.reachable = true;
  await Promise.all([first, connection.identify({ name: "bob" })]);
  assert.deepEqual(server.asks, [{ type: "identify", name: "bob" }]);
});

test("a refusal that asks for patience is tried again after the wait", async () => {
  const { server, clock, connection } = setUp();
  server.answers.set("identify", { code: "too_many_requests", params: { wait_ms: 9000 } });
  const identified = connection.identify({ name: "ana" });
  await settle();
  assert.equal(connection.status.phase, "lost");
  server.answers.set("identify", IDENTIFIED);
  await clock.advance(8999);
  assert.equal(connection.status.phase, "lost");
  await clock.advance(1);
  await identified;
  assert.equal(connection.status.phase, "open");
});

test("a fault of the server on arrival is no end: it may be restarting", async () => {
  const { server, clock, connection } = setUp();
  server.answers.set("identify", { code: "server_fault", params: {} });
  const identified = connection.identify({ name: "ana" });
  await settle();
  assert.equal(connection.status.phase, "lost");
  server.answers.set("identify", IDENTIFIED);
  await clock.advance(60_000);
  await identified;
  assert.equal(connection.status.phase, "open");
});

test("answers and refusals reach their own asks", async () => {
  const { server, connection } = await opened();
  const [rooms, join] = [connection.ask({ type: "list_rooms" }), connection.ask({ type: "join_room", room: "x" })];
  server.reply(3, { code: "pin_required", text: "PIN?" });
  server.reply(2, { type: "rooms", rooms: [{ id: "lobby" }] });
  assert.deepEqual((await rooms).rooms, [{ id: "lobby", title: "", participants: 0, pin: false, locked: false }]);
  await assert.rejects(join, { code: "pin_required" });
});

test("an ask that is not answered times out, and its late answer still counts", async () => {
  const { server, clock, connection } = await opened();
  const outcomes = [];
  connection.onOutcome.add((ask, outcome) => outcomes.push(outcome.type));
  const ask = connection.ask({ type: "list_rooms" }, { timeoutMs: 100 });
  const rejected = assert.rejects(ask, { code: "timed_out" });
  await clock.advance(100);
  await rejected;
  server.reply(2, { type: "rooms", rooms: [] });
  assert.deepEqual(outcomes, ["rooms"]);
});

for (const code of [1006, 1011, 1012, 1013, 4005]) {
  test(`comes back after ${code} and resumes from the last event`, async () => {
    const { server, clock, connection, events } = await opened();
    server.tell({ type: "room_closed", room: "x" }, 12);
    server.drop(code);
    assert.equal(connection.status.phase, "lost");
    assert.ok(connection.status.retryAt > clock.now());
    await clock.advance(connection.status.retryAt - clock.now());
    assert.equal(connection.status.phase, "open");
    assert.deepEqual(server.asks.at(-1), { type: "resume", token: "secret-1", position: { epoch: "e1", seq: 12 } });
    server.tell({ type: "room_closed", room: "y" }, 15);
    assert.deepEqual(events.map(([event]) => event.room), ["x", "y"]);
  });
}

test("comes back when a server that stops asks it to, not before", async () => {
  const { server, clock, connection } = await opened();
  server.drop(1012, "restarting;wait_ms=7345");
  assert.equal(connection.status.reason, "restarting");
  await clock.advance(7344);
  assert.equal(server.sockets.length, 1);
  await clock.advance(1);
  assert.equal(server.sockets.length, 2);
});

for (const reason of ["restarting;wait_ms=", "restarting;wait_ms=-5", "restarting;wait_ms=1e9", "restarting;wait_ms=99999999", ""]) {
  test(`a close frame that asks for nothing is waited for as any loss: ${reason}`, async () => {
    const { server, clock, connection } = await opened();
    server.drop(1012, reason);
    assert.ok(connection.status.retryAt - clock.now() <= 500);
  });
}

test("resumes from the greatest position of what it read, events and snapshots alike", async () => {
  const { server, clock, connection } = await opened();
  server.tell({ type: "room_closed", room: "x" }, 12);
  const snapshot = { room: { id: "y" }, you: {}, participants: [], position: { epoch: "e1", seq: 20 } };
  server.answers.set("join_room", { type: "joined", snapshot });
  await connection.ask({ type: "join_room", room: "y" });
  server.tell({ type: "typing_changed", place: { in: "channel", room: "y" }, by: {}, typing: true }, 17);
  server.drop();
  await clock.advance(connection.status.retryAt - clock.now());
  assert.deepEqual(server.asks.at(-1).position, { epoch: "e1", seq: 20 });
});

for (const [code, reason] of [[1000, "left"], [4001, "replaced"], [4002, "kicked"], [4003, "banned"], [4004, "signed_out"]]) {
  test(`stays away after ${code}`, async () => {
    const { server, clock, connection } = await opened();
    server.drop(code);
    await clock.advance(600_000);
    assert.equal(server.sockets.length, 1);
    assert.deepEqual([connection.status.phase, connection.status.reason], ["ended", reason]);
  });
}

test("says who ended the session, and why", async () => {
  const { server, connection } = await opened();
  server.tell({ type: "session_ended", reason: "kicked", by: "mod", text: "enough" });
  server.drop(4002, "kicked");
  assert.deepEqual(connection.status.ended, { by: "mod", text: "enough", until_ms: 0 });
  assert.equal(connection.status.reason, "kicked");
});

test("waits longer after each failure, never beyond 15 seconds, and never the same for all", async () => {
  const { server, clock, connection } = await opened();
  server.reachable = false;
  server.drop();
  const waits = [];
  for (let attempt = 0; attempt < 9; attempt += 1) {
    const wait = connection.status.retryAt - clock.now();
    waits.push(wait);
    await clock.advance(wait);
    server.drop();
  }
  waits.forEach((wait, attempt) => {
    const span = Math.min(15_000, 500 * 2 ** attempt);
    assert.ok(wait >= span / 2 && wait < span, `attempt ${attempt}: ${wait}`);
  });
  assert.equal(new Set(waits).size, waits.length);
});

test("a socket that never opens is given up", async () => {
  const { server, clock, connection } = await opened();
  server.reachable = false;
  server.drop();
  await clock.advance(1000);
  assert.equal(server.sockets.length, 2);
  await clock.advance(12_000);
  assert.equal(connection.status.phase, "lost");
  assert.equal(connection.status.attempts, 1);
});

test("an unknown session is opened anew with the same name", async () => {
  const { server, clock, connection } = await opened();
  const ready = [];
  connection.onReady.add((isNew) => ready.push(isNew));
  server.answers.set("resume", { code: "no_such_session" });
  server.drop();
  await clock.advance(1000);
  assert.deepEqual(server.asks.at(-1), { type: "identify", name: "ana" });
  assert.deepEqual(ready, [true]);
});

test("asks fail at once while there is no connection, and in flight when it is lost", async () => {
  const { server, connection } = await opened();
  const flying = connection.ask({ type: "list_rooms" });
  const rejected = assert.rejects(flying, { code: "connection_lost" });
  server.drop();
  await rejected;
  await assert.rejects(connection.ask({ type: "list_rooms" }), { code: "not_connected" });
});

test("a frame that the server cannot read is not to be sent again", async () => {
  const { server, connection } = await opened();
  const rejected = assert.rejects(connection.ask({ type: "list_rooms" }), { code: "unreadable" });
  server.drop(1009);
  await rejected;
});

test("a silent server is asked for a sign of life, and left without ending the session", async () => {
  const { server, clock, connection } = await opened();
  await clock.advance(QUIET_MS);
  assert.equal(server.asked("keepalive").length, 1);
  server.answers.delete("keepalive");
  await clock.advance(QUIET_MS + 1);
  assert.equal(server.asked("keepalive").length, 2);
  const dead = server.socket;
  server.answers.set("keepalive", { type: "done" });
  await clock.advance(PROBE_MS);
  assert.equal(dead.closedWith.code, WILL_RETURN);
  await clock.advance(1000);
  assert.equal(connection.status.phase, "open");
  assert.equal(server.asks.at(-1).type, "resume");
});

test("a clock that is set back does not put off the question whether the server is there", async () => {
  const { server, clock } = await opened();
  let set = 3_600_000;
  clock.now = () => clock.time - set;
  await clock.advance(2 * QUIET_MS);
  assert.equal(server.asked("keepalive").length, 1);
  server.answers.delete("keepalive");
  await clock.advance(QUIET_MS);
  set *= 2;
  await clock.advance(2 * PROBE_MS);
  assert.equal(server.sockets[0].closedWith.code, WILL_RETURN);
});

test("signing out ends the session with a normal close", async () => {
  const { server, connection } = await opened();
  server.answers.set("sign_out", { type: "done" });
  await connection.signOut();
  assert.equal(server.socket.closedWith.code, 1000);
  assert.equal(connection.status.reason, "left");
});

test("frames that are not understood hurt nobody", async () => {
  const { server, connection } = await opened();
  for (const data of ["{", "null", "7", '{"reply":99,"outcome":{"type":"done"}}', '{"what":1}', new ArrayBuffer(4)]) {
    server.socket.onmessage({ data });
  }
  assert.equal(connection.status.phase, "open");
});
