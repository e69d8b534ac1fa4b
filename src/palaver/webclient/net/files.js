// @ts-check
/**
 * Files from one person to another, past the server: it carries the offer, the bytes go through a data channel.
 *
 * The offer of a session description is the offer of the file, under `about: "file:<id>"` and with `file` beside the
 * `sdp`. It stays unanswered, and nobody's address is told, until the other one says yes. `hangup` with `refused`,
 * `cancelled` or `busy` ends it at any time. The receiver says `received` on the channel when everything is there.
 * @module
 */

import { isUnsolicited } from "../state/threads.js";
import { directKey } from "../state/keys.js";
import { isUnderWay, transferChanged, transferGone, transferOffered } from "../state/transfers.js";
import { Arriving, sendBytes } from "./file-flow.js";
import { FileLine } from "./file-line.js";
import { seenName } from "./file-names.js";
import { randomWord } from "./platform.js";
import { refusedHere } from "./protocol.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").SignalSent} SignalSent */
/** @typedef {import("./wire.js").Signal} Signal */
/** @typedef {import("./wire.js").Author} Author */
/** @typedef {import("../state/types.js").Transfer} Transfer */

export const ABOUT = "file:";
/** A file is put together in the browser, so its size has a bound. */
export const MAX_FILE_BYTES = 2 * 1024 ** 3;
/** More offers at once are turned down unseen. */
export const MAX_OFFERS = 10;
const MAX_NAME = 255;
const RECEIVED = "received";

export class Files {
  #context;
  #ice;
  /** @type {Map<string, FileLine>} */
  #lines = new Map();
  /** @type {Map<string, Blob>} */
  #blobs = new Map();

  /**
   * @param {Context} context
   * @param {{ ice: import("./ice.js").Ice }} tools
   */
  constructor(context, { ice }) {
    this.#context = context;
    this.#ice = ice;
    context.connection.onEvent.add((event) => {
      if (event.type === "signal_sent" && event.about.startsWith(ABOUT)) void this.#hear(event, event.about.slice(ABOUT.length));
      if (event.type === "participant_left") this.#left(event.session);
    });
  }

  /**
   * @param {string} session
   * @param {Blob & { name?: string }} file
   * @returns {Promise<string>} the transfer's id, once the offer is out
   */
  async offer(session, file) {
    const { store, platform } = this.#context;
    const person = Object.values(store.get().rooms).map((room) => room.participants[session]).find(Boolean);
    if (!platform.RTCPeerConnection) throw refusedHere("no_calls_here");
    if (!person) throw refusedHere("not_connected");
    const id = randomWord(platform.random);
    const name = (file.name ?? "").slice(0, MAX_NAME);
    const mime = file.type || "application/octet-stream";
    store.update((state) => transferOffered(state, { id, person, incoming: false, name, mime, bytes: file.size }));
    if (file.size > MAX_FILE_BYTES) {
      this.#end(id, "failed", "too_large");
      return id;
    }
    const pc = this.#open(id, new FileLine(this.#context, session));
    const channel = pc.createDataChannel("file");
    channel.binaryType = "arraybuffer";
    channel.onopen = () => void this.#pour(id, channel, file);
    channel.onmessage = ({ data }) => data === RECEIVED && this.#end(id, "done");
    try {
      await pc.setLocalDescription();
      const description = { type: /** @type {const} */ ("offer"), sdp: pc.localDescription?.sdp ?? "", connection: id, file: { name, mime, bytes: file.size } };
      await this.#say(id, session, { kind: "offer", description });
    } catch (error) {
      this.#end(id, "failed", "unreachable");
      throw error;
    }
    return id;
  }

  /** Says yes to an offered file. @param {string} id */
  async accept(id) {
    const line = this.#lines.get(id);
    const transfer = this.#context.store.get().transfers[id];
    if (!line?.offer || !transfer?.incoming || transfer.phase !== "offered") return;
    const { offer, session } = line;
    this.#note(id, { phase: "connecting" });
    const pc = this.#open(id, line);
    pc.ondatachannel = ({ channel }) => this.#fill(id, channel);
    try {
      await line.hear("offer", offer.sdp);
      await pc.setLocalDescription();
      await this.#say(id, session, { kind: "answer", description: { type: "answer", sdp: pc.localDescription?.sdp ?? "", connection: id } });
    } catch {
      this.#end(id, "failed", "unreachable");
    }
  }

  /** Says no to a file, or ends one that is on its way. @param {string} id */
  cancel(id) {
    const transfer = this.#context.store.get().transfers[id];
    if (!transfer || !isUnderWay(transfer)) return;
    const word = transfer.incoming && transfer.phase === "offered" ? "refused" : "cancelled";
    this.#hangUp(id, transfer.person.session, word);
    this.#end(id, word);
  }

  /** Forgets one that is over. @param {string} id */
  dismiss(id) {
    this.cancel(id);
    this.#blobs.delete(id);
    this.#context.store.update((state) => transferGone(state, id));
  }

  /** @param {string} id @returns {Blob | null} what came, where it is there */
  blob(id) {
    return this.#blobs.get(id) ?? null;
  }

  closeAll() {
    for (const id of [...this.#lines.keys()]) this.#end(id, "failed", "left");
  }

  /**
   * @param {SignalSent} event
   * @param {string} id
   */
  async #hear({ signal, sender }, id) {
    if (signal.kind === "offer") return this.#offered(sender, id, signal.description);
    const line = this.#lines.get(id);
    if (!line || line.session !== sender.session) return undefined;
    if (signal.kind === "hangup") return this.#end(id, signal.reason === "cancelled" ? "cancelled" : "refused", signal.reason ?? "");
    if (signal.kind === "candidate") return line.candidate(signal.candidate);
    if (signal.kind !== "answer" || line.pc?.signalingState !== "have-local-offer") return undefined;
    this.#note(id, { phase: "connecting" });
    try {
      await line.hear("answer", signal.description.sdp);
    } catch {
      this.#end(id, "failed", "unreachable");
    }
    return undefined;
  }

  /**
   * @param {Author} sender
   * @param {string} id
   * @param {import("./wire.js").Description} description
   */
  #offered(sender, id, description) {
    const { store, platform } = this.#context;
    const state = store.get();
    const { name = "", mime = "", bytes = -1 } = description.file ?? {};
    if (this.#lines.has(id) || state.transfers[id] || !Number.isSafeInteger(bytes) || bytes < 0) return;
    const waiting = Object.values(state.transfers).filter((one) => one.incoming && one.phase === "offered").length;
    const unwanted = !platform.RTCPeerConnection || isUnsolicited(state, directKey(sender), sender);
    if (waiting >= MAX_OFFERS || unwanted) return this.#hangUp(id, sender.session, "busy");
    if (bytes > MAX_FILE_BYTES) return this.#hangUp(id, sender.session, "too_large");
    const person = { session: sender.session, handle: sender.handle, display_name: sender.display_name, user: sender.user };
    this.#lines.set(id, new FileLine(this.#context, sender.session, description));
    store.update((now) => transferOffered(now, { id, person, incoming: true, name: seenName(name).slice(0, MAX_NAME), mime: seenName(mime).slice(0, 127), bytes }));
  }

  /**
   * @param {string} id
   * @param {FileLine} line
   * @returns {RTCPeerConnection}
   */
  #open(id, line) {
    this.#lines.set(id, line);
    line.onDead = () => this.#end(id, "failed", "unreachable");
    return line.open(this.#ice.configuration, (candidate) =>
      void this.#say(id, line.session, { kind: "candidate", candidate }).catch(() => undefined),
    );
  }

  /**
   * @param {string} id
   * @param {RTCDataChannel} channel
   * @param {Blob} file
   */
  async #pour(id, channel, file) {
    this.#note(id, { phase: "moving" });
    channel.onclose = () => this.#end(id, "failed", "unreachable");
    try {
      await sendBytes(channel, file, (moved) => this.#note(id, { moved: Math.max(0, moved) }));
    } catch {
      this.#hangUp(id, this.#lines.get(id)?.session ?? "", "cancelled");
      this.#end(id, "failed", "damaged"); // the file changed, or went away, while it was read
    }
  }

  /**
   * @param {string} id
   * @param {RTCDataChannel} channel
   */
  #fill(id, channel) {
    const { bytes, mime } = this.#context.store.get().transfers[id];
    const arriving = new Arriving(bytes, mime);
    let told = 0;
    const finish = () => {
      channel.send(RECEIVED);
      this.#blobs.set(id, arriving.blob());
      this.#note(id, { moved: bytes });
      this.#end(id, "done");
    };
    channel.binaryType = "arraybuffer";
    this.#note(id, { phase: "moving" });
    channel.onopen = () => arriving.whole && finish();
    channel.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer) || !arriving.take(data)) return this.#end(id, "failed", "damaged");
      if (arriving.whole) return finish();
      if (arriving.moved - told < bytes / 200) return undefined;
      told = arriving.moved;
      return this.#note(id, { moved: told });
    };
    channel.onclose = () => this.#end(id, "failed", "unreachable");
  }

  /** @param {string} session */
  #left(session) {
    const still = Object.values(this.#context.store.get().rooms).some((room) => room.participants[session]);
    if (still) return;
    for (const [id, line] of [...this.#lines]) {
      // Bytes that flow need no server.
      if (line.session === session && this.#context.store.get().transfers[id]?.phase !== "moving") this.#end(id, "failed", "left");
    }
  }

  /**
   * @param {string} id
   * @param {"done" | "refused" | "cancelled" | "failed"} phase
   * @param {string} [reason]
   */
  #end(id, phase, reason = "") {
    const { store } = this.#context;
    const line = this.#lines.get(id);
    this.#lines.delete(id);
    const transfer = store.get().transfers[id];
    if (transfer && isUnderWay(transfer)) this.#note(id, { phase, reason, ...(phase === "done" && { moved: transfer.bytes }) });
    line?.close();
  }

  /**
   * @param {string} id
   * @param {string} session
   * @param {string} reason
   */
  #hangUp(id, session, reason) {
    this.#say(id, session, { kind: "hangup", reason }).catch(() => undefined);
  }

  /**
   * @param {string} id
   * @param {string} session
   * @param {Signal} signal
   * @returns {Promise<unknown>}
   */
  #say(id, session, signal) {
    return this.#context.connection.ask({ type: "send_signal", to: { by: "session", session }, signal, about: ABOUT + id });
  }

  /**
   * @param {string} id
   * @param {Partial<Transfer>} change
   */
  #note(id, change) {
    this.#context.store.update((state) => transferChanged(state, id, change));
  }
}
