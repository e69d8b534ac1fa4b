// @ts-check
/**
 * The receiving half of a peer connection: which stream a track belongs to, and what the other side calls it.
 * @module
 */

import { Listeners } from "./listeners.js";

/** @typedef {import("./wire.js").StreamLabel} StreamLabel */

export class Receiving {
  /** @type {Listeners<[StreamLabel, MediaStream]>} */
  onStream = new Listeners();

  #newStream;
  /** For tracks that come without one. @type {MediaStream | null} */
  #loose = null;
  /** @type {Record<string, StreamLabel>} */
  #labels = {};

  /** @param {() => MediaStream} newStream */
  constructor(newStream) {
    this.#newStream = newStream;
  }

  /** @param {Record<string, StreamLabel>} [labels] of streams, by id */
  learn(labels) {
    this.#labels = { ...this.#labels, ...labels };
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {readonly MediaStream[]} streams
   */
  heard(track, streams) {
    const stream = streams[0] ?? (this.#loose ??= this.#newStream());
    if (stream === this.#loose) stream.addTrack(track);
    this.#labels[stream.id] ??= Object.values(this.#labels).includes("camera") ? "screen" : "camera";
    this.onStream.tell(this.#labels[stream.id], stream);
  }
}
