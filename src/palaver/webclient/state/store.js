// @ts-check
/**
 * Holds one value and tells who wants to know when it changed.
 * @module
 */

/** @template S */
export class Store {
  /** @type {S} */
  #state;
  /** @type {Set<(state: S, before: S) => void>} */
  #listeners = new Set();

  /** @param {S} initial */
  constructor(initial) {
    this.#state = initial;
  }

  /** @returns {S} */
  get() {
    return this.#state;
  }

  /**
   * @param {(state: S, before: S) => void} listener called after each change
   * @returns {() => void} ends it
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Replaces the value. Nobody is told where nothing changed.
   * @param {(state: S) => S} change pure
   */
  update(change) {
    const before = this.#state;
    const after = change(before);
    if (after === before) return;
    this.#state = after;
    for (const listener of [...this.#listeners]) toldTo(listener, after, before);
  }
}

/**
 * Tells one of several: where it stumbles, the others still hear of it, and the browser reports what is wrong.
 * @template {unknown[]} A
 * @param {(...told: A) => void} listener
 * @param {A} told
 */
export function toldTo(listener, ...told) {
  try {
    listener(...told);
  } catch (error) {
    if ("reportError" in globalThis) reportError(error);
    else void Promise.reject(error);
  }
}
