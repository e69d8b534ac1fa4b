// @ts-check
/**
 * A peer connection to one session through the server: carries its signals, and repairs or gives it up when it breaks.
 * @module
 */

import { Listeners } from "./listeners.js";
import { Peer } from "./peer.js";
import { randomWord } from "./platform.js";
import { Figures } from "./stats.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").Signal} Signal */

/** The other side may be away for a moment; a new way is looked for after this long. */
export const PATIENCE_MS = 3_000;
/** The yielding side leaves repairs to the other, but not for longer. */
export const YIELDING_MS = 6_000;
/** A connection that does not come about in this time is made anew. */
export const GIVE_UP_MS = 20_000;
/** A passive side waits so long for the first offer. */
export const OFFER_MS = 6_000;

export class Link {
  /** It cannot be repaired. @type {Listeners<[]>} */
  onDead = new Listeners();
  /** @type {Peer} */
  peer;
  session;

  #context;
  #about;
  #figures = new Figures();
  /** @type {any} */
  #repair = null;
  /** @type {any} */
  #end = null;

  /**
   * @param {Context} context
   * @param {RTCConfiguration} configuration
   * @param {{ session: string, about: import("./wire.js").About, passive: boolean, patienceMs?: number }} how `patienceMs`: it has to come about so soon
   */
  constructor(context, configuration, { session, about, passive, patienceMs = GIVE_UP_MS }) {
    const { platform, store, clock } = context;
    if (!platform.RTCPeerConnection) throw new Error("this browser makes no calls");
    this.#context = context;
    this.#about = about;
    this.session = session;
    this.peer = new Peer(new platform.RTCPeerConnection(configuration), {
      connection: randomWord(platform.random),
      yields: (store.get().me?.session ?? "") > session,
      passive,
      send: (signal) => this.#send(signal),
      newStream: () => platform.newStream(),
    });
    this.peer.onPhase.add((phase) => this.#moved(phase));
    this.#end = clock.setTimeout(() => this.#giveUp(), patienceMs);
    if (passive) this.#repair = clock.setTimeout(() => this.peer.activate(), OFFER_MS);
  }

  /**
   * Whether a signal can be for this very connection: it answers it, or comes from the one we talk to, or from one not
   * known yet.
   * @param {Signal} signal
   * @returns {boolean}
   */
  fits(signal) {
    if (this.isElsewhere(signal)) return false;
    const from = connectionOf(signal);
    return !from || !this.peer.remoteConnection || from === this.peer.remoteConnection;
  }

  /**
   * @param {Signal} signal
   * @returns {boolean} it answers another connection of ours, of now or of before
   */
  isElsewhere(signal) {
    const offer = signal.kind === "answer" ? signal.description.offer : "";
    return typeof offer === "string" && offer !== "" && !offer.startsWith(`${this.peer.connection}.`);
  }

  /** @param {import("./wire.js").SignalSent} event */
  receive({ signal, yields }) {
    const me = this.#context.store.get().me?.session ?? "";
    if (yields) this.peer.yields = yields === me;
    return this.peer.receive(signal);
  }

  /** @returns {Promise<import("../state/types.js").PeerStats | null>} */
  async stats() {
    const report = await this.peer.report();
    return report && this.#figures.read(report.values(), this.#context.clock.now());
  }

  /** @param {string} [reason] told to the other side; nothing is told without one */
  close(reason) {
    const { clock } = this.#context;
    clock.clearTimeout(this.#repair);
    clock.clearTimeout(this.#end);
    this.peer.close();
    if (reason) this.#send({ kind: "hangup", reason });
  }

  /** @param {Signal} signal */
  #send(signal) {
    const { connection } = this.#context;
    const to = /** @type {const} */ ({ by: "session", session: this.session });
    // What is lost here is said again by `peer.resync()` when the connection is back.
    connection.ask({ type: "send_signal", to, signal, about: this.#about }).catch(() => undefined);
  }

  /** @param {import("./peer.js").Phase} phase */
  #moved(phase) {
    const { clock } = this.#context;
    clock.clearTimeout(this.#repair);
    if (phase === "connected") {
      clock.clearTimeout(this.#end);
      this.#end = null;
      return;
    }
    this.#end ??= clock.setTimeout(() => this.#giveUp(), GIVE_UP_MS);
    if (phase === "connecting") return;
    const wait = (phase === "failed" ? 0 : PATIENCE_MS) + (this.peer.yields ? YIELDING_MS : 0);
    this.#repair = clock.setTimeout(() => this.peer.restart(), wait);
  }

  #giveUp() {
    this.#end = null;
    this.onDead.tell();
  }
}

/**
 * The connection object that a signal comes from, where it says so.
 * @param {Signal} signal
 * @returns {string}
 */
export function connectionOf(signal) {
  if (signal.kind === "offer" || signal.kind === "answer") return signal.description.connection ?? "";
  if (signal.kind !== "candidate") return "";
  return /** @type {{ connection?: string } | null} */ (signal.candidate)?.connection ?? "";
}
