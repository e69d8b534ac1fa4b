// @ts-check
/**
 * The tracks that one sends, each in its place, in two streams: camera with microphone, and screen with its sound. A track that
 * leaves its place is stopped.
 * @module
 */

/** @typedef {import("./sending.js").Slot} Slot */
/** @typedef {import("./sending.js").Sent} Sent */

/** @param {Slot} slot */
const isOfScreen = (slot) => slot === "screen" || slot === "sound";

export class Tracks {
  #newStream;
  #streams;
  #onEnded;
  #onStream;
  /** @type {Partial<Record<Slot, MediaStreamTrack>>} */
  #tracks = {};
  /** @type {MediaStream | null} */
  #camera = null;
  /** @type {MediaStream | null} */
  #screen = null;

  /**
   * @param {() => MediaStream} newStream
   * @param {import("./streams.js").Streams} streams
   * @param {object} heard
   * @param {(slot: Slot) => void} heard.onEnded a device is gone, or the person stopped it in the browser
   * @param {(id: { screenStream: string } | { cameraStream: string }) => void} heard.onStream what a stream is called now; nothing while it is empty
   */
  constructor(newStream, streams, { onEnded, onStream }) {
    this.#newStream = newStream;
    this.#streams = streams;
    this.#onEnded = onEnded;
    this.#onStream = onStream;
  }

  /**
   * @param {Slot} slot
   * @returns {MediaStreamTrack | undefined}
   */
  in(slot) {
    return this.#tracks[slot];
  }

  /** @returns {Partial<Record<Slot, Sent>>} what a peer is to be sent */
  sent() {
    /** @type {Partial<Record<Slot, Sent>>} */
    const sent = {};
    for (const [slot, track] of /** @type {[Slot, MediaStreamTrack][]} */ (Object.entries(this.#tracks))) {
      const stream = isOfScreen(slot) ? this.#screen : this.#camera;
      if (stream) sent[slot] = { track, stream };
    }
    return sent;
  }

  /**
   * @param {Slot} slot
   * @param {MediaStreamTrack | null} track takes the place of what was there
   */
  put(slot, track) {
    const ofScreen = isOfScreen(slot);
    const stream = ofScreen ? (this.#screen ??= this.#newStream()) : (this.#camera ??= this.#newStream());
    const before = this.#tracks[slot];
    if (before) {
      before.onended = null;
      stream.removeTrack(before);
      before.stop();
      delete this.#tracks[slot];
    }
    if (track) {
      this.#tracks[slot] = track;
      stream.addTrack(track);
      track.onended = () => this.#onEnded(slot);
    }
    const id = stream.getTracks().length > 0 ? this.#streams.add(stream, ofScreen ? "own:screen" : "own:camera") : "";
    this.#onStream(ofScreen ? { screenStream: id } : { cameraStream: id });
  }

  /** Stops everything. */
  clear() {
    for (const slot of /** @type {Slot[]} */ (Object.keys(this.#tracks))) this.put(slot, null);
  }
}
