// @ts-check
/**
 * One's own camera for those whom the server let in, one peer connection per viewer. Nobody else gets an answer.
 * @module
 */

import { nobodyWatches, watcherChanged } from "../state/calls.js";
import { Link } from "./link.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("../state/types.js").Author} Author */
/** @typedef {import("./wire.js").SignalSent} SignalSent */

export class Showing {
  #context;
  #media;
  #ice;
  /** Who may watch, until the camera goes off. @type {Map<string, Author>} */
  #admitted = new Map();
  /** @type {Map<string, Link>} */
  #links = new Map();

  /**
   * @param {Context} context
   * @param {{ media: import("./media.js").Media, ice: import("./ice.js").Ice }} tools
   */
  constructor(context, { media, ice }) {
    this.#context = context;
    this.#media = media;
    this.#ice = ice;
    ice.onServers.add((servers) => this.#links.forEach((link) => link.peer.useServers(servers)));
    media.onTracks.add(() => this.#changed());
  }

  /** @param {Author} viewer */
  admit(viewer) {
    this.#admitted.set(viewer.session, viewer);
  }

  /** @param {SignalSent} event */
  hear(event) {
    const { signal, sender } = event;
    if (!this.#admitted.has(sender.session) || !this.#context.store.get().media.camera) return;
    if (signal.kind === "hangup") return this.#drop(sender.session);
    const known = this.#links.get(sender.session);
    if (known?.fits(signal)) return void known.receive(event);
    if (signal.kind === "offer") void this.#begin(sender).receive(event);
  }

  /** Somebody no longer watches. @param {string} session */
  stop(session) {
    this.#admitted.delete(session);
    this.#drop(session);
  }

  /** @param {(viewer: Author) => boolean} stays */
  keepOnly(stays) {
    for (const viewer of [...this.#admitted.values()]) {
      if (stays(viewer)) continue;
      this.stop(viewer.session);
      this.#context.store.update((state) => watcherChanged(state, viewer, false));
    }
  }

  /** @param {boolean} isNew */
  back(isNew) {
    if (isNew) this.closeAll();
    else this.#links.forEach((link) => link.peer.resync());
  }

  closeAll() {
    this.#admitted.clear();
    for (const session of [...this.#links.keys()]) this.#drop(session);
  }

  #changed() {
    const { camera, microphone } = this.#media.sent();
    if (camera) return this.#links.forEach((link) => link.peer.sendOneWay({ camera, microphone }));
    this.closeAll();
    return this.#context.store.update(nobodyWatches);
  }

  /**
   * @param {Author} viewer
   * @returns {Link}
   */
  #begin(viewer) {
    const { session } = viewer;
    this.#drop(session);
    const link = new Link(this.#context, this.#ice.configuration, { session, about: "camera", passive: true });
    this.#links.set(session, link);
    const { camera, microphone } = this.#media.sent();
    link.peer.sendOneWay({ camera, microphone });
    link.onDead.add(() => this.#links.get(session) === link && this.#drop(session));
    return link;
  }

  /** @param {string} session */
  #drop(session) {
    this.#links.get(session)?.close();
    this.#links.delete(session);
  }
}
