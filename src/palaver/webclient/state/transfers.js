// @ts-check
/**
 * Files on their way from one person to another, as far as they are data. The bytes live in `net/`.
 * @module
 */

import { directKey } from "./keys.js";
import { without } from "./room.js";
import { withDirect } from "./threads.js";

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("./types.js").Transfer} Transfer */

/**
 * A file is offered, by oneself or by somebody else; its conversation is there from now on.
 * @param {ClientState} state
 * @param {Pick<Transfer, "id" | "person" | "incoming" | "name" | "mime" | "bytes">} offered
 * @returns {ClientState}
 */
export function transferOffered(state, offered) {
  const after = withDirect(state, offered.person);
  const transfer = { ...offered, thread: directKey(offered.person), moved: 0, phase: /** @type {const} */ ("offered"), reason: "" };
  return { ...after, transfers: { ...after.transfers, [offered.id]: transfer } };
}

/**
 * @param {ClientState} state
 * @param {string} id
 * @param {Partial<Transfer>} change
 * @returns {ClientState}
 */
export function transferChanged(state, id, change) {
  const known = state.transfers[id];
  return known ? { ...state, transfers: { ...state.transfers, [id]: { ...known, ...change } } } : state;
}

/**
 * @param {ClientState} state
 * @param {string} id
 * @returns {ClientState}
 */
export function transferGone(state, id) {
  const transfers = without(state.transfers, id);
  return transfers === state.transfers ? state : { ...state, transfers };
}

/**
 * @param {Transfer} transfer
 * @returns {boolean} it may still come to something
 */
export function isUnderWay({ phase }) {
  return phase === "offered" || phase === "connecting" || phase === "moving";
}
