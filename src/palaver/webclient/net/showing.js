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
  #uplink;
  #ice;
  /** Who may watch, until the camera goes off. @type {Map<string, Author>} */
  #admitted = new Map();
  /** @type {Map<string, Link>} */
  #links = new Map();

  /**
   * @param {Context} context
   * @param {{ media: import("./media.js").Media, uplink: import("./uplink.js").Uplink, ice: import("./ice.js").Ice }} tools
   */
  constructor(context, { media, uplink, ice }) {
    this.#context = context;
    this.#uplink = uplink;
    this.#ice = ice;
    ice.onServers.add((servers) => this.#links.forEach((link) => link.peer.useServers(servers)));
    uplink.onSent.add(() => this.#links.forEach((link) => this.#send(link)));
    media.onTracks.add(() => {
      if (!media.sent().camera) this.#off();
    });
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

  #off() {
    this.closeAll();
    this.#context.store.update(nobodyWatches);
  }

  /** @param {Link} link */
  #send(link) {
    const { camera, microphone } = this.#uplink.sent();
    link.peer.sendOneWay({ camera, microphone });
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
    this.#uplink.add(link);
    this.#send(link);
    link.onDead.add(() => this.#links.get(session) === link && this.#drop(session));
    return link;
  }

  /** @param {string} session */
  #drop(session) {
    const link = this.#links.get(session);
    this.#links.delete(session);
    link?.close();
    this.#uplink.remove(link);
  }
}
