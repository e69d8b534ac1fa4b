// @ts-nocheck
/** A small server for several clients in one room: rosters, calls, cameras and signals, as `palaver.v1` tells them. */
import { createClient } from "../../src/palaver/webclient/net/client.js";
import { FakeMediaDevices, FakePeerConnection, FakeStream } from "./fake_rtc.js";
import { FakeClock, FakeServer, seeded, settle } from "./fakes.js";

const NAMES = { a: "ana", b: "bob", c: "cleo", d: "dora", e: "emil", f: "fred" };

export class FakeRoom {
  clock = new FakeClock();
  people = new Map();
  /** Signals are held back for sessions named here. */
  deaf = new Set();
  signals = [];

  /** @param unlike what is different about this one's browser */
  async enter(letter, unlike = {}) {
    const session = letter.repeat(3);
    const server = new FakeServer();
    const devices = new FakeMediaDevices();
    const person = { session, server, devices, seat: { session, handle: NAMES[letter], joined_ms: 1, media: {}, in_call: false }, pcs: [] };
    this.people.set(session, person);
    const room = this;
    class OwnPeerConnection extends FakePeerConnection {
      constructor(configuration) {
        super(configuration);
        person.pcs.push(this);
      }
    }
    person.client = createClient({
      url: "ws://test/native/ws",
      clock: this.clock,
      platform: {
        WebSocket: server.WebSocket,
        RTCPeerConnection: OwnPeerConnection,
        mediaDevices: devices,
        newStream: (tracks) => new FakeStream(tracks),
        network: undefined,
        AudioContext: undefined,
        random: seeded(letter.charCodeAt(0)),
        ...unlike,
      },
    });
    this.#answerFor(person, room);
    await person.client.actions.identify({ name: person.seat.handle });
    await person.client.actions.join("lobby");
    this.tell({ type: "participant_joined", room: "lobby", participant: person.seat }, session);
    await settle();
    return person;
  }

  /** Somebody comes back as a new session, of which the others hear. */
  async adopt(person) {
    this.#answerFor(person, this);
    person.server.answers.set("resume", { code: "no_such_session" });
    this.tell({ type: "participant_joined", room: "lobby", participant: person.seat }, person.session);
    await settle();
  }

  tell(event, besides) {
    for (const person of this.people.values()) if (person.session !== besides) person.server.tell(event);
  }

  leave(person, reason = "lost") {
    this.people.delete(person.session);
    this.tell({ type: "participant_left", room: "lobby", session: person.session, handle: person.seat.handle, reason });
  }

  change(person, changes) {
    person.seat = { ...person.seat, ...changes };
    this.tell({ type: "participant_updated", room: "lobby", participant: person.seat });
  }

  #answerFor(person, room) {
    const { server, session } = person;
    const author = { session, handle: person.seat.handle };
    const done = { type: "done" };
    const when = (word, act) => server.answers.set(word, (ask) => act(ask) ?? done);
    when("identify", () => ({ type: "identified", session, resume_token: "t", resume_s: 30, name: author.handle, default_room: "lobby" }));
    when("resume", () => ({ type: "resumed", session, complete: true }));
    when("join_room", () => ({ type: "joined", snapshot: room.snapshot(person) }));
    when("join_call", () => room.change(person, { in_call: true }));
    when("leave_call", () => room.change(person, { in_call: false }));
    when("set_media", ({ type, ...changes }) => room.change(person, { media: { ...person.seat.media, ...changes } }));
    when("keepalive", () => undefined);
    when("fetch_history", () => ({ type: "history_page", messages: [] }));
    const owner = (ask) => room.people.get(ask.owner.session);
    when("open_camera", (ask) => {
      const other = owner(ask);
      if (!other?.seat.media.camera) return { code: "camera_closed", params: { reason: "it is not on." } };
      const opened = { type: "camera_opened", owner: { session: other.session, handle: other.seat.handle }, viewer: author };
      other.server.tell(opened);
      server.tell(opened);
    });
    when("watch", (ask) => owner(ask)?.server.tell({ type: "watch_started", viewer: author }));
    when("unwatch", (ask) => owner(ask)?.server.tell({ type: "watch_stopped", viewer: author }));
    when("send_signal", ({ to, signal, about }) => {
      room.signals.push({ from: session, to: to.session, signal, about });
      const other = room.people.get(to.session);
      if (!other) return { code: "no_such_participant" };
      if (room.deaf.has(to.session)) return done;
      const yields = session > to.session ? session : to.session;
      queueMicrotask(() => other.server.tell({ type: "signal_sent", sender: author, signal, yields, about }));
    });
  }

  snapshot(person) {
    return {
      room: { id: "lobby", channels: [{ id: "main" }] },
      you: person.seat,
      participants: [...this.people.values()].map(({ seat }) => seat),
      position: { epoch: "e1", seq: person.server.seq },
    };
  }

  offers(about) {
    return this.signals.filter((one) => one.signal.kind === "offer" && one.about === about).map(({ from, to }) => `${from}>${to}`);
  }
}

export const stateOf = (person) => person.client.store.get();
