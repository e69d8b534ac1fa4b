// @ts-nocheck
import { createClient } from "../../src/palaver/webclient/net/client.js";
import { channelKey, directKey } from "../../src/palaver/webclient/state/keys.js";
import { ANA, FakeClock, FakeServer, IDENTIFIED, messageOf, seeded, settle, snapshotOf } from "./fakes.js";

export const MAIN = channelKey("lobby", "main");
export const SIDE = channelKey("lobby", "side");
export const WITH_BOB = directKey({ handle: "bob", user: null });

/** A client whose server is pretended, in the lobby with bob. */
export async function joined(snapshot = snapshotOf()) {
  const server = new FakeServer();
  const clock = new FakeClock();
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: () => undefined };
  const platform = { WebSocket: server.WebSocket, network: undefined, mediaDevices: undefined, random: seeded(7) };
  const client = createClient({ url: "ws://test/native/ws", storage, clock, platform });
  server.answers.set("identify", IDENTIFIED);
  server.answers.set("resume", { type: "resumed", session: "aaa", complete: true });
  server.answers.set("join_room", { type: "joined", snapshot });
  for (const word of ["set_typing", "mark_messages", "leave_room", "set_media"]) server.answers.set(word, { type: "done" });
  server.answers.set("fetch_history", { type: "history_page", messages: [] });
  await client.actions.identify({ name: "ana" });
  await client.actions.join("lobby");
  const messages = (key = MAIN) => client.store.get().threads[key].messages;
  const comeBack = async () => {
    await clock.advance(Math.max(0, client.store.get().connection.retryAt - clock.now()));
    await settle();
  };
  return { server, clock, client, kept, messages, comeBack };
}

/** What the server tells of a post. */
export const posted = (ask, id) => ({ ...messageOf(id, ask.text, ANA), nonce: ask.nonce, place: ask.place });
