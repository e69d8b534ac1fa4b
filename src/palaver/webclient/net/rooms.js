// @ts-check
/**
 * Seats: joining, leaving, and taking them again in a new session.
 * @module
 */

import { roomPhase } from "../state/room.js";
import { wanted } from "../state/session.js";
import { AskRefused } from "./protocol.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {{ handle?: string, pin?: string, create?: boolean }} How */

/** The room is still wanted, and asked for again: after a while, or when the connection is back. */
const PASSING = new Set(["not_connected", "connection_lost", "timed_out", "too_many_requests", "unavailable"]);
/** How long, where the server does not say. */
export const AGAIN_MS = 3_000;

export class Seats {
  #context;
  /** How each room was joined, to join it again. @type {Map<string, How>} */
  #ways = new Map();
  /** Counts the times that seats were taken again: the latest asks for all. */
  #round = 0;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {string} room
   * @param {How} [how]
   * @returns {Promise<"joined" | "waiting">}
   */
  join(room, how = {}) {
    const { store } = this.#context;
    if (store.get().rooms[room]?.phase === "joined") return Promise.resolve("joined");
    this.#ways.set(room, how);
    store.update((state) => roomPhase(state, room, { phase: "joining" }));
    return this.#ask(room).catch((error) => {
      const waitMs = patienceOf(error);
      if (waitMs) void this.takeAgain(waitMs);
      throw error;
    });
  }

  /**
   * @param {string} room
   * @returns {Promise<void>}
   */
  async leave(room) {
    this.#ways.delete(room);
    const { store, connection } = this.#context;
    const phase = store.get().rooms[room]?.phase;
    store.update((state) => roomPhase(state, room, { phase: "left", reason: "left" }));
    if (phase === "joined" || phase === "waiting") await connection.ask({ type: "leave_room", room });
    // What was asked for may still be given; what was refused cannot be left.
    if (phase === "joining") await connection.ask({ type: "leave_room", room }).catch(() => undefined);
  }

  /**
   * Takes every seat that is wanted and not held, for as long as the server asks for patience. Never rejected.
   * @param {number} [waitMs] before that
   * @returns {Promise<void>}
   */
  async takeAgain(waitMs = 0) {
    const { store, connection, clock } = this.#context;
    const round = (this.#round += 1);
    let wait = waitMs;
    do {
      if (wait) await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), wait));
      if (round !== this.#round || connection.status.phase !== "open") return;
      const missing = wanted(store.get()).filter((room) => store.get().rooms[room].phase === "joining");
      const asked = await Promise.all(missing.map((room) => this.#ask(room).then(() => 0, patienceOf)));
      wait = Math.max(0, ...asked);
    } while (wait);
  }

  /**
   * @param {string} room
   * @param {boolean} [isAgain]
   * @returns {Promise<"joined" | "waiting">}
   */
  async #ask(room, isAgain = false) {
    const { connection } = this.#context;
    try {
      // A page that was loaded anew no longer knows how it came in: the room may have ended with the server.
      const how = this.#ways.get(room) ?? { create: true };
      const outcome = await connection.ask({ type: "join_room", room, ...how });
      return outcome.type === "waiting" ? "waiting" : "joined";
    } catch (error) {
      if (!isAgain && error instanceof AskRefused && error.code === "already_joined") return this.#askAnew(room);
      this.#refused(room, error);
      throw error;
    }
  }

  /**
   * A seat of which we know nothing, as its answer was lost: given back and taken again.
   * @param {string} room
   * @returns {Promise<"joined" | "waiting">}
   */
  async #askAnew(room) {
    const { connection, store } = this.#context;
    if (store.get().rooms[room]?.phase === "joined") return "joined";
    await connection.ask({ type: "leave_room", room });
    store.update((state) => roomPhase(state, room, { phase: "joining" }));
    return this.#ask(room, true);
  }

  /**
   * @param {string} room
   * @param {unknown} error
   */
  #refused(room, error) {
    if (!(error instanceof AskRefused) || PASSING.has(error.code)) return;
    const { store } = this.#context;
    if (store.get().rooms[room]?.phase !== "joining") return;
    store.update((state) => roomPhase(state, room, { phase: "refused", reason: error.code, refusal: error.refusal }));
  }
}

/**
 * @param {unknown} error
 * @returns {number} milliseconds after which to ask again; 0 for never
 */
function patienceOf(error) {
  if (!(error instanceof AskRefused) || !PASSING.has(error.code)) return 0;
  return Number(error.params.wait_ms ?? AGAIN_MS);
}
