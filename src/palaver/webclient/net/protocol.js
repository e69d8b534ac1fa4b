// @ts-check
/**
 * Frames of `palaver.v1`: writes what is asked, reads what comes back. The server leaves defaults out; they are put back
 * here, so that nobody else has to know of it.
 * @module
 */

import { EVENTS, OUTCOMES } from "./defaults.js";

/** @typedef {import("./wire.js").Ask} Ask */
/** @typedef {import("./wire.js").Outcome} Outcome */
/** @typedef {import("./wire.js").WireEvent} WireEvent */
/** @typedef {import("./wire.js").Refusal} Refusal */
/** @typedef {import("./wire.js").Position} Position */
/** @typedef {Record<string, any>} Loose A JSON object as it came. */

/**
 * @typedef {{ kind: "reply", id: number, outcome: Outcome }
 *   | { kind: "refusal", id: number | null, refusal: Refusal }
 *   | { kind: "event", event: WireEvent, position: Position }} Frame
 */

export const SUBPROTOCOL = "palaver.v1";

/** The answer was no: a stable code, an English sentence, and the parameters in it. */
export class AskRefused extends Error {
  /** @param {Refusal} refusal */
  constructor(refusal) {
    super(refusal.text || refusal.code);
    this.name = "AskRefused";
    this.code = refusal.code;
    this.text = refusal.text;
    this.params = refusal.params;
  }

  /** @returns {Refusal} */
  get refusal() {
    return { code: this.code, text: this.text, params: this.params };
  }
}

/**
 * A refusal of our own making: the server was not asked, or did not answer.
 * @param {"not_connected" | "timed_out" | "connection_lost" | "session_over" | "unreadable" | "cancelled" | "no_calls_here"} code
 * @returns {AskRefused}
 */
export function refusedHere(code) {
  return new AskRefused({ code, text: SENTENCES[code], params: {} });
}

const SENTENCES = {
  not_connected: "There is no connection at the moment.",
  timed_out: "The server did not answer in time.",
  connection_lost: "The connection was lost before the answer came.",
  session_over: "The session has ended.",
  unreadable: "The server could not read this.",
  cancelled: "That was cancelled.",
  no_calls_here: "This browser cannot make calls or show cameras.",
};

/**
 * @param {Ask} ask
 * @param {number} id
 * @returns {string}
 */
export function encodeAsk(ask, id) {
  return JSON.stringify({ id, ask });
}

/**
 * Returns a frame with its defaults filled in, or null for one that this client does not know.
 * @param {unknown} payload
 * @returns {Frame | null}
 */
export function decodeFrame(payload) {
  const frame = parsed(payload);
  if (frame === null) return null;
  if (frame.refusal) return { kind: "refusal", id: frame.reply ?? null, refusal: refusal(frame.refusal) };
  if (frame.outcome) return { kind: "reply", id: frame.reply, outcome: filled(OUTCOMES, frame.outcome) };
  if (frame.event) {
    return {
      kind: "event",
      event: filled(EVENTS, frame.event),
      position: { epoch: frame.epoch ?? "", seq: frame.seq ?? 0 },
    };
  }
  return null;
}

/**
 * @param {unknown} payload
 * @returns {Loose | null}
 */
function parsed(payload) {
  if (typeof payload !== "string") return null;
  try {
    const value = JSON.parse(payload);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {Record<string, (sentence: Loose) => Loose>} fillers
 * @param {Loose} sentence
 * @returns {any}
 */
function filled(fillers, sentence) {
  const fill = fillers[sentence.type];
  return fill ? { ...sentence, ...fill(sentence) } : sentence;
}

/**
 * @param {Loose} value
 * @returns {Refusal}
 */
function refusal(value) {
  return { code: String(value.code ?? "refused"), text: String(value.text ?? ""), params: value.params ?? {} };
}
