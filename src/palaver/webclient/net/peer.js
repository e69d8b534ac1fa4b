// @ts-check
/**
 * One peer connection: perfect negotiation (W3C WebRTC §10.7), trickled candidates, and its own repair. It does not know
 * what it is for, nor how signals travel.
 *
 * Both sides may offer at any time; where both did at once, the yielding side takes its offer back. A passive side leaves
 * the first offer to the other. An offer has a name, which its answer repeats: signals get lost, and are said again, so
 * that an answer may come to an offer that is out of date.
 * @module
 */

import { Listeners } from "./listeners.js";
import { Receiving } from "./receiving.js";
import { Sending } from "./sending.js";

/** @typedef {import("./wire.js").Signal} Signal */
/** @typedef {import("./wire.js").Description} Description */
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
  #passive;
  #closed = false;
  #makingOffer = false;
  #ignoring = false;
  #queue = Promise.resolve();
  /** @type {(RTCIceCandidateInit | null)[]} */
  #early = [];
  #sending;
  #receiving;
  /** @type {Partial<Record<Slot, Sent>> | null} */
  #oneWay = null;
  #offers = 0;
  /** Our latest offer that was said a second time. */
  #repeated = "";
  /** The latest answer that was given. @type {Description | null} */
  #answer = null;

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
    this.#receiving = new Receiving(newStream);
    this.#send = send;
    this.#sending = new Sending(pc, () => this.#stumbled());
    this.#passive = passive;
    this.yields = yields;
    this.connection = connection;
    pc.onnegotiationneeded = () => void this.#offer();
    pc.onicecandidate = ({ candidate }) => this.#tellCandidate(candidate);
    pc.ontrack = ({ track, streams }) => this.#receiving.heard(track, streams);
    pc.onconnectionstatechange = () => this.#setPhase(PHASES[pc.connectionState]);
    // Spreed's clients write there, and not through the server, while it is open; nobody here would read it.
    pc.ondatachannel = ({ channel }) => channel.close();
  }

  /** A stream from the other side, with what it is. */
  get onStream() {
    return this.#receiving.onStream;
  }

  /** The name of our latest offer. */
  get offer() {
    return `${this.connection}.${this.#offers}`;
  }

  /** Whether the other side has said anything yet. */
  get answered() {
    return this.#pc.remoteDescription !== null;
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

  /** After signals may have been lost: says again what is unanswered and what was answered, and repairs what is broken. */
  resync() {
    if (this.#closed) return;
    if (this.#pc.signalingState === "have-local-offer") return this.#describe();
    if (this.#answer?.offer) this.#send({ kind: "answer", description: this.#answer });
    if (this.phase !== "connected" && !(this.#passive && !this.answered)) this.restart();
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
      this.#offers += 1;
      await this.#pc.setLocalDescription();
      this.#describe();
    } catch {
      this.#stumbled();
    } finally {
      this.#makingOffer = false;
    }
  }

  /** @param {string} [answered] the name of the offer that was */
  #describe(answered) {
    const local = this.#pc.localDescription;
    if (this.#closed || !local || (local.type !== "offer" && local.type !== "answer")) return;
    /** @type {Description} */
    const description = {
      type: local.type,
      sdp: local.sdp,
      streams: { ...this.#sending.labels },
      connection: this.connection,
      offer: local.type === "offer" ? this.offer : answered,
    };
    if (local.type === "answer") this.#answer = description;
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
    if (description.offer && description.offer === this.#answer?.offer) return this.#answerAgain(this.#answer);
    const collision = this.#makingOffer || this.#pc.signalingState !== "stable";
    this.#ignoring = collision && !this.yields;
    if (this.#ignoring) return this.#insist(description);
    this.#passive = false;
    await this.#takeDescription(description);
    if (this.#oneWay) this.#sending.fillOffered(this.#oneWay);
    await this.#pc.setLocalDescription();
    this.#describe(description.offer);
  }

  /**
   * Our offer, or its answer, may never have come through to somebody who offers while we wait for it: it is said again,
   * once, to those who can tell that they know it.
   * @param {Description} theirs
   */
  #insist(theirs) {
    if (!theirs.offer || this.#makingOffer || this.#pc.signalingState !== "have-local-offer" || this.#repeated === this.offer) return;
    this.#repeated = this.offer;
    this.#describe();
  }

  /**
   * The other side did not get it. What we offered since, it ignored.
   * @param {Description} answer
   */
  #answerAgain(answer) {
    this.#send({ kind: "answer", description: answer });
    if (this.#pc.signalingState === "have-local-offer") this.#describe();
  }

  /** @param {Description} description */
  async #takeAnswer(description) {
    if (this.#pc.signalingState !== "have-local-offer") return; // to an offer that was taken back
    if (description.offer && description.offer !== this.offer) return;
    await this.#takeDescription(description);
  }

  /** @param {Description} description */
  async #takeDescription({ type, sdp, streams }) {
    this.#receiving.learn(streams);
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
