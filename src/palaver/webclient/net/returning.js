// @ts-check
/**
 * Whether to come back after a connection ended, and when. The codes are those of the server's `core/disconnects.py`.
 * @module
 */

export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 15_000;
/** While somebody is at the page, tries are no further apart, unless the server asks for it. */
export const TOUCHED_MS = 2_000;

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

/** The time between a loss, of a connection or of a try to get one, and the next try. */
export class Waits {
  #clock;
  #random;
  #since = 0;
  #askedUntil = 0;

  /**
   * @param {import("./api.js").Clock} clock
   * @param {() => number} random 0 ≤ x < 1
   */
  constructor(clock, random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Doubling, and spread so that a whole room does not return in the same second.
   * @param {number} attempts failed ones so far
   * @param {number} askedMs the server asks to stay away for so long; 0 where it does not
   * @returns {number} milliseconds
   */
  begin(attempts, askedMs) {
    this.#since = this.#clock.now();
    this.#askedUntil = this.#since + askedMs;
    const span = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
    return Math.max(askedMs, span * (0.5 + this.#random() / 2));
  }

  /**
   * @param {number} sinceMs
   * @returns {boolean} it has lasted so long, and the server does not ask for more
   */
  mayEnd(sinceMs) {
    return this.#clock.now() >= Math.max(this.#since + sinceMs, this.#askedUntil);
  }
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
