// @ts-check
/**
 * STUN and TURN servers, renewed before their credentials end.
 * @module
 */

import { Listeners } from "./listeners.js";

/** @typedef {import("./wire.js").IceServers} IceServers */

const RENEW_AT = 0.8;
const TRY_AGAIN_MS = 30_000;
/** setTimeout cannot wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

export class Ice {
  /** @type {Listeners<[RTCIceServer[]]>} */
  onServers = new Listeners();
  /** @type {RTCIceServer[]} */
  servers = [];

  #connection;
  #clock;
  /** @type {any} */
  #timer = null;
  /** When the credentials began and end; 0 where they do not end. */
  #renewAt = 0;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {import("./api.js").Clock} clock
   */
  constructor(connection, clock) {
    this.#connection = connection;
    this.#clock = clock;
    connection.onOutcome.add((_ask, outcome) => {
      if (outcome.type === "identified") this.#use(outcome.ice);
      if (outcome.type === "ice_servers") this.#use(outcome);
    });
    connection.onReady.add((isNew) => {
      if (!isNew && this.#renewAt !== 0 && clock.now() >= this.#renewAt) this.#renew();
    });
  }

  /** @returns {RTCConfiguration} */
  get configuration() {
    return { iceServers: this.servers };
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
  }

  /** @param {IceServers} given */
  #use({ servers, lasts_s }) {
    this.servers = servers.map(({ urls, username, credential }) => (username ? { urls, username, credential } : { urls }));
    const now = this.#clock.now();
    // Not by the hour at which they end: this machine's clock may be wrong.
    this.#renewAt = lasts_s ? now + Math.max(lasts_s * RENEW_AT * 1000, 1000) : 0;
    if (this.#renewAt) this.#wait(this.#renewAt - now);
    else this.stop();
    this.onServers.tell(this.servers);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.stop();
    this.#timer = this.#clock.setTimeout(() => this.#renew(), Math.min(ms, LONGEST_MS));
  }

  #renew() {
    this.#wait(TRY_AGAIN_MS);
    this.#connection.ask({ type: "fetch_ice_servers" }).catch(() => undefined);
  }
}
