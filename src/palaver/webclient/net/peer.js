// @ts-check
/**
 * One peer connection: perfect negotiation (W3C WebRTC §10.7), trickled candidates, and its own repair. It does not know
 * what it is for, nor how signals travel.
 *
 * Both sides may offer at any time; where both did at once, the yielding side takes its offer back. A passive side leaves
 * the first offer to the other.
 * @module
 */

import { Listeners } from "./listeners.js";
import { Sending } from "./sending.js";

/** @typedef {import("./wire.js").Signal} Signal */
/** @typedef {import("./wire.js").Description} Description */
/** @typedef {import("./wire.js").StreamLabel} StreamLabel */
/** @typedef {"connecting" | "connected" | "interrupted" | "failed"} Phase */
/** @typedef {import("./sending.js").Slot} Slot */
/** @typedef {import("./sending.js").Sent} Sent */

/** @type {Record<RTCPeerConnectionState, Phase>} */
const PHASES = {
  new: "connecting",
  connecting: "connecting",
  connected: "connected",
  disconnected: "interrupted",
  failed: "failed",
  closed: "failed",
};

export class Peer {
  /** @type {Listeners<[Phase]>} */
  onPhase = new Listeners();
  /** A stream from the other side, with what it is. @type {Listeners<[StreamLabel, MediaStream]>} */
  onStream = new Listeners();
  /** @type {Phase} */
  phase = "connecting";
  /** Names the other side's connection object; empty while unknown. */
  remoteConnection = "";
  /** Whether this side gives way in glare. */
  yields;
  /** Names this connection object, so that the other side notices a new one. */
  connection;

  #pc;
  #send;
  #newStream;
  /** For tracks that come without one. @type {MediaStream | null} */
  #loose = null;
  #passive;
  #closed = false;
  #makingOffer = false;
  #ignoring = false;
  #queue = Promise.resolve();
  /** @type {(RTCIceCandidateInit | null)[]} */
  #early = [];
  #sending;
  /** @type {Partial<Record<Slot, Sent>> | null} */
  #oneWay = null;
  /** @type {Record<string, StreamLabel>} */
  #labels = {};

  /**
   * @param {RTCPeerConnection} pc
   * @param {object} how
   * @param {string} how.connection
   * @param {boolean} how.yields
   * @param {boolean} how.passive
   * @param {(signal: Signal) => void} how.send
   * @param {() => MediaStream} how.newStream
   */
  constructor(pc, { connection, yields, passive, send, newStream }) {
    this.#pc = pc;
    this.#newStream = newStream;
    this.#send = send;
    this.#sending = new Sending(pc, () => this.#stumbled());
    this.#passive = passive;
    this.yields = yields;
    this.connection = connection;
    pc.onnegotiationneeded = () => void this.#offer();
    pc.onicecandidate = ({ candidate }) => this.#tellCandidate(candidate);
    pc.ontrack = ({ track, streams }) => this.#heard(track, streams);
    pc.onconnectionstatechange = () => this.#moved();
    // Spreed's clients write there, and not through the server, while it is open; nobody here would read it.
    pc.ondatachannel = ({ channel }) => channel.close();
  }

  /** Whether the other side has said anything yet. */
  get answered() {
    return this.#pc.remoteDescription !== null;
  }

  /** Whether figures and tracks are worth asking for. */
  get closed() {
    return this.#closed;
  }

  /**
   * Sends these tracks, and nothing else. A track of a kind that was sent before costs no new offer.
   * @param {Partial<Record<Slot, Sent>>} sent
   */
  send(sent) {
    if (!this.#closed) this.#sending.fill(sent);
  }

  /**
   * Answers every offer by sending these and receiving nothing. Changes cost no new offer: an absent track leaves its
   * place empty.
   * @param {Partial<Record<Slot, Sent>>} sent
   */
  sendOneWay(sent) {
    this.#oneWay = sent;
    if (this.answered && !this.#closed) this.#sending.fillOffered(sent);
  }

  /**
   * Makes room for one audio and one video to be received where nothing of that kind is sent.
   * @param {Partial<Record<Slot, Sent>>} [sent]
   */
  makeRoom(sent = {}) {
    if (!sent.microphone) this.#pc.addTransceiver("audio", { direction: "recvonly" });
    if (!sent.camera) this.#pc.addTransceiver("video", { direction: "recvonly" });
  }

  /** Makes the first offer after all. */
  activate() {
    if (!this.#passive || this.#closed) return;
    this.#passive = false;
    if (this.#pc.signalingState === "stable") void this.#offer();
  }

  /**
   * Takes a signal of the other side; they are worked off one after the other.
   * @param {Signal} signal
   * @returns {Promise<void>} settled when it took effect
   */
  receive(signal) {
    if (signal.kind === "offer" || signal.kind === "answer") {
      this.remoteConnection = signal.description.connection ?? this.remoteConnection;
    }
    this.#queue = this.#queue.then(() => this.#take(signal)).catch(() => this.#stumbled());
    return this.#queue;
  }

  /** Looks for a new way to the other side. */
  restart() {
    if (this.#closed) return;
    this.#pc.restartIce();
  }

  /** After signals may have been lost: says again what is unanswered, and repairs what is broken. */
  resync() {
    if (this.#closed) return;
    if (this.#pc.signalingState === "have-local-offer") this.#describe();
    else if (this.phase !== "connected" && !(this.#passive && !this.answered)) this.restart();
  }

  /** @param {RTCIceServer[]} iceServers for the next restart */
  useServers(iceServers) {
    if (!this.#closed) this.#pc.setConfiguration({ ...this.#pc.getConfiguration(), iceServers });
  }

  /** @returns {Promise<RTCStatsReport | null>} */
  async report() {
    return this.#closed ? null : this.#pc.getStats();
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#pc.onnegotiationneeded = this.#pc.onicecandidate = this.#pc.ontrack = this.#pc.onconnectionstatechange = null;
    this.#pc.ondatachannel = null;
    this.#pc.close();
  }

  async #offer() {
    if (this.#closed || this.#passive) return;
    try {
      this.#makingOffer = true;
      await this.#pc.setLocalDescription();
      this.#describe();
    } catch {
      this.#stumbled();
    } finally {
      this.#makingOffer = false;
    }
  }

  #describe() {
    const local = this.#pc.localDescription;
    if (this.#closed || !local || (local.type !== "offer" && local.type !== "answer")) return;
    /** @type {Description} */
    const description = {
      type: local.type,
      sdp: local.sdp,
      streams: { ...this.#sending.labels },
      connection: this.connection,
    };
    this.#send({ kind: local.type, description });
  }

  /** @param {RTCIceCandidate | null} candidate */
  #tellCandidate(candidate) {
    const plain = candidate ? { ...candidate.toJSON(), connection: this.connection } : null;
    this.#send({ kind: "candidate", candidate: plain });
  }

  /** @param {Signal} signal */
  async #take(signal) {
    if (this.#closed) return;
    if (signal.kind === "offer") await this.#takeOffer(signal.description);
    if (signal.kind === "answer") await this.#takeAnswer(signal.description);
    if (signal.kind === "candidate") await this.#takeCandidate(signal.candidate);
  }

  /** @param {Description} description */
  async #takeOffer(description) {
    const collision = this.#makingOffer || this.#pc.signalingState !== "stable";
    this.#ignoring = collision && !this.yields;
    if (this.#ignoring) return;
    this.#passive = false;
    await this.#takeDescription(description);
    if (this.#oneWay) this.#sending.fillOffered(this.#oneWay);
    await this.#pc.setLocalDescription();
    this.#describe();
  }

  /** @param {Description} description */
  async #takeAnswer(description) {
    if (this.#pc.signalingState !== "have-local-offer") return; // to an offer that was taken back
    await this.#takeDescription(description);
  }

  /** @param {Description} description */
  async #takeDescription({ type, sdp, streams }) {
    this.#labels = { ...this.#labels, ...streams };
    await this.#pc.setRemoteDescription({ type, sdp });
    const early = this.#early;
    this.#early = [];
    for (const candidate of early) await this.#takeCandidate(candidate);
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  async #takeCandidate(candidate) {
    if (this.#pc.remoteDescription === null) {
      if (!this.#ignoring) this.#early.push(candidate);
      return;
    }
    try {
      await this.#pc.addIceCandidate(candidate ?? undefined);
    } catch {
      // One for an offer that was ignored or is outdated: others will do.
    }
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {readonly MediaStream[]} streams
   */
  #heard(track, streams) {
    const stream = streams[0] ?? (this.#loose ??= this.#newStream());
    if (stream === this.#loose) stream.addTrack(track);
    this.#labels[stream.id] ??= Object.values(this.#labels).includes("camera") ? "screen" : "camera";
    this.onStream.tell(this.#labels[stream.id], stream);
  }

  #moved() {
    this.#setPhase(PHASES[this.#pc.connectionState]);
  }

  /** A description that could not be used: as good as no connection. */
  #stumbled() {
    if (!this.#closed) this.#setPhase("failed");
  }

  /** @param {Phase} phase */
  #setPhase(phase) {
    if (phase === this.phase) return;
    this.phase = phase;
    this.onPhase.tell(phase);
  }
}
