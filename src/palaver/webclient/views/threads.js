// @ts-check
/** @module What threads are called, and how one is put on view. */
import { shownName } from "../state/keys.js";
import { urgentIn } from "./quiet.js";

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
 * @param {string} room
 * @returns {string[]} keys of the channels that one may read
 */
export function channelsIn(state, room) {
  const { channels, info, you } = state.rooms[room];
  return channels.filter((_, at) => !info.channels[at]?.members || info.channels[at].members?.includes(you));
}

/**
 * @param {ClientState} state
 * @returns {string[]} keys of the direct conversations, the liveliest first
 */
export function directs(state) {
  const found = Object.values(state.threads).filter((thread) => thread.kind === "direct");
  return found.sort((one, other) => other.latest_ms - one.latest_ms).map((thread) => thread.key);
}

/**
 * @param {ClientState} state
 * @param {string} room
 * @param {number} step 1 for the conversation below the open one, -1 for the one above, as they are listed; the last is followed by the first
 * @param {boolean} onlyUnread
 * @returns {string} its key; empty where there is no other
 */
export function neighbour(state, room, step, onlyUnread) {
  const keys = [...channelsIn(state, room), ...directs(state)];
  const at = keys.indexOf(state.openThread);
  const others = keys.map((_, by) => keys[(Math.max(at, 0) + step * (by + (at < 0 ? 0 : 1)) + keys.length * 2) % keys.length]);
  return others.find((key) => key !== state.openThread && (!onlyUnread || (state.threads[key] && urgentIn(state, state.threads[key]) > 0))) ?? "";
}
