// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { opened } from "./connected.js";
import { settle } from "./fakes.js";

test("coming online tries at once, and going offline looks whether the server is there", async () => {
  const { server, clock, network, connection } = await opened();
  network.dispatchEvent(new Event("offline"));
  await settle();
  assert.equal(server.asked("keepalive").length, 1);
  server.reachable = false;
  server.drop();
  await clock.advance(500);
  server.drop();
  server.reachable = true;
  network.dispatchEvent(new Event("online"));
  await settle();
  assert.equal(connection.status.phase, "open");
});

test("a page that is looked at again does not wait for timers that stood still", async () => {
  const { server, network, connection } = await opened();
  const seen = (visibilityState) => {
    network.visibilityState = visibilityState;
    network.dispatchEvent(new Event("visibilitychange"));
    return settle();
  };
  await seen("hidden");
  assert.equal(server.asked("keepalive").length, 0);
  await seen("visible");
  assert.equal(server.asked("keepalive").length, 1);
  server.drop();
  await seen("hidden");
  assert.equal(connection.status.phase, "lost");
  await seen("visible");
  assert.equal(connection.status.phase, "open");
  connection.close();
  await seen("visible");
  assert.equal(server.sockets.length, 2);
});

test("whoever is at the page waits two seconds between tries, not longer", async () => {
  const { server, clock, network, connection } = await opened();
  server.reachable = false;
  server.drop();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await clock.advance(connection.status.retryAt - clock.now());
    server.drop();
  }
  const tried = server.sockets.length;
  assert.ok(connection.status.retryAt - clock.now() > 7_000);
  const touch = (sign) => (network.dispatchEvent(new Event(sign)), settle());
  await clock.advance(1_999);
  await touch("pointermove");
  assert.equal(server.sockets.length, tried, "pointers tell many times a second");
  await clock.advance(1);
  for (const sign of ["keydown", "pointermove", "pointerdown", "focus"]) await touch(sign);
  assert.equal(server.sockets.length, tried + 1);
  server.drop();
  await touch("keydown");
  assert.equal(server.sockets.length, tried + 1);
  server.reachable = true;
  await clock.advance(2_000);
  await touch("keydown");
  assert.equal(connection.status.phase, "open");
});

test("nobody comes earlier than a server asks that stops, unless by the button", async () => {
  const { server, clock, network, connection } = await opened();
  server.drop(1012, "restarting;wait_ms=7345");
  await clock.advance(7_000);
  for (const sign of ["online", "visibilitychange", "keydown"]) network.dispatchEvent(new Event(sign));
  await settle();
  assert.equal(server.sockets.length, 1);
  connection.retryNow();
  await settle();
  assert.equal(connection.status.phase, "open");
});

test("a page that goes away does not take its session up again because somebody moves", async () => {
  const { server, clock, network, connection } = await opened();
  assert.equal(connection.park(), "secret-1");
  await clock.advance(2_500);
  for (const sign of ["pointermove", "online"]) network.dispatchEvent(new Event(sign));
  await settle();
  assert.deepEqual([server.sockets.length, connection.status.reason], [1, "reloading"]);
});
