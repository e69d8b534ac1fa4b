// @ts-check
/**
 * Streams by the names under which state mentions them. A name never comes to mean another stream.
 * @module
 */

/** @typedef {import("../state/types.js").RemoteStream} RemoteStream */

export class Streams {
  /** @type {Map<string, MediaStream>} */
  #byId = new Map();
  #count = 0;

  /**
   * @param {string} id
   * @returns {MediaStream | null}
   */
  get(id) {
    return this.#byId.get(id) ?? null;
  }

  /**
   * @param {MediaStream} stream
   * @param {string} label for people who read the state
   * @returns {string} its name
   */
  add(stream, label) {
    for (const [id, known] of this.#byId) if (known === stream) return id;
    const id = `${label}:${(this.#count += 1)}`;
    this.#byId.set(id, stream);
    return id;
  }

  /** @param {string} prefix of the names that mean nothing any more */
  removeAll(prefix) {
    for (const id of [...this.#byId.keys()]) if (id.startsWith(prefix)) this.#byId.delete(id);
  }

  /**
   * Names a stream that comes from elsewhere, and tells what is in it now and whenever that changes.
   * @param {MediaStream} stream
   * @param {string} label
   * @param {(told: RemoteStream) => void} tell
   */
  follow(stream, label, tell) {
    const id = this.add(stream, label);
    const now = () => this.#byId.has(id) && tell({ id, audio: flows(stream.getAudioTracks()), video: flows(stream.getVideoTracks()) });
    for (const track of stream.getTracks()) track.onmute = track.onunmute = track.onended = now;
    stream.onremovetrack = now;
    now();
  }
}

/** @param {MediaStreamTrack[]} tracks */
function flows(tracks) {
  return tracks.some((track) => track.readyState === "live" && !track.muted);
}
