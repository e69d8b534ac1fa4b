// @ts-check
/**
 * The call of a room: a peer connection to everybody else who takes part. Who takes part is the roster's word.
 * @module
 */

import { callChanged, peerChanged, peerGone } from "../state/calls.js";
import { GIVE_UP_MS, Link } from "./link.js";
import { refusedHere } from "./protocol.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").Participant} Participant */
/** @typedef {import("./wire.js").SignalSent} SignalSent */

/** Made anew at most so often; somebody who cannot be reached at all is left in peace. */
const MOST_LIVES = 5;
/** On a machine or way so slow that nothing comes about in time, each life is given longer than the one before, up to here. */
const MOST_PATIENCE_MS = 4 * GIVE_UP_MS;
/** What the other side is told when a connection is made anew. */
const RENEWED = "renew";

export class Mesh {
  #context;
  #media;
  #uplink;
  #ice;
  #streams;
  /** @type {Map<string, Link>} */
  #links = new Map();
  /** @type {Map<string, number>} */
  #lives = new Map();
  /** Who called us before the roster, which may come late in a crowded room, said that they take part. @type {Set<string>} */
  #ahead = new Set();
  /** @type {() => Promise<void>} */
  #mediaAsBefore = async () => undefined;
  /** Counts comings and goings: the browser may ask for a microphone for so long that somebody has left again. */
  #turn = 0;

  /**
   * @param {Context} context
   * @param {{ media: import("./media.js").Media, uplink: import("./uplink.js").Uplink, ice: import("./ice.js").Ice, streams: import("./streams.js").Streams }} tools
   */
  constructor(context, { media, uplink, ice, streams }) {
    this.#context = context;
    this.#media = media;
    this.#uplink = uplink;
    this.#ice = ice;
    this.#streams = streams;
    uplink.onSent.add(() => this.#links.forEach((link) => link.peer.send(uplink.sent())));
    ice.onServers.add((servers) => this.#links.forEach((link) => link.peer.useServers(servers)));
    context.connection.onEvent.add((event) => {
      if (event.type === "signal_sent" && event.about === "call") this.#hear(event);
    });
    context.store.subscribe((state, before) => {
      if (state.rooms !== before.rooms || state.call.phase !== before.call.phase) this.#reconcile();
      // A new session may have to wait at the door of the room in whose call one was.
      const { phase, room } = meshOf(state);
      if (phase === "in" && before.rooms[room]?.phase === "waiting" && state.rooms[room]?.phase === "joined") void this.back(true);
    });
  }

  /**
   * @param {string} room
   * @param {{ camera?: boolean, microphone?: boolean }} [start]
   * @returns {Promise<void>}
   */
  async join(room, { camera = false, microphone = true } = {}) {
    const { store, connection, platform } = this.#context;
    if (!platform.RTCPeerConnection) throw refusedHere("no_calls_here");
    await this.leave();
    const turn = (this.#turn += 1);
    this.#mediaAsBefore = this.#media.remembered();
    store.update((state) => callChanged(state, { phase: "joining", room }));
    try {
      await this.#media.set({ ...(microphone && { microphone }), ...(camera && { camera }) });
      if (turn !== this.#turn) return;
      await connection.ask({ type: "join_call", room });
    } catch (error) {
      if (turn !== this.#turn) return;
      store.update((state) => callChanged(state, { phase: "out" }));
      await this.#mediaAsBefore();
      throw error;
    }
    if (turn === this.#turn && store.get().call.room === room) store.update((state) => callChanged(state, { phase: "in" }));
  }

  /** @returns {Promise<void>} */
  async leave() {
    const { store, connection } = this.#context;
    const { phase, room } = meshOf(store.get());
    if (phase === "out") return;
    this.#turn += 1;
    store.update((state) => callChanged(state, { phase: "out" }));
    // Whoever leaves is no longer filmed, also where the server takes its time to answer.
    const told = connection.ask({ type: "leave_call", room }).catch(() => undefined);
    await this.#mediaAsBefore();
    await told;
  }

  /**
   * The session is live again.
   * @param {boolean} isNew all others see a new participant then, so every peer connection begins anew
   */
  async back(isNew) {
    const { store, connection } = this.#context;
    const { phase, room } = meshOf(store.get());
    if (phase === "out") {
      // A page that was loaded anew has nothing of the call that it was in.
      const calling = Object.values(store.get().rooms).filter((each) => each.participants[each.you]?.in_call);
      await Promise.allSettled(calling.map(({ id }) => connection.ask({ type: "leave_call", room: id })));
      return;
    }
    const seat = store.get().rooms[room];
    const outside = phase === "in" && seat?.phase === "joined" && !seat.participants[seat.you]?.in_call;
    // The others dropped what they had to somebody who is not in the call.
    if (isNew || outside) this.#closeAll();
    if (outside) await connection.ask({ type: "join_call", room }).catch(() => undefined);
    this.#links.forEach((link) => link.peer.resync());
    this.#reconcile();
  }

  /**
   * @param {string} session
   * @returns {Link | undefined}
   */
  link(session) {
    return this.#links.get(session);
  }

  close() {
    this.#closeAll();
  }

  /** Makes the peer connections be those that the roster asks for. */
  #reconcile() {
    const { store } = this.#context;
    const { rooms, me } = store.get();
    const call = meshOf(store.get());
    const room = rooms[call.room];
    if (call.phase !== "out" && (room?.phase === "left" || room?.phase === "refused")) {
      this.#turn += 1;
      store.update((state) => callChanged(state, { phase: "out" }));
      void this.#mediaAsBefore();
      return;
    }
    const others = callers(room?.participants ?? {}, me?.session ?? "");
    const wanted = call.phase === "out" ? new Map() : others;
    // A roster that is being fetched anew says nothing about who has gone.
    if (call.phase !== "out" && room?.phase !== "joined") return;
    for (const session of wanted.keys()) this.#ahead.delete(session);
    for (const session of [...this.#links.keys()]) {
      const awaited = call.phase !== "out" && this.#ahead.has(session) && room?.participants[session];
      if (!wanted.has(session) && !awaited) this.#drop(session);
    }
    if (call.phase !== "in") return;
    for (const participant of others.values()) if (!this.#links.has(participant.session)) this.#begin(participant);
  }

  /** @param {SignalSent} event */
  #hear(event) {
    const { rooms } = this.#context.store.get();
    const call = meshOf(this.#context.store.get());
    const { signal, sender } = event;
    const participant = rooms[call.room]?.participants[sender.session];
    if (call.phase === "out" || !participant) return;
    if (signal.kind === "hangup") {
      this.#drop(sender.session);
      if (signal.reason !== RENEWED) return;
      this.#count(sender.session);
      return this.#reconcile();
    }
    const known = this.#links.get(sender.session);
    if (known && !known.fits(signal)) {
      if (signal.kind === "candidate" || known.isElsewhere(signal)) return;
      // The other side began anew; what we had leads nowhere.
      this.#drop(sender.session);
      if (signal.kind !== "offer") return this.#reconcile();
    }
    if (signal.kind !== "offer" && !this.#links.has(sender.session)) return;
    if (!participant.in_call) this.#ahead.add(sender.session);
    const link = this.#links.get(sender.session) ?? this.#begin(participant, true);
    void link.receive(event);
  }

  /**
   * @param {Participant} participant
   * @param {boolean} [invited] by an offer
   * @returns {Link}
   */
  #begin(participant, invited = false) {
    const { store } = this.#context;
    const { session } = participant;
    const passive = invited || (store.get().me?.session ?? "") > session;
    const patienceMs = Math.min(GIVE_UP_MS * 2 ** (this.#lives.get(session) ?? 0), MOST_PATIENCE_MS);
    const link = new Link(this.#context, this.#ice.configuration, { session, about: "call", passive, patienceMs });
    const alive = () => this.#links.get(session) === link;
    this.#links.set(session, link);
    link.peer.onPhase.add((phase) => {
      if (phase === "connected") this.#lives.delete(session);
      if (alive()) store.update((state) => peerChanged(state, participant, { phase }));
    });
    link.peer.onStream.add((label, stream) =>
      this.#streams.follow(stream, `call:${session}:${label}`, (told) => {
        const shown = label === "camera" || told.audio || told.video ? told : null;
        if (alive()) store.update((state) => peerChanged(state, participant, { [label]: shown }));
      }),
    );
    link.onDead.add(() => alive() && this.#renew(session));
    this.#uplink.add(link);
    const sent = this.#uplink.sent();
    link.peer.send(sent);
    if (!passive) link.peer.makeRoom(sent);
    store.update((state) => peerChanged(state, participant, { phase: "connecting", camera: null, screen: null }));
    return link;
  }

  /** @param {string} session */
  #renew(session) {
    if (this.#count(session) >= MOST_LIVES) return;
    this.#links.get(session)?.close(RENEWED);
    this.#drop(session);
    this.#reconcile();
  }

  /**
   * @param {string} session
   * @returns {number} how many connections to it have led nowhere since the last one that did not
   */
  #count(session) {
    const lives = (this.#lives.get(session) ?? 0) + 1;
    this.#lives.set(session, lives);
    return lives;
  }

  /** @param {string} session */
  #drop(session) {
    const { store } = this.#context;
    const link = this.#links.get(session);
    if (!link) return;
    this.#links.delete(session);
    this.#ahead.delete(session);
    link.close();
    this.#uplink.remove(link);
    this.#streams.removeAll(`call:${session}:`);
    store.update((state) => peerGone(state, session));
  }

  #closeAll() {
    for (const session of [...this.#links.keys()]) this.#drop(session);
    this.#lives.clear();
  }
}

/**
 * @param {import("../state/types.js").ClientState} state
 * @returns {{ phase: "out" | "joining" | "in", room: string }} the call of a room; one with a single person is none
 */
function meshOf({ call }) {
  return call.direct ? { phase: "out", room: "" } : call;
}

/**
 * @param {Record<string, Participant>} participants
 * @param {string} me
 * @returns {Map<string, Participant>}
 */
function callers(participants, me) {
  const others = Object.values(participants).filter(({ in_call, session }) => in_call && session !== me);
  return new Map(others.map((participant) => [participant.session, participant]));
}
