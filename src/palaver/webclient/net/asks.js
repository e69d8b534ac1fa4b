// @ts-check
/**
 * Asks that wait for their answers, by number.
 * @module
 */

import { refusedHere } from "./protocol.js";

/** @typedef {import("./wire.js").Ask} Ask */
/** @typedef {import("./protocol.js").AskRefused} AskRefused */
/** @typedef {{ ask: Ask, resolve: (outcome: any) => void, reject: (error: AskRefused) => void, timer: any }} Waiting */

export class Asks {
  #clock;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #lastId = 0;

  /** @param {import("./api.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * @param {Ask} ask
   * @param {number} timeoutMs
   * @returns {{ id: number, answer: Promise<any> }}
   */
  add(ask, timeoutMs) {
    const id = (this.#lastId += 1);
    const answer = new Promise((resolve, reject) => {
      // An ask that timed out stays: its late answer is still a fact.
      const timer = this.#clock.setTimeout(() => reject(refusedHere("timed_out")), timeoutMs);
      this.#waiting.set(id, { ask, resolve, reject, timer });
    });
    return { id, answer };
  }

  /**
   * @param {number | null} id
   * @returns {Waiting | undefined} it waits no longer
   */
  take(id) {
    if (id === null) return undefined;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#clock.clearTimeout(waiting?.timer);
    return waiting;
  }

  /** @param {AskRefused} error for all of them */
  failAll(error) {
    for (const id of [...this.#waiting.keys()]) this.take(id)?.reject(error);
  }
}
