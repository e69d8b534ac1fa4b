// @ts-nocheck
/** @module A connection to a fake server, on a fake clock and network. */
import { Connection } from "../../src/palaver/webclient/net/connection.js";
import { FakeClock, FakeServer, IDENTIFIED, seeded } from "./fakes.js";

export function setUp() {
  const server = new FakeServer();
  const clock = new FakeClock();
  const network = new EventTarget();
  const connection = new Connection("ws://test/native/ws", clock, { WebSocket: server.WebSocket, network, random: seeded(1) });
  const events = [];
  connection.onEvent.add((event, position) => events.push([event, position]));
  server.answers.set("identify", IDENTIFIED);
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: true });
  server.answers.set("keepalive", { type: "done" });
  return { server, clock, network, connection, events };
}

export async function opened() {
  const all = setUp();
  await all.connection.identify({ name: "ana" });
  return all;
}
