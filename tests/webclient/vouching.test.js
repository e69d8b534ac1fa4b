// @ts-nocheck
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "../../src/palaver/webclient/net/client.js";
import { FakeClock, FakeServer, IDENTIFIED, seeded, settle, snapshotOf } from "./fakes.js";

const MINUTE_MS = 60_000;

async function entered(identified = { ...IDENTIFIED, user: "site:ana" }) {
  const server = new FakeServer();
  const clock = new FakeClock();
  const platform = { WebSocket: server.WebSocket, network: undefined, mediaDevices: undefined, random: seeded(7) };
  const storage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  const page = () => createClient({ url: "ws://test/native/ws", storage, clock, platform });
  const client = page();
  const renews = (token) => server.answers.set("renew_token", { type: "token_renewed", token, expires_ms: 1_000, lasts_s: 300 });
  server.answers.set("identify", identified);
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: true });
  for (const word of ["keepalive", "sign_out"]) server.answers.set(word, { type: "done" });
  renews("second");
  await client.actions.identify({ token: "first" });
  const comeBack = async () => {
    await clock.advance(Math.max(0, client.store.get().connection.retryAt - clock.now()));
    await settle();
  };
  return { server, clock, client, page, renews, comeBack, asked: () => server.asked("renew_token").length };
}

test("a token of the site is renewed in time, however wrong the clock is, and a server that was restarted is given the latest", async () => {
  const { server, clock, renews, comeBack, asked } = await entered();
  await clock.advance(0);
  assert.equal(asked(), 1);
  await clock.advance(3 * MINUTE_MS - 1);
  assert.equal(asked(), 1);
  renews("third");
  await clock.advance(1);
  assert.equal(asked(), 2);
  server.answers.set("resume", { code: "no_such_session" });
  server.drop(1012);
  await comeBack();
  assert.deepEqual(server.asked("identify").map((ask) => ask.token), ["first", "third"]);
});

test("a page that was loaded anew makes a room again that ended with the server, as any other does", async () => {
  const { server, clock, client, page } = await entered();
  server.answers.set("set_media", { type: "done" }).set("fetch_ice_servers", { type: "ice_servers", servers: [], lasts_s: 0 });
  server.answers.set("join_room", { type: "joined", snapshot: snapshotOf("den") });
  await client.actions.join("den", { create: true });
  const parked = client.actions.park();
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: false, rooms: [snapshotOf("den")] });
  const again = page();
  await again.actions.unpark(parked);
  await clock.advance(0);
  server.answers.set("resume", { code: "no_such_session" });
  server.drop(1012);
  await clock.advance(1_000);
  assert.deepEqual(server.asked("join_room").at(-1), { type: "join_room", room: "den", create: true });
  assert.equal(server.asked("join_room").length, 2);
});

test("an answer that does not come is asked for again, and an empty one is the last", async () => {
  const { server, clock, asked } = await entered();
  server.answers.set("renew_token", { code: "unavailable" });
  await clock.advance(0);
  server.answers.set("renew_token", { type: "token_renewed" });
  await clock.advance(30_000);
  assert.equal(asked(), 2);
  await clock.advance(60 * MINUTE_MS);
  assert.equal(asked(), 2);
});

test("nothing is renewed for a guest, or after the end", async () => {
  const guest = await entered(IDENTIFIED);
  await guest.clock.advance(60 * MINUTE_MS);
  assert.equal(guest.asked(), 0);
  const user = await entered();
  await user.clock.advance(0);
  await user.client.actions.signOut();
  await user.clock.advance(60 * MINUTE_MS);
  assert.equal(user.asked(), 1);
});
