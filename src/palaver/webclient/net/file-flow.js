// @ts-check
/**
 * The bytes of one file through a data channel, one half each: sent no faster than they leave, and put together again.
 * @module
 */

/** Fits every browser's data channel. */
export const CHUNK_BYTES = 16 * 1024;
const READ_BYTES = 512 * 1024;
/** More is not handed to the channel while so much waits in it. */
export const WAITING_BYTES = 1024 * 1024;
/** Pieces become a part of this size, which browsers can keep on disk. */
const PART_BYTES = 8 * 1024 * 1024;

/** @typedef {Pick<RTCDataChannel, "send" | "bufferedAmount" | "bufferedAmountLowThreshold" | "addEventListener" | "removeEventListener" | "readyState">} Channel */

/**
 * @param {Channel} channel open
 * @param {Blob} file
 * @param {(moved: number) => void} onMoved bytes handed over so far
 * @returns {Promise<boolean>} false where the channel closed before the end
 */
export async function sendBytes(channel, file, onMoved) {
  channel.bufferedAmountLowThreshold = WAITING_BYTES / 2;
  for (let from = 0; from < file.size; from += READ_BYTES) {
    const read = await file.slice(from, from + READ_BYTES).arrayBuffer();
    for (let at = 0; at < read.byteLength; at += CHUNK_BYTES) {
      if (channel.bufferedAmount > WAITING_BYTES) await hasRoom(channel);
      if (channel.readyState !== "open") return false;
      channel.send(read.slice(at, at + CHUNK_BYTES));
    }
    onMoved(Math.min(file.size, from + READ_BYTES) - channel.bufferedAmount);
  }
  return true;
}

/**
 * @param {Channel} channel
 * @returns {Promise<void>} there is room again, or there never will be
 */
function hasRoom(channel) {
  return new Promise((resolve) => {
    const done = () => {
      for (const name of /** @type {const} */ (["bufferedamountlow", "close"])) channel.removeEventListener(name, done);
      resolve();
    };
    for (const name of /** @type {const} */ (["bufferedamountlow", "close"])) channel.addEventListener(name, done);
  });
}

/** What came of a file, in the order in which it came. */
export class Arriving {
  moved = 0;
  #bytes;
  #mime;
  /** @type {Blob[]} */
  #parts = [];
  /** @type {ArrayBuffer[]} */
  #pieces = [];
  #loose = 0;

  /**
   * @param {number} bytes how many were promised
   * @param {string} mime
   */
  constructor(bytes, mime) {
    this.#bytes = bytes;
    this.#mime = mime;
  }

  /**
   * @param {ArrayBuffer} piece
   * @returns {boolean} false where more came than was promised
   */
  take(piece) {
    this.moved += piece.byteLength;
    if (this.moved > this.#bytes) return false;
    this.#pieces.push(piece);
    this.#loose += piece.byteLength;
    if (this.#loose >= PART_BYTES) this.#fold();
    return true;
  }

  /** @returns {boolean} */
  get whole() {
    return this.moved === this.#bytes;
  }

  /** @returns {Blob} */
  blob() {
    this.#fold();
    return new Blob(this.#parts, { type: this.#mime });
  }

  #fold() {
    this.#parts.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#loose = 0;
  }
}
