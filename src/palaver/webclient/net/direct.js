// @ts-check
/**
 * A call with one person, outside the call of any room: who rings whom, and the peer connection between the two.
 *
 * Its signals have an empty `about`. The caller rings and offers; clients of other wires only offer. Nothing is answered,
 * and nobody's address is told, until the call is accepted. `hangup` ends it at any time, with the reasons that Spreed's
 * clients know: `busy`, `reject`, `pickuptimeout`, `abort`.
 * @module
 */

import { callChanged, peerChanged, peerGone } from "../state/calls.js";
import { noticed } from "../state/notices.js";
import { Link } from "./link.js";
import { refusedHere } from "./protocol.js";
import { hangUp } from "./rings.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").SignalSent} SignalSent */
/** @typedef {import("../state/types.js").Author} Author */
/** @typedef {{ camera?: boolean, microphone?: boolean }} Start */

/** The caller gives up a little later than the one who is rung. */
export const CALLS_MS = 45_000;
/** A connection that was accepted has to come about in what is left of this. */
const LIVES_MS = CALLS_MS + 20_000;

export class Direct {
  #context;
  #media;
  #uplink;
  #ice;
  #streams;
  #rings;
  /** @type {Link | null} */
  #link = null;
  /** @type {any} */
  #timer = null;
  /** @type {() => Promise<void>} */
  #mediaAsBefore = async () => undefined;

  /**
   * @param {Context} context
   * @param {{ media: import("./media.js").Media, uplink: import("./uplink.js").Uplink, ice: import("./ice.js").Ice, streams: import("./streams.js").Streams, rings: import("./rings.js").Rings }} tools
   */
  constructor(context, { media, uplink, ice, streams, rings }) {
    this.#context = context;
    this.#media = media;
    this.#uplink = uplink;
    this.#ice = ice;
    this.#streams = streams;
    this.#rings = rings;
    uplink.onSent.add(() => this.#link?.peer.send(uplink.sent()));
    ice.onServers.add((servers) => this.#link?.peer.useServers(servers));
    context.connection.onEvent.add((event) => {
      if (event.type === "signal_sent" && event.about === "") this.#hear(event);
      if (event.type === "participant_left") this.#left(event);
    });
    context.store.subscribe((state, before) => {
      if (before.call.direct && !state.call.direct) this.#drop();
    });
  }

  /**
   * @param {string} session
   * @param {Start} [start]
   * @returns {Promise<void>} settled when it rings there; rejected where it cannot
   */
  async call(session, start) {
    const { store, connection, platform } = this.#context;
    const person = Object.values(store.get().rooms).map((room) => room.participants[session]).find(Boolean);
    if (!platform.RTCPeerConnection) throw refusedHere("no_calls_here");
    if (!person) throw refusedHere("not_connected");
    if (this.#rings.who(session)) return this.accept(session, start);
    const goesOn = await this.#enter(person, "calling", start);
    if (!goesOn()) return undefined;
    try {
      await connection.ask({ type: "send_signal", to: { by: "session", session }, signal: { kind: "ring" } });
    } catch (error) {
      if (goesOn()) await this.#end({});
      throw error;
    }
    if (goesOn()) this.#begin(person);
    return undefined;
  }

  /**
   * @param {string} session
   * @param {Start} [start]
   * @returns {Promise<void>}
   */
  async accept(session, start) {
    const person = this.#rings.who(session);
    if (!person) return;
    const goesOn = await this.#enter(person, "connecting", start);
    if (goesOn()) this.#begin(person);
  }

  /** @returns {Promise<void>} */
  async hangUp() {
    const { direct } = this.#context.store.get().call;
    if (direct) await this.#end({ say: direct.phase === "calling" ? "abort" : "" });
  }

  /** The session is live again. @param {boolean} isNew the other one knows nothing of it then */
  back(isNew) {
    if (isNew) {
      this.#rings.clear();
      void this.#end({ note: "failed" });
    }
    this.#link?.peer.resync();
  }

  /**
   * @param {string} session
   * @returns {Link | undefined}
   */
  link(session) {
    return this.#link?.session === session ? this.#link : undefined;
  }

  #person() {
    return this.#context.store.get().call.direct?.person.session ?? "";
  }

  /**
   * @param {Author} person
   * @param {"calling" | "connecting"} phase
   * @param {Start} [start]
   * @returns {Promise<() => boolean>} whether it is still this call, until it begins: the browser may ask for a microphone for so long
   *   that somebody has hung up, and called again
   */
  async #enter(person, phase, { camera = false, microphone = true } = {}) {
    const { store } = this.#context;
    this.#mediaAsBefore = this.#media.remembered();
    const direct = { person, phase };
    store.update((state) => peerChanged(callChanged(state, { phase: "in", room: "", direct }), person, { phase }));
    this.#rings.answered(person.session);
    await this.#media.set({ ...(microphone && { microphone }), ...(camera && { camera }) }).catch(() => undefined);
    return () => store.get().call.direct === direct;
  }

  /** @param {Author} person */
  #begin(person) {
    const { store, clock } = this.#context;
    const { session } = person;
    const early = this.#rings.take(session);
    const offered = early.some(({ signal }) => signal.kind === "offer");
    const link = new Link(this.#context, this.#ice.configuration, { session, about: "", passive: offered, patienceMs: LIVES_MS });
    this.#link = link;
    const alive = () => this.#link === link;
    link.peer.onPhase.add((phase) => {
      if (alive() && !(phase === "connecting" && !link.peer.answered)) this.#moved(person, phase);
    });
    link.peer.onStream.add((label, stream) =>
      this.#streams.follow(stream, `direct:${session}:${label}`, (told) => {
        const shown = label === "camera" || told.audio || told.video ? told : null;
        if (alive()) store.update((state) => peerChanged(state, person, { [label]: shown }));
      }),
    );
    link.onDead.add(() => void (alive() && this.#end({ say: "failed", note: "failed" })));
    this.#uplink.add(link);
    const sent = this.#uplink.sent();
    link.peer.send(sent);
    if (!offered) {
      link.peer.makeRoom(sent);
      this.#timer = clock.setTimeout(() => void (alive() && !link.peer.answered && this.#end({ say: "pickuptimeout", note: "pickuptimeout" })), CALLS_MS);
    }
    for (const event of early) void link.receive(event);
  }

  /**
   * @param {Author} person
   * @param {import("./peer.js").Phase} phase
   */
  #moved(person, phase) {
    const { store } = this.#context;
    if (phase === "connected") store.update((state) => callChanged(state, { phase: "in", direct: { person, phase: "connected" } }));
    store.update((state) => peerChanged(state, person, { phase }));
  }

  /** @param {SignalSent} event */
  #hear(event) {
    const { signal, sender } = event;
    const { session } = sender;
    if (this.#link?.session === session) return this.#within(event, this.#link);
    if (signal.kind === "hangup" && this.#person() === session) return void this.#end({ note: signal.reason || "over" });
    return this.#rings.hear(event);
  }

  /**
   * @param {SignalSent} event
   * @param {Link} link
   */
  #within(event, link) {
    const { signal, sender } = event;
    if (signal.kind === "hangup") return void this.#end({ note: signal.reason || "over" });
    if (signal.kind === "ring") return undefined;
    if (!link.fits(signal)) {
      // The other page began anew: so does the connection.
      if (signal.kind !== "offer") return undefined;
      this.#drop();
      this.#rings.hear(event);
      return this.#begin(sender);
    }
    void link.receive(event);
    if (signal.kind !== "candidate" && this.#context.store.get().call.direct?.phase === "calling") {
      const { store } = this.#context;
      store.update((state) => callChanged(state, { phase: "in", direct: { person: sender, phase: "connecting" } }));
      store.update((state) => peerChanged(state, sender, { phase: "connecting" }));
    }
    return undefined;
  }

  /** @param {{ session: string, reason: string }} event */
  #left({ session, reason }) {
    if (Object.values(this.#context.store.get().rooms).some((room) => room.participants[session])) return;
    this.#rings.missed(session);
    // Media may outlive a seat that was left or lost; where it does not, the connection says so.
    const stays = this.#context.store.get().call.direct?.phase === "connected" && (reason === "left" || reason === "lost");
    if (this.#person() === session && !stays) void this.#end({ note: "left" });
  }

  /** @param {{ say?: string, note?: string }} how `say`: the reason for the other one, who is told; `note`: for oneself, who did not end it */
  async #end({ say, note }) {
    const { store } = this.#context;
    const { direct } = store.get().call;
    if (!direct) return;
    const { person } = direct;
    if (say !== undefined) hangUp(this.#context, person.session, say);
    store.update((state) => callChanged(state, { phase: "out" }));
    const freed = this.#mediaAsBefore();
    if (note) store.update((state) => noticed(state, { kind: "call_ended", person, text: note }));
    await freed;
  }

  #drop() {
    const link = this.#link;
    this.#context.clock.clearTimeout(this.#timer);
    if (!link) return;
    this.#link = null;
    link.close();
    this.#uplink.remove(link);
    this.#streams.removeAll(`direct:${link.session}:`);
    this.#context.store.update((state) => peerGone(state, link.session));
  }
}
