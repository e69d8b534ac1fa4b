// @ts-check
/**
 * Cameras watched one by one: those one watches, and one's own for those the server let in. Between two people both may
 * exist at once, as two peer connections.
 * @module
 */

import { unwatched, watchedChanged } from "../state/calls.js";
import { fold } from "../state/keys.js";
import { Link } from "./link.js";
import { AskRefused, refusedHere } from "./protocol.js";
import { Showing } from "./showing.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("../state/types.js").Author} Author */
/** @typedef {import("../state/types.js").ClientState} ClientState */
/** @typedef {import("./wire.js").WireEvent} WireEvent */
/** @typedef {import("./wire.js").SignalSent} SignalSent */

const NOWHERE = { handle: "", display_name: "", user: null };

export class Cameras {
  #context;
  #ice;
  #streams;
  #showing;
  /** @type {Map<string, Link>} */
  #watching = new Map();

  /**
   * @param {Context} context
   * @param {{ media: import("./media.js").Media, uplink: import("./uplink.js").Uplink, ice: import("./ice.js").Ice, streams: import("./streams.js").Streams }} tools
   */
  constructor(context, tools) {
    this.#context = context;
    this.#ice = tools.ice;
    this.#streams = tools.streams;
    this.#showing = new Showing(context, tools);
    tools.ice.onServers.add((servers) => this.#watching.forEach((link) => link.peer.useServers(servers)));
    context.connection.onEvent.add((event) => this.#hear(event));
    context.store.subscribe((state, before) => {
      if (state.rooms !== before.rooms) this.#checkOwners(state);
    });
  }

  /**
   * @param {string} session the owner
   * @returns {Promise<void>}
   */
  async open(session) {
    const { store, connection, platform } = this.#context;
    if (!platform.RTCPeerConnection) throw refusedHere("no_calls_here");
    const known = store.get().cameras.watching[session];
    if (known && known.phase !== "closed" && known.phase !== "refused") return;
    const person = personOf(store.get(), session);
    store.update((state) =>
      watchedChanged(state, person, { phase: "opening", reason: "", refusal: null, stream: null }),
    );
    try {
      await connection.ask({ type: "open_camera", owner: { by: "session", session } });
    } catch (error) {
      const refusal = error instanceof AskRefused ? error.refusal : null;
      store.update((state) => watchedChanged(state, person, { phase: "refused", reason: refusal?.code ?? "", refusal }));
      throw error;
    }
  }

  /** @param {string} session the owner */
  close(session) {
    if (this.#watching.has(session)) this.#unwatch(session);
    this.#drop(session);
    this.#context.store.update((state) => unwatched(state, session));
  }

  /** The session is live again. @param {boolean} isNew */
  back(isNew) {
    this.#showing.back(isNew);
    if (!isNew) return this.#watching.forEach((link) => link.peer.resync());
    const { store } = this.#context;
    for (const { session, phase } of Object.values(store.get().cameras.watching)) {
      this.#drop(session);
      store.update((state) => unwatched(state, session));
      if (phase !== "closed" && phase !== "refused") void this.open(session).catch(() => undefined);
    }
  }

  /**
   * @param {string} session
   * @returns {Link | undefined}
   */
  link(session) {
    return this.#watching.get(session);
  }

  closeAll() {
    this.#showing.closeAll();
    for (const session of [...this.#watching.keys()]) this.#drop(session);
  }

  /** @param {WireEvent} event */
  #hear(event) {
    const me = this.#context.store.get().me?.session;
    if (event.type === "camera_opened") {
      if (event.viewer.session === me) this.#begin(event.owner);
      if (event.owner.session === me) this.#welcome(event.viewer);
    }
    if (event.type === "signal_sent" && event.about === "camera") this.#route(event);
    if (event.type === "viewer_turned_away") this.#ended(event.owner.session, "turned_away");
    if (event.type === "participant_left") this.#showing.stop(event.session);
    if (event.type === "watch_stopped") this.#showing.stop(event.viewer.session);
    if (event.type === "relations_changed") this.#showing.keepOnly((viewer) => !isUnwanted(event.relations, viewer));
  }

  /** @param {Author} viewer */
  #welcome(viewer) {
    this.#showing.admit(viewer);
    const { media } = this.#context.store.get();
    const theirs = personOf(this.#context.store.get(), viewer.session).media;
    // The owner asked to see whoever watches, at once.
    if (media.rules.mutual_open && theirs?.camera) void this.open(viewer.session).catch(() => undefined);
  }

  /**
   * Two connections may exist between the same two people: an offer from a connection that we do not watch is a viewer's.
   * @param {SignalSent} event
   */
  #route(event) {
    const { signal, sender } = event;
    const watching = this.#watching.get(sender.session);
    if (signal.kind === "hangup" && signal.reason !== "unwatch") return this.#ended(sender.session, "off");
    if (signal.kind === "candidate" && watching?.fits(signal)) void watching.receive(event);
    const isTheirs = watching && signal.kind !== "candidate" && watching.fits(signal);
    if (isTheirs && (signal.kind === "answer" || watching.peer.remoteConnection)) return void watching.receive(event);
    return this.#showing.hear(event);
  }

  /** @param {Author} owner */
  #begin(owner) {
    const { store } = this.#context;
    const { session } = owner;
    this.#drop(session);
    if (!store.get().cameras.watching[session]) return; // closed in the meantime
    const link = new Link(this.#context, this.#ice.configuration, { session, about: "camera", passive: false });
    this.#watching.set(session, link);
    const tell = (/** @type {Partial<import("../state/types.js").WatchedCamera>} */ change) => {
      if (this.#watching.get(session) === link) store.update((state) => watchedChanged(state, owner, change));
    };
    tell({ phase: "connecting" });
    let told = false;
    link.peer.onPhase.add((phase) => {
      tell({ phase: phase === "connected" ? "playing" : phase === "failed" ? "interrupted" : phase });
      if (phase === "connected" && !told) {
        told = true;
        this.#tellWatched(session);
      }
    });
    link.peer.onStream.add((_label, stream) =>
      this.#streams.follow(stream, `camera:${session}`, (now) => tell({ stream: now })),
    );
    link.onDead.add(() => {
      this.#unwatch(session);
      this.#ended(session, "failed");
    });
    link.peer.makeRoom();
  }

  /** @param {string} session */
  #tellWatched(session) {
    this.#context.connection.ask({ type: "watch", owner: { by: "session", session } }).catch(() => undefined);
  }

  /** Its owner reads who watches. @param {string} session */
  #unwatch(session) {
    this.#context.connection.ask({ type: "unwatch", owner: { by: "session", session } }).catch(() => undefined);
  }

  /**
   * @param {string} session
   * @param {string} reason
   */
  #ended(session, reason) {
    const { store } = this.#context;
    const known = store.get().cameras.watching[session];
    this.#drop(session);
    if (!known || known.phase === "closed" || known.phase === "refused") return;
    store.update((state) => watchedChanged(state, known.person, { phase: "closed", reason, stream: null }));
  }

  /** Cameras that went off, and owners who left. @param {ClientState} state */
  #checkOwners(state) {
    for (const { session, phase } of Object.values(state.cameras.watching)) {
      if (phase === "closed" || phase === "refused") continue;
      const waiting = Object.values(state.rooms).some((room) => room.phase === "joining" || room.phase === "waiting");
      const seat = seatOf(state, session);
      if (!seat && !waiting) this.#ended(session, "left");
      else if (seat && !seat.media.camera) this.#ended(session, "off");
    }
  }

  /** @param {string} session */
  #drop(session) {
    const link = this.#watching.get(session);
    if (!link) return;
    this.#watching.delete(session);
    link.close();
    this.#streams.removeAll(`camera:${session}:`);
  }
}

/**
 * @param {ClientState} state
 * @param {string} session
 * @returns {import("./wire.js").Participant | undefined}
 */
function seatOf(state, session) {
  return Object.values(state.rooms).map((room) => room.participants[session]).find(Boolean);
}

/**
 * @param {ClientState} state
 * @param {string} session
 * @returns {Author & { media?: import("./wire.js").Media }}
 */
function personOf(state, session) {
  return seatOf(state, session) ?? { session, ...NOWHERE };
}

/**
 * @param {import("./wire.js").Relations} relations
 * @param {Author} person
 */
function isUnwanted(relations, person) {
  const keys = [`name:${fold(person.handle)}`, ...(person.user ? [`user:${person.user}`] : [])];
  return keys.some((key) => relations.turned_away.includes(key) || relations.blocks.includes(key));
}
