// @ts-check
/**
 * The sending half of a peer connection: which track goes out in which place, and what the other side is to take it for.
 * @module
 */

/** @typedef {import("./wire.js").StreamLabel} StreamLabel */
/** @typedef {"microphone" | "camera" | "screen" | "sound"} Slot what one sends; `sound` belongs to the screen */
/** @typedef {{ maxBitrate: number, maxFramerate: number, scaleResolutionDownBy: number }} Limits in bits and pictures a second */
/** @typedef {{ track: MediaStreamTrack | null, stream: MediaStream, limits?: Limits }} Sent */

/** @type {Slot[]} */
const SLOTS = ["microphone", "camera", "screen", "sound"];

export class Sending {
  #pc;
  #onProblem;
  /** @type {Partial<Record<Slot, RTCRtpTransceiver>>} */
  #places = {};
  /** What senders were told already. @type {WeakMap<RTCRtpSender, Limits>} */
  #limited = new WeakMap();
  /** @type {Record<string, StreamLabel>} */
  labels = {};

  /**
   * @param {RTCPeerConnection} pc
   * @param {() => void} onProblem
   */
  constructor(pc, onProblem) {
    this.#pc = pc;
    this.#onProblem = onProblem;
  }

  /** @param {Partial<Record<Slot, Sent>>} sent these tracks, and nothing else */
  fill(sent) {
    for (const slot of SLOTS) this.#fill(slot, sent[slot]);
  }

  /** @param {Partial<Record<Slot, Sent>>} sent into whatever the other side offered to receive */
  fillOffered(sent) {
    // Named at once, since a stream that is named later costs an offer.
    const stream = (sent.camera ?? sent.microphone)?.stream;
    for (const transceiver of this.#pc.getTransceivers()) {
      const one = transceiver.receiver.track.kind === "video" ? sent.camera : sent.microphone;
      transceiver.direction = "sendonly";
      this.#replace(transceiver, one?.track ?? null);
      this.#limit(transceiver.sender, one?.limits);
      if (stream) transceiver.sender.setStreams?.(stream);
    }
    if (stream) this.labels[stream.id] = "camera";
  }

  /**
   * @param {Slot} slot
   * @param {Sent | undefined} sent
   */
  #fill(slot, sent) {
    const track = sent?.track ?? null;
    const known = this.#places[slot];
    if (known && known.currentDirection !== "stopped") {
      this.#replace(known, track);
      const direction = track ? "sendrecv" : "recvonly";
      if (known.direction !== direction) known.direction = direction;
    } else if (track && sent) {
      const sender = this.#pc.addTrack(track, sent.stream);
      this.#places[slot] = this.#pc.getTransceivers().find((transceiver) => transceiver.sender === sender);
    }
    const sender = this.#places[slot]?.sender;
    if (sender) this.#limit(sender, sent?.limits);
    if (sent) this.labels[sent.stream.id] = slot === "screen" || slot === "sound" ? "screen" : "camera";
  }

  /**
   * @param {RTCRtpSender} sender
   * @param {Limits} [limits]
   */
  #limit(sender, limits) {
    if (!limits || this.#limited.get(sender) === limits) return;
    const parameters = sender.getParameters();
    // A browser that lets nothing be said about its encoders sends what it finds right.
    if (!parameters.encodings?.length) return;
    Object.assign(parameters.encodings[0], limits);
    this.#limited.set(sender, limits);
    sender.setParameters(parameters).catch(() => this.#limited.delete(sender));
  }

  /**
   * @param {RTCRtpTransceiver} transceiver
   * @param {MediaStreamTrack | null} track
   */
  #replace(transceiver, track) {
    if (transceiver.sender.track !== track) transceiver.sender.replaceTrack(track).catch(this.#onProblem);
  }
}
