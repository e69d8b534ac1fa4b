// @ts-check
/**
 * Conversations that are muted on this machine: they make no sound, no note on the desktop and no bold count, but where somebody
 * is mentioned by name in a channel. What is unread in them is still counted.
 * @module
 */
import { keepPreference, preferenceOf } from "./hooks.js";

/** @typedef {import("../state/types.js").ClientState} ClientState */
/** @typedef {import("../state/types.js").Thread} Thread */

const MOST = 500;

/**
 * @param {ClientState} state
 * @param {string} key of a thread
 * @returns {boolean}
 */
export function isQuiet(state, key) {
  return preferenceOf(state, "quiet").includes(key);
}

/**
 * @param {import("./hooks.js").Client} client
 * @param {string} key
 */
export function toggleQuiet(client, key) {
  const kept = preferenceOf(client.store.get(), "quiet");
  keepPreference(client, "quiet", kept.includes(key) ? kept.filter((one) => one !== key) : [...kept, key].slice(-MOST));
}

/**
 * @param {ClientState} state
 * @param {Thread} thread
 * @returns {number} how much of what is unread asks to be read
 */
export function urgentIn(state, { key, kind, unread, mentions }) {
  if (!unread || !isQuiet(state, key)) return unread;
  // To whom one writes alone is spoken to in every message.
  return kind === "direct" ? 0 : mentions;
}
