// @ts-check
/**
 * The peer connection of one file: made when somebody said yes, with the candidates that came before.
 * @module
 */

/** @typedef {import("./context.js").Context} Context */

/** Whoever said yes is connected by then, or not at all. */
export const CONNECT_MS = 30_000;
/** Routes that come before anybody said yes. */
const MOST_EARLY = 64;
/** The last word of a channel is still on its way when it is said. */
const LAST_WORD_MS = 1_000;

export class FileLine {
  session;
  /** The other side's, while nobody said yes. @type {import("./wire.js").Description | null} */
  offer;
  /** @type {RTCPeerConnection | null} */
  pc = null;
  /** It cannot come about. @type {() => void} */
  onDead = () => undefined;

  #context;
  /** @type {(RTCIceCandidateInit | null)[]} */
  #early = [];
  /** @type {any} */
  #timer = null;

  /**
   * @param {Context} context
   * @param {string} session the other one
   * @param {import("./wire.js").Description | null} [offer]
   */
  constructor(context, session, offer = null) {
    this.#context = context;
    this.session = session;
    this.offer = offer;
  }

  /**
   * @param {RTCConfiguration} configuration
   * @param {(candidate: RTCIceCandidateInit | null) => void} tell
   * @returns {RTCPeerConnection}
   */
  open(configuration, tell) {
    const { RTCPeerConnection } = this.#context.platform;
    if (!RTCPeerConnection) throw new Error("this browser makes no calls");
    const pc = (this.pc = new RTCPeerConnection(configuration));
    pc.onicecandidate = ({ candidate }) => tell(candidate?.toJSON() ?? null);
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "connected") this.#context.clock.clearTimeout(this.#timer);
      if (pc.connectionState === "failed") this.onDead();
    };
    return pc;
  }

  /** @param {"offer" | "answer"} type @param {string} sdp */
  async hear(type, sdp) {
    this.#timer = this.#context.clock.setTimeout(() => this.onDead(), CONNECT_MS);
    await this.pc?.setRemoteDescription({ type, sdp });
    await this.#workOff();
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  async candidate(candidate) {
    if (this.#early.length < MOST_EARLY) this.#early.push(candidate);
    await this.#workOff();
  }

  close() {
    const { clock } = this.#context;
    clock.clearTimeout(this.#timer);
    const { pc } = this;
    if (!pc) return;
    pc.onicecandidate = pc.onconnectionstatechange = pc.ondatachannel = null;
    clock.setTimeout(() => pc.close(), LAST_WORD_MS);
  }

  async #workOff() {
    if (!this.pc?.remoteDescription) return;
    for (const candidate of this.#early.splice(0)) await this.pc.addIceCandidate(candidate ?? undefined).catch(() => undefined);
  }
}
