// @ts-check
/** @module Whether somebody is in one of the lists that a person keeps about others. */
import { fold } from "../../state/keys.js";

/**
 * @param {string[]} keys `name:ana`, `user:site:ana`
 * @param {{ handle: string, user: string | null }} person
 * @returns {boolean}
 */
export function isIn(keys, person) {
  return keys.includes(`name:${fold(person.handle)}`) || (person.user !== null && keys.includes(`user:${person.user}`));
}

const RANKS = ["guest", "member", "moderator", "host"];

/**
 * @param {import("../../net/wire.js").Participant | undefined} actor
 * @param {import("../../net/wire.js").Participant} target
 * @returns {boolean} the actor runs the site, or runs the room and stands above the target
 */
export function mayActOn(actor, target) {
  if (!actor || actor.session === target.session || target.operator) return false;
  return actor.operator || (RANKS.indexOf(actor.role) >= 2 && RANKS.indexOf(target.role) < RANKS.indexOf(actor.role));
}
