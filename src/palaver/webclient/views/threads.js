// @ts-check
/** @module What threads are called, and how one is put on view. */
import { shownName } from "../state/keys.js";

/** @typedef {import("../state/types.js").ClientState} ClientState */
/** @typedef {import("../state/types.js").Thread} Thread */

/**
 * @param {ClientState} state
 * @param {Thread} thread
 * @returns {import("../net/wire.js").Channel | undefined}
 */
export function channelOf(state, thread) {
  return state.rooms[thread.room]?.info.channels.find((channel) => channel.id === thread.channel);
}

/**
 * @param {ClientState} state
 * @param {Thread} thread
 * @returns {string} its name, without a sign before it
 */
export function threadName(state, thread) {
  if (thread.kind === "direct") return thread.person ? shownName(thread.person) : "";
  return channelOf(state, thread)?.title || thread.channel;
}

/**
 * @param {ClientState} state
 * @param {Thread} thread
 * @returns {string} its name, as it stands in a sentence
 */
export function threadPlace(state, thread) {
  const name = threadName(state, thread);
  return thread.kind === "direct" ? name : `#${name}`;
}

/**
 * Put a thread on view, and remember where the unread part of it began.
 * @param {import("./hooks.js").World} world
 * @param {string} key
 */
export function showThread({ client, ui }, key) {
  const thread = client.store.get().threads[key];
  const line = thread && thread.unread > 0 && thread.readTo ? { thread: key, after: thread.readTo } : null;
  ui.set({ unreadLine: line, panel: "chat", side: ui.get().side === "people" && client.store.get().call.phase !== "out" ? "chat" : ui.get().side, editing: "", searching: false });
  client.actions.openThread(key);
}

/**
 * @param {import("./hooks.js").World} world
 * @param {string} session with whom to talk alone
 */
export function showDirect(world, session) {
  showThread(world, world.client.actions.openDirect(session));
}

/**
 * @param {ClientState} state
 * @param {string} handle
 * @returns {string} how somebody is called, who may have left
 */
export function nameOfHandle(state, handle) {
  for (const room of Object.values(state.rooms)) {
    for (const person of Object.values(room.participants)) if (person.handle === handle) return shownName(person);
  }
  return handle;
}
