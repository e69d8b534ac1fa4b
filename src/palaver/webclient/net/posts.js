// @ts-check
/**
 * Messages on their way out. Each is kept until the server has answered, and sent again after a loss: the server takes a
 * second post with the same nonce for the first.
 * @module
 */

import { Listeners } from "./listeners.js";

/** @typedef {Extract<import("./wire.js").Ask, { type: "post_message" }> & { nonce: string }} Post */
/** @typedef {import("./protocol.js").AskRefused} AskRefused */

/** No answer for want of a connection: the post is still to be sent. */
const UNDECIDED = new Set(["not_connected", "connection_lost", "timed_out"]);

export class Posts {
  /** The server said no. @type {Listeners<[string, import("./wire.js").Refusal]>} */
  onRefused = new Listeners();

  #connection;
  #clock;
  /** In the order in which they were written. @type {Map<string, Post>} */
  #queue = new Map();
  /** @type {Set<string>} */
  #sent = new Set();
  #held = true;
  /** One was more than the server takes now: none overtakes it. @type {any} */
  #rest = null;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {import("./api.js").Clock} clock
   */
  constructor(connection, clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** @param {Post} post */
  post(post) {
    this.#queue.set(post.nonce, post);
    if (this.#rest === null) this.#send(post);
  }

  /** The server has this one, as an answer or a message tells. @param {string} nonce */
  settle(nonce) {
    this.#queue.delete(nonce);
    this.#sent.delete(nonce);
  }

  /** Keeps what is posted from now on, and everything unanswered, until `release`. */
  hold() {
    this.#held = true;
    this.#clock.clearTimeout(this.#rest);
    this.#rest = null;
    this.#sent.clear();
  }

  /** Sends whatever is unanswered, in order. */
  release() {
    this.#held = false;
    this.#clock.clearTimeout(this.#rest);
    this.#rest = null;
    for (const post of this.#queue.values()) this.#send(post);
  }

  /** Forgets everything. */
  clear() {
    this.hold();
    this.#queue.clear();
  }

  /** @param {Post} post */
  #send(post) {
    if (this.#held || this.#sent.has(post.nonce) || !this.#queue.has(post.nonce)) return;
    this.#sent.add(post.nonce);
    this.#connection.ask(post).then(
      () => this.settle(post.nonce),
      (/** @type {AskRefused} */ error) => this.#refused(post, error),
    );
  }

  /**
   * @param {Post} post
   * @param {AskRefused} error
   */
  #refused(post, error) {
    if (!this.#queue.has(post.nonce) || UNDECIDED.has(error.code)) return;
    if (error.code === "too_many_requests") {
      this.#sent.delete(post.nonce);
      this.#clock.clearTimeout(this.#rest);
      this.#rest = this.#clock.setTimeout(() => this.release(), Number(error.params.wait_ms ?? 1000));
      return;
    }
    this.settle(post.nonce);
    this.onRefused.tell(post.nonce, error.refusal);
  }
}
