// @ts-check
/**
 * One session with the server across any number of sockets: asks and answers, events in order, and the way back after a
 * loss. What the words mean is for others; what has to be sent again after a loss too (see `posts.js`).
 * @module
 */

import { Asks } from "./asks.js";
import { Listeners } from "./listeners.js";
import { AskRefused, refusedHere } from "./protocol.js";
import { asksForPatience, finalWord, isUnreadable, readReason, TOUCHED_MS, Waits } from "./returning.js";
import { heedSigns } from "./signs.js";
import { RELOADING, Socket } from "./socket.js";

/** @typedef {import("./wire.js").Ask} Ask */
/** @typedef {import("./wire.js").Outcome} Outcome */
/** @typedef {import("./wire.js").Position} Position */
/** @typedef {import("./protocol.js").Frame} Frame */
/** @typedef {import("../state/types.js").ConnectionStatus} ConnectionStatus */
/** @typedef {Extract<Ask, { type: "identify" }>} Identify */

export const ASK_TIMEOUT_MS = 15_000;
export const OPEN_TIMEOUT_MS = 12_000;

/** @type {ConnectionStatus} */
export const IDLE = Object.freeze({ phase: "idle", retryAt: 0, attempts: 0, reason: "", refusal: null, ended: null });

export class Connection {
  /** Every change of the status. @type {Listeners<[ConnectionStatus]>} */
  onStatus = new Listeners();
  /** Every event, in order, with its place in the stream. @type {Listeners<[import("./wire.js").WireEvent, Position]>} */
  onEvent = new Listeners();
  /** Every answer but refusals, before the promise of its ask is settled and before any later frame is read. @type {Listeners<[Ask, Outcome]>} */
  onOutcome = new Listeners();
  /** The session is live (again): `true` where it is a new one. @type {Listeners<[boolean]>} */
  onReady = new Listeners();
  /** @type {ConnectionStatus} */
  status = IDLE;
  resumeToken = "";

  #url;
  #clock;
  #platform;
  /** @type {Identify} */
  #who = { type: "identify" };
  /** There is nobody to identify as, where the session cannot be continued. */
  #only = false;
  /** @type {Position | null} */
  #position = null;
  /** @type {Socket | null} */
  #socket = null;
  #asks;
  /** @type {any} */
  #timer = null;
  /** @type {{ resolve: () => void, reject: (error: AskRefused) => void } | null} */
  #arrival = null;
  /** @type {ConnectionStatus["ended"]} */
  #farewell = null;
  #farewellReason = "";
  #waits;
  #heedNothing;

  /**
   * @param {string} url
   * @param {import("./api.js").Clock} clock
   * @param {import("./api.js").Platform} platform
   */
  constructor(url, clock, platform) {
    this.#url = url;
    this.#clock = clock;
    this.#asks = new Asks(clock);
    this.#platform = platform;
    this.#waits = new Waits(clock, platform.random);
    const look = () => this.#socket?.check();
    const hurry = (/** @type {number} */ sinceMs) => this.status.reason !== "reloading" && this.#waits.mayEnd(sinceMs) && this.retryNow();
    const come = () => (this.status.phase === "open" ? look() : hurry(0));
    this.#heedNothing = heedSigns(platform.network, { look, come, touched: () => hurry(TOUCHED_MS) });
  }

  /**
   * Opens a session, and keeps it open until `signOut`, `close` or the server's word. Rejected where the server refuses
   * for good; a server that does not answer is tried again.
   * @param {Omit<Identify, "type">} who
   * @param {string} [token] only continue the session with this secret, as after a page was loaded anew
   * @returns {Promise<void>}
   */
  identify(who, token = "") {
    this.#abandon("left");
    this.#arrival?.reject(refusedHere("session_over"));
    this.#who = { type: "identify", ...who };
    this.#only = token !== "";
    this.resumeToken = token;
    this.#position = null;
    return new Promise((resolve, reject) => {
      this.#arrival = { resolve, reject };
      this.#tell({ ...IDLE, phase: "connecting" });
      this.#open();
    });
  }

  /**
   * Asks something. Resolved with the outcome; rejected with `AskRefused`.
   * @param {Ask} ask
   * @param {{ timeoutMs?: number }} [how]
   * @returns {Promise<any>}
   */
  ask(ask, how = {}) {
    if (this.status.phase !== "open") return Promise.reject(refusedHere("not_connected"));
    return this.#send(ask, how.timeoutMs ?? ASK_TIMEOUT_MS);
  }

  /** From now on, opens a session by this token where the present one cannot be continued. */
  vouch = (/** @type {string} */ token) => void (this.#who = { ...this.#who, token });

  /** Lets go of the session for a moment, as a page does that goes away. @returns {string} the secret to continue it */
  park() {
    const token = ["open", "lost"].includes(this.status.phase) ? this.resumeToken : "";
    if (!token) return "";
    this.#socket?.close(RELOADING, "reloading");
    this.#drop();
    this.#asks.failAll(refusedHere("connection_lost"));
    this.#tell({ ...IDLE, phase: "lost", reason: "reloading" });
    return token;
  }

  /** Events up to here are known, told one by one or by a snapshot. @param {Position} position */
  knownUpTo(position) {
    const known = this.#position;
    if (known === null || known.epoch !== position.epoch || known.seq < position.seq) this.#position = position;
  }

  /** Tries to come back at once, where it waits to do so. */
  retryNow() {
    if (this.status.phase !== "lost" || this.#socket !== null) return;
    this.#open();
  }

  /** Ends the session for good. @returns {Promise<void>} */
  async signOut() {
    if (this.status.phase === "open") await this.#send({ type: "sign_out" }, 2_000).catch(() => undefined);
    this.#end("left", null);
  }

  /** Ends everything; the object is of no use afterwards. */
  close() {
    this.#heedNothing();
    this.#end("left", null);
  }

  #open() {
    this.#clock.clearTimeout(this.#timer);
    if (this.status.phase === "lost") this.#tell({ ...this.status, retryAt: 0 });
    this.#timer = this.#clock.setTimeout(() => this.#lost("no_answer"), OPEN_TIMEOUT_MS);
    const socket = new Socket(this.#url, this.#clock, this.#platform.WebSocket);
    this.#socket = socket;
    socket.onopen = () => this.#greet();
    socket.onframe = (frame) => this.#read(frame);
    socket.onclose = (code, reason) => this.#closed(code, reason);
    socket.probe = () => this.#send({ type: "keepalive" }, ASK_TIMEOUT_MS).catch(() => undefined);
  }

  /** The first words on a socket: continue the session, or open one. */
  #greet() {
    const token = this.resumeToken;
    const position = this.#position ?? { epoch: "", seq: 0 };
    const ask = token ? /** @type {Ask} */ ({ type: "resume", token, position }) : this.#who;
    this.#send(ask, OPEN_TIMEOUT_MS).catch((/** @type {AskRefused} */ error) => this.#unwelcome(ask, error));
  }

  /**
   * @param {Ask} ask
   * @param {AskRefused} error
   */
  #unwelcome(ask, error) {
    if (this.#socket === null || error.code === "connection_lost" || error.code === "session_over") return;
    if (error.code === "timed_out") return this.#lost("no_answer");
    if (ask.type === "resume" && error.code === "no_such_session" && (this.#who.token || !this.#only)) {
      this.resumeToken = "";
      return this.#greet();
    }
    if (asksForPatience(error.code)) return this.#lost(error.code, Number(error.params.wait_ms ?? 0));
    return this.#end(error.code, error);
  }

  /** @param {Outcome} outcome */
  #welcomed(outcome) {
    if (outcome.type !== "identified" && outcome.type !== "resumed") return;
    if (outcome.type === "identified") {
      this.resumeToken = outcome.resume_token;
      this.#position = null;
    } else if (!outcome.complete && outcome.rooms.length > 0) {
      this.knownUpTo(outcome.rooms[0].position);
    }
    this.#clock.clearTimeout(this.#timer);
    this.#tell({ ...IDLE, phase: "open" });
    this.onReady.tell(outcome.type === "identified");
    this.#arrival?.resolve();
    this.#arrival = null;
  }

  /**
   * @param {Ask} ask
   * @param {number} timeoutMs
   * @returns {Promise<any>}
   */
  #send(ask, timeoutMs) {
    const socket = this.#socket;
    if (socket === null) return Promise.reject(refusedHere("not_connected"));
    const { id, answer } = this.#asks.add(ask, timeoutMs);
    socket.send(ask, id);
    return answer;
  }

  /** @param {Frame} frame */
  #read(frame) {
    if (frame.kind === "event") return this.#hear(frame.event, frame.position);
    const waiting = this.#asks.take(frame.id);
    if (!waiting) return undefined;
    if (frame.kind === "refusal") return waiting.reject(new AskRefused(frame.refusal));
    this.onOutcome.tell(waiting.ask, frame.outcome);
    this.#welcomed(frame.outcome);
    if (frame.outcome.type === "joined") this.knownUpTo(frame.outcome.snapshot.position);
    return waiting.resolve(frame.outcome);
  }

  /**
   * @param {import("./wire.js").WireEvent} event
   * @param {Position} position
   */
  #hear(event, position) {
    this.knownUpTo(position);
    if (event.type === "session_ended") {
      this.#farewellReason = event.reason;
      this.#farewell = { by: event.by, text: event.text, until_ms: event.until_ms };
    }
    this.onEvent.tell(event, position);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    const word = finalWord(code);
    if (word || this.#farewell !== null) return this.#end(this.#farewellReason || word || reason, null);
    const said = readReason(reason);
    return this.#lost(said.word || String(code), said.waitMs, refusedHere(isUnreadable(code) ? "unreadable" : "connection_lost"));
  }

  /**
   * @param {string} reason
   * @param {number} [waitMs] at least this long
   * @param {AskRefused} [error] for what was asked and not answered
   */
  #lost(reason, waitMs = 0, error = refusedHere("connection_lost")) {
    this.#drop();
    this.#asks.failAll(error);
    const attempts = this.status.phase === "open" ? 0 : this.status.attempts + 1;
    const wait = this.#waits.begin(attempts, waitMs);
    this.#timer = this.#clock.setTimeout(() => this.retryNow(), wait);
    this.#tell({ ...IDLE, phase: "lost", retryAt: this.#clock.now() + wait, attempts, reason });
  }

  /**
   * @param {string} reason
   * @param {AskRefused | null} error
   */
  #end(reason, error) {
    const ended = this.#farewell;
    this.#abandon(reason);
    this.resumeToken = "";
    this.#tell({ ...IDLE, phase: "ended", reason, refusal: error ? error.refusal : null, ended });
    this.#arrival?.reject(error ?? refusedHere("session_over"));
    this.#arrival = null;
  }

  /** Leaves the socket as one who does not come back. @param {string} reason */
  #abandon(reason) {
    this.#socket?.close(1000, reason);
    this.#drop();
    this.#asks.failAll(refusedHere("session_over"));
    this.#farewell = null;
    this.#farewellReason = "";
  }

  #drop() {
    this.#clock.clearTimeout(this.#timer);
    this.#socket?.discard();
    this.#socket = null;
  }

  /** @param {ConnectionStatus} status */
  #tell(status) {
    this.status = status;
    this.onStatus.tell(status);
  }
}
