// @ts-check
/** @module Raised hands: one's own, and who may lower another's. */

/** @typedef {import("../../net/wire.js").Participant} Participant */

/**
 * @param {import("../../state/types.js").ClientState} state
 * @param {string} room
 * @returns {number} since when one's own hand is up there; 0 while it is down
 */
export function ownHand({ rooms }, room) {
  return rooms[room]?.participants[rooms[room].you]?.hand_raised_ms ?? 0;
}

/**
 * @param {import("../hooks.js").Client} client
 * @param {string} room
 * @returns {Promise<void>}
 */
export function toggleHand({ store, actions }, room) {
  return ownHand(store.get(), room) ? actions.lowerHand(room) : actions.raiseHand(room);
}

/**
 * @param {Participant | undefined} actor
 * @param {Participant} target
 * @returns {boolean} the hand is up, and the actor runs the room
 */
export function mayLowerHand(actor, target) {
  return target.hand_raised_ms > 0 && !!actor && (actor.operator || actor.role === "host" || actor.role === "moderator");
}
