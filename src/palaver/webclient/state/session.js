// @ts-check
/**
 * Who one is, and what a new, a resumed and an ended session mean for everything else.
 * @module
 */

import { callChanged, nobodyWatches } from "./calls.js";
import { noticed } from "./notices.js";
import { roomPhase, seated } from "./room.js";

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("../net/wire.js").Identified} Identified */
/** @typedef {import("../net/wire.js").Snapshot} Snapshot */

/**
 * A new session. Rooms of an earlier one are to be joined again; the same person's messages stay one's own.
 * @param {ClientState} state
 * @param {Identified} outcome
 * @returns {ClientState}
 */
export function identified(state, outcome) {
  const { session, name, display_name, user, operator, rules, default_room, relations } = outcome;
  const former = state.me ? [...state.me.former, state.me.session] : [];
  const me = { session, name, display_name, user, operator, rules, default_room, former };
  const after = { ...state, me, relations };
  return wanted(after).reduce((next, id) => roomPhase(next, id, { phase: "joining" }), nobodyWatches(after));
}

/**
 * The session goes on: with everything that was missed to follow, or with fresh snapshots.
 * @param {ClientState} state
 * @param {{ complete: boolean, rooms: Snapshot[] }} outcome
 * @returns {ClientState}
 */
export function resumed(state, { complete, rooms }) {
  if (complete) return state;
  const here = new Set(rooms.map((snapshot) => snapshot.room.id));
  const gone = Object.values(state.rooms).filter((room) => room.phase === "joined" && !here.has(room.id));
  const left = gone.reduce((next, room) => roomPhase(next, room.id, { phase: "left", reason: "lost" }), state);
  const after = rooms.reduce(seated, left);
  // A page that was loaded anew knew nothing to miss.
  return Object.keys(state.rooms).length > 0 ? noticed(after, { kind: "messages_missing" }) : after;
}

/**
 * The session is over and does not come back by itself.
 * @param {ClientState} state
 * @param {string} reason
 * @returns {ClientState}
 */
export function sessionOver(state, reason) {
  const over = nobodyWatches({ ...callChanged(state, { phase: "out" }), rings: [] });
  const idle = { ...over, cameras: { ...over.cameras, watching: {} } };
  return wanted(idle).reduce((next, id) => roomPhase(next, id, { phase: "left", reason }), idle);
}

/**
 * A different person begins: nothing of the one before may be seen.
 * @param {ClientState} state
 * @param {ClientState} initial
 * @returns {ClientState}
 */
export function startedAnew(state, initial) {
  return { ...initial, settings: state.settings, devices: state.devices, media: state.media, attending: state.attending };
}

/**
 * Rooms that one sits in or wants to.
 * @param {ClientState} state
 * @returns {string[]}
 */
export function wanted(state) {
  const phases = new Set(["joining", "waiting", "joined"]);
  return Object.values(state.rooms)
    .filter((room) => phases.has(room.phase))
    .map((room) => room.id);
}
