// @ts-check
/**
 * Says that one is writing, seldom enough, and lets others' writing end.
 * @module
 */

import { expireTyping, nextExpiry } from "../state/typing.js";
import { destinationOf } from "./chat.js";

/** @typedef {import("./context.js").Context} Context */

const SAY_AGAIN_MS = 4_000;
const STOP_MS = 5_000;

export class Typing {
  #context;
  #thread = "";
  #saidAt = 0;
  /** @type {any} */
  #stop = null;
  /** @type {any} */
  #expiry = null;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    context.store.subscribe((state, before) => {
      if (state.threads !== before.threads) this.#watch();
    });
  }

  /**
   * @param {string} thread
   * @param {boolean} [typing]
   */
  say(thread, typing = true) {
    const { clock } = this.#context;
    clock.clearTimeout(this.#stop);
    if (!typing) return this.#say(thread, false);
    this.#stop = clock.setTimeout(() => this.#say(thread, false), STOP_MS);
    if (this.#thread && this.#thread !== thread) this.#say(this.#thread, false);
    if (this.#thread === thread && clock.now() - this.#saidAt < SAY_AGAIN_MS) return undefined;
    return this.#say(thread, true);
  }

  /** A message went out, which ends the writing by itself. */
  posted() {
    this.#context.clock.clearTimeout(this.#stop);
    this.#thread = "";
  }

  /**
   * @param {string} key
   * @param {boolean} typing
   */
  #say(key, typing) {
    const { store, connection, clock } = this.#context;
    if (!typing && this.#thread !== key) return;
    this.#thread = typing ? key : "";
    this.#saidAt = clock.now();
    const thread = store.get().threads[key];
    if (!thread) return;
    connection.ask({ type: "set_typing", place: destinationOf(thread), typing }).catch(() => undefined);
  }

  #watch() {
    const { store, clock } = this.#context;
    clock.clearTimeout(this.#expiry);
    const next = nextExpiry(store.get());
    if (next === 0) return;
    this.#expiry = clock.setTimeout(() => {
      store.update((state) => expireTyping(state, clock.now()));
    }, next - clock.now());
  }
}
