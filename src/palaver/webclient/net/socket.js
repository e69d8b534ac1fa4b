// @ts-check
/**
 * One WebSocket: frames out, frames in, and the knowledge whether the other end is still there.
 * @module
 */

import { decodeFrame, encodeAsk, SUBPROTOCOL } from "./protocol.js";

/** After this long without a frame the other end is asked for a sign of life. */
export const QUIET_MS = 25_000;
/** After this long without a sign of life the socket counts as lost. */
export const PROBE_MS = 10_000;
/** A close code that is neither "normal" nor "going away", which would end the session. */
export const WILL_RETURN = 4900;
/** The page goes away, and may be loaded anew: the server waits for some seconds. */
export const RELOADING = 4901;

const OPEN = 1;

export class Socket {
  /** @type {() => void} */
  onopen = () => undefined;
  /** @type {(frame: import("./protocol.js").Frame) => void} */
  onframe = () => undefined;
  /** @type {(code: number, reason: string) => void} */
  onclose = () => undefined;
  /** Asks for a sign of life. @type {() => void} */
  probe = () => undefined;

  #socket;
  #clock;
  #heardAt;
  /** 0 while no sign of life was asked for. */
  #probedAt = 0;
  /** @type {any} */
  #timer = null;

  /**
   * @param {string} url
   * @param {import("./api.js").Clock} clock
   * @param {import("./api.js").Platform["WebSocket"]} WebSocketClass
   */
  constructor(url, clock, WebSocketClass) {
    this.#clock = clock;
    this.#heardAt = clock.now();
    this.#socket = new WebSocketClass(url, [SUBPROTOCOL]);
    this.#socket.onopen = () => {
      this.#listen(QUIET_MS);
      this.onopen();
    };
    this.#socket.onmessage = (message) => this.#received(message.data);
    this.#socket.onclose = (event) => {
      this.#forget();
      this.onclose(event.code, event.reason);
    };
  }

  /**
   * @param {import("./wire.js").Ask} ask
   * @param {number} id
   */
  send(ask, id) {
    if (this.#socket.readyState === OPEN) this.#socket.send(encodeAsk(ask, id));
  }

  /** Finds out at once whether the other end is there; if it is not, `onclose` follows. */
  check() {
    if (this.#socket.readyState !== OPEN || this.#probedAt !== 0) return;
    this.#ask();
  }

  /**
   * Says goodbye; nothing is heard afterwards.
   * @param {number} code
   * @param {string} reason
   */
  close(code, reason) {
    this.#forget();
    if (this.#socket.readyState <= OPEN) this.#socket.close(code, reason);
  }

  /** Lets go without ending the session. */
  discard() {
    this.close(WILL_RETURN, "will return");
  }

  /** @param {unknown} payload */
  #received(payload) {
    this.#heardAt = this.#clock.now();
    this.#probedAt = 0;
    const frame = decodeFrame(payload);
    if (frame) this.onframe(frame);
  }

  /** @param {number} ms */
  #listen(ms) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#wonder(), ms);
  }

  #wonder() {
    const now = this.#clock.now();
    // A clock that was set back must not make the waits longer.
    this.#heardAt = Math.min(this.#heardAt, now);
    this.#probedAt = Math.min(this.#probedAt, now);
    if (this.#probedAt !== 0) {
      if (now - this.#probedAt >= PROBE_MS) return this.#giveUp();
      return this.#listen(this.#probedAt + PROBE_MS - now);
    }
    const quiet = now - this.#heardAt;
    return quiet >= QUIET_MS ? this.#ask() : this.#listen(QUIET_MS - quiet);
  }

  #ask() {
    this.#probedAt = this.#clock.now();
    this.#listen(PROBE_MS);
    this.probe();
  }

  #giveUp() {
    // A browser may take minutes to tell that a dead socket is closed.
    this.discard();
    this.onclose(1006, "no_sign_of_life");
  }

  #forget() {
    this.#clock.clearTimeout(this.#timer);
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
  }
}
