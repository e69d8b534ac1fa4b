// @ts-check
/** @module Which rules for one's camera are offered: those that have an effect here. */

/** @typedef {keyof import("../../net/wire.js").CameraRules} Rule */

/**
 * @param {{ vip: boolean, explicit: boolean }} has whether one is a VIP, and whether the site permits explicit cameras
 * @returns {Rule[]}
 */
export function offeredRules({ vip, explicit }) {
  /** @type {Rule[]} */
  const rules = ["mutual_required", "mutual_open"];
  if (vip) rules.push("vip_only");
  if (explicit) rules.push("explicit", "avoid_explicit");
  return rules;
}
