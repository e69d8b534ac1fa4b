// @ts-check
/**
 * Whether to come back after a connection ended, and when. The codes are those of the server's `core/disconnects.py`.
 * @module
 */

export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 30_000;

const NEVER_RETURN = new Map([
  [1000, "left"],
  [4001, "replaced"],
  [4002, "kicked"],
  [4003, "banned"],
  [4004, "signed_out"],
]);
const UNREADABLE = new Set([1002, 1003, 1007, 1009]);
const PATIENCE = new Set(["too_many_requests", "unavailable", "server_fault"]);

/**
 * The reason why one must not come back after this close code; empty where one may.
 * @param {number} code
 * @returns {string}
 */
export function finalWord(code) {
  return NEVER_RETURN.get(code) ?? "";
}

/**
 * Whether the server could not read what it was sent, so that sending it again would only repeat the loss.
 * @param {number} code
 * @returns {boolean}
 */
export function isUnreadable(code) {
  return UNREADABLE.has(code);
}

/**
 * Whether a refusal on arrival asks to try later; every other one is final.
 * @param {string} code
 * @returns {boolean}
 */
export function asksForPatience(code) {
  return PATIENCE.has(code);
}

/**
 * How long to wait before an attempt: doubling, and spread so that a whole room does not return in the same second.
 * @param {number} attempts failed ones so far
 * @param {number} random 0 ≤ x < 1
 * @returns {number} milliseconds
 */
export function retryDelay(attempts, random) {
  const span = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
  return span * (0.5 + random / 2);
}

/**
 * What the reason of a close frame says: its word, and after how long the server asks to come back, 0 where it does not.
 * @param {string} reason such as `restarting;wait_ms=2345`
 * @returns {{ word: string, waitMs: number }}
 */
export function readReason(reason) {
  const asked = /^(.*);wait_ms=(\d{1,7})$/.exec(reason);
  return asked ? { word: asked[1], waitMs: Number(asked[2]) } : { word: reason, waitMs: 0 };
}
