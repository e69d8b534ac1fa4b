// @ts-check
/**
 * The receiving half of a peer connection: which stream a track belongs to, and what the other side calls it.
 * @module
 */

import { Listeners } from "./listeners.js";

/** @typedef {import("./wire.js").StreamLabel} StreamLabel */

/** @type {Set<unknown>} */
const LABELS = new Set(["camera", "screen"]);

export class Receiving {
  /** @type {Listeners<[StreamLabel, MediaStream]>} */
  onStream = new Listeners();

  #newStream;
  /** For tracks that come without one. @type {MediaStream | null} */
  #loose = null;
  /** By the stream's id. @type {Map<string, StreamLabel>} */
  #labels = new Map();

  /** @param {() => MediaStream} newStream */
  constructor(newStream) {
    this.#newStream = newStream;
  }

  /** @param {Record<string, StreamLabel>} [labels] of streams, by id, as the other side says: that may be anything */
  learn(labels) {
    for (const [id, label] of Object.entries(labels ?? {})) if (LABELS.has(label)) this.#labels.set(id, label);
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {readonly MediaStream[]} streams
   */
  heard(track, streams) {
    const stream = streams[0] ?? (this.#loose ??= this.#newStream());
    if (stream === this.#loose) stream.addTrack(track);
    const label = this.#labels.get(stream.id) ?? ([...this.#labels.values()].includes("camera") ? "screen" : "camera");
    this.#labels.set(stream.id, label);
    this.onStream.tell(label, stream);
  }
}
