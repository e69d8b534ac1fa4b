// @ts-check
/**
 * Those who ring one directly, until somebody answers: who they are, and what they said meanwhile.
 * @module
 */

import { ringsChanged } from "../state/calls.js";
import { directKey } from "../state/keys.js";
import { noticed } from "../state/notices.js";
import { isUnsolicited } from "../state/threads.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").SignalSent} SignalSent */
/** @typedef {import("../state/types.js").Author} Author */

export const RINGS_MS = 40_000;
/** More callers at once find one busy. */
const MOST_RINGS = 4;
const MOST_EARLY = 64;
/** Somebody who was refused does not ring again sooner. */
export const REFUSED_MS = 15_000;

export class Rings {
  #context;
  /** The offer and the routes of each, in order. @type {Map<string, SignalSent[]>} */
  #early = new Map();
  /** @type {Map<string, any>} */
  #timers = new Map();
  /** Until when each who was refused is answered by itself. @type {Map<string, number>} */
  #refused = new Map();

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {string} session
   * @returns {Author | undefined} who rings with that session
   */
  who(session) {
    return this.#context.store.get().rings.find((one) => one.session === session);
  }

  /** Takes a signal of somebody with whom there is no connection yet. @param {SignalSent} event */
  hear(event) {
    const { signal, sender } = event;
    if (signal.kind === "ring" || signal.kind === "offer") return this.#rung(event);
    if (signal.kind === "hangup") return this.missed(sender.session);
    const early = this.#early.get(sender.session);
    if (signal.kind === "candidate" && early && early.length < MOST_EARLY) early.push(event);
    return undefined;
  }

  /**
   * @param {string} session
   * @returns {SignalSent[]} what they said so far, for the connection that is made now
   */
  take(session) {
    const early = this.#early.get(session) ?? [];
    this.#early.delete(session);
    return early;
  }

  /** It rings no longer; what they said is kept for the connection. @param {string} session */
  answered(session) {
    const person = this.who(session);
    this.#context.clock.clearTimeout(this.#timers.get(session));
    this.#timers.delete(session);
    if (person) this.#context.store.update((state) => ringsChanged(state, person, false));
  }

  /**
   * @param {string} session
   * @param {string} [reason]
   */
  refuse(session, reason = "reject") {
    if (!this.who(session)) return;
    hangUp(this.#context, session, reason);
    this.#over(session);
    const now = this.#context.clock.now();
    for (const [other, until] of [...this.#refused]) if (until <= now) this.#refused.delete(other);
    this.#refused.set(session, now + REFUSED_MS);
  }

  /** They gave up. @param {string} session */
  missed(session) {
    const person = this.who(session);
    this.#over(session);
    if (person) this.#context.store.update((state) => noticed(state, { kind: "call_missed", person }));
  }

  clear() {
    for (const session of new Set([...this.#early.keys(), ...this.#timers.keys()])) this.#over(session);
  }

  /** @param {SignalSent} event */
  #rung(event) {
    const { store, clock, platform } = this.#context;
    const { sender, signal } = event;
    const { session } = sender;
    const state = store.get();
    const with_ = state.call.direct?.person.session ?? "";
    const known = Boolean(this.who(session));
    if (!with_ && !known && (this.#refused.get(session) ?? 0) > clock.now()) return hangUp(this.#context, session, "reject");
    const busy = (with_ && with_ !== session) || (!known && state.rings.length >= MOST_RINGS);
    if (busy || !platform.RTCPeerConnection || isUnsolicited(state, directKey(sender), sender)) return hangUp(this.#context, session, "busy");
    if (signal.kind === "offer") this.#early.set(session, [event]);
    // Where both rang each other, the connection that is about to be made takes this offer.
    if (with_ || known) return undefined;
    store.update((before) => ringsChanged(before, sender, true));
    this.#timers.set(session, clock.setTimeout(() => this.#unanswered(session), RINGS_MS));
    return undefined;
  }

  /** @param {string} session */
  #unanswered(session) {
    hangUp(this.#context, session, "pickuptimeout");
    this.missed(session);
  }

  /** @param {string} session */
  #over(session) {
    this.answered(session);
    this.#early.delete(session);
  }
}

/**
 * @param {Context} context
 * @param {string} session
 * @param {string} reason as Spreed's clients know it: busy, reject, pickuptimeout, abort
 */
export function hangUp({ connection }, session, reason) {
  const signal = /** @type {const} */ ({ kind: "hangup", reason });
  connection.ask({ type: "send_signal", to: { by: "session", session }, signal }).catch(() => undefined);
}
