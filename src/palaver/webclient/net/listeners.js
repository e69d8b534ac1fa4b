// @ts-check
/**
 * A list of people who want to hear of something.
 * @module
 */

import { toldTo } from "../state/store.js";

/** @template {unknown[]} A */
export class Listeners {
  /** @type {Set<(...told: A) => void>} */
  #all = new Set();

  /**
   * @param {(...told: A) => void} listener
   * @returns {() => void} ends it
   */
  add(listener) {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  /** @param {A} told */
  tell(...told) {
    for (const listener of [...this.#all]) toldTo(listener, ...told);
  }
}
