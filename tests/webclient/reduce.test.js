// @ts-nocheck
/** A snapshot and the events after it give what a fresh snapshot gives, whatever happens in between. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeFrame } from "../../src/palaver/webclient/net/protocol.js";
import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { channelKey } from "../../src/palaver/webclient/state/keys.js";
import { reduceEvent, reduceOutcome } from "../../src/palaver/webclient/state/reduce.js";
import { roomPhase, sortedRoster } from "../../src/palaver/webclient/state/room.js";
import { IDENTIFIED, seeded } from "./fakes.js";

const RUNS = 60;
const STEPS = 80;

/** A server's idea of one room, which tells every change. */
class ModelRoom {
  seq = 0;
  ids = 0;
  channels = [{ id: "main" }, { id: "side" }];
  title = "";
  messages = [];
  waiting = [];
  you = { session: "me", handle: "ana", joined_ms: 1 };
  participants = [this.you];

  constructor(random) {
    this.random = random;
  }

  one(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  author() {
    const { session, handle } = this.one(this.participants);
    return { session, handle };
  }

  step() {
    const moves = ["join", "leave", "update", "post", "post", "post", "edit", "retract", "react", "react", "wait", "renameWaiter", "decide", "settings"];
    const event = this[this.one(moves)]();
    return event && { event, epoch: "e", seq: (this.seq += 1 + Math.floor(this.random() * 3)) };
  }

  join() {
    const number = (this.ids += 1);
    const participant = { session: `s${number}`, handle: `guest ${number}`, joined_ms: number };
    this.participants = [...this.participants, participant];
    return { type: "participant_joined", room: "r", participant };
  }

  leave() {
    const gone = this.one(this.participants);
    if (gone.session === "me") return null;
    this.participants = this.participants.filter((one) => one !== gone);
    return { type: "participant_left", room: "r", session: gone.session, handle: gone.handle };
  }

  update() {
    const before = this.one(this.participants);
    const participant = { ...before, status: this.one(["away", "busy"]), media: { camera: this.random() < 0.5 }, in_call: this.random() < 0.5 };
    this.participants = this.participants.map((one) => (one === before ? participant : one));
    return { type: "participant_updated", room: "r", participant };
  }

  post() {
    const id = (this.ids += 1);
    const channel = this.one(this.channels).id;
    const message = { id, author: this.author(), place: { in: "channel", room: "r", channel }, text: `text ${id}`, sent_ms: id };
    this.messages = [...this.messages, message];
    return { type: "message_posted", message };
  }

  change(make) {
    if (this.messages.length === 0) return null;
    const before = this.one(this.messages);
    const after = make(before);
    this.messages = this.messages.flatMap((one) => (one === before ? (after ?? []) : one));
    return [before, after];
  }

  edit() {
    const changed = this.change((one) => ({ ...one, text: `${one.text}!`, edited_ms: this.ids }));
    return changed && { type: "message_edited", message: changed[1] };
  }

  retract() {
    const changed = this.change(() => null);
    return changed && { type: "message_retracted", message: changed[0].id, place: changed[0].place, by: this.author() };
  }

  react() {
    const [emoji, on, by] = [this.one(["+", "-"]), this.random() < 0.7, this.author()];
    const changed = this.change((one) => {
      const byEmoji = new Map((one.reactions ?? []).map((reaction) => [reaction.emoji, reaction.by]));
      const handles = (byEmoji.get(emoji) ?? []).filter((handle) => handle !== by.handle);
      if (on) handles.push(by.handle);
      if (handles.length > 0) byEmoji.set(emoji, handles);
      else byEmoji.delete(emoji);
      return { ...one, reactions: [...byEmoji].map(([name, people]) => ({ emoji: name, by: people })) };
    });
    return changed && { type: "reaction_changed", message: changed[0].id, place: changed[0].place, emoji, by, on };
  }

  wait() {
    const number = (this.ids += 1);
    const participant = { session: `w${number}`, handle: `waiter ${number}`, joined_ms: number };
    this.waiting = [...this.waiting, participant];
    return { type: "waiting_started", room: "r", participant };
  }

  renameWaiter() {
    if (this.waiting.length === 0) return null;
    const before = this.one(this.waiting);
    const participant = { ...before, display_name: `name ${(this.ids += 1)}` };
    this.waiting = this.waiting.map((one) => (one === before ? participant : one));
    return { type: "waiting_updated", room: "r", participant };
  }

  decide() {
    if (this.waiting.length === 0) return null;
    const gone = this.one(this.waiting);
    this.waiting = this.waiting.filter((one) => one !== gone);
    return { type: "waiting_ended", room: "r", session: gone.session, admitted: true };
  }

  settings() {
    this.title = `title ${(this.ids += 1)}`;
    if (this.channels.length < 4 && this.random() < 0.5) this.channels = [...this.channels, { id: `c${this.ids}` }];
    return { type: "room_updated", room: this.info() };
  }

  info() {
    return { id: "r", title: this.title, channels: this.channels };
  }

  snapshot() {
    const you = this.participants.find((one) => one.session === "me");
    const { participants, messages, waiting, seq } = this;
    return { room: this.info(), you, participants, messages, waiting, position: { epoch: "e", seq } };
  }
}

function arrived(model, state = initialState()) {
  const identified = decodeFrame(JSON.stringify({ reply: 1, outcome: { ...IDENTIFIED, session: "me" } }));
  const known = reduceOutcome(state, { type: "identify" }, identified.outcome);
  return seatedBy(known, model);
}

function seatedBy(state, model) {
  const joined = decodeFrame(JSON.stringify({ reply: 2, outcome: { type: "joined", snapshot: model.snapshot() } }));
  return reduceOutcome(state, { type: "join_room", room: "r" }, joined.outcome);
}

function heard(state, frame) {
  const { event, position } = decodeFrame(JSON.stringify(frame));
  return reduceEvent(state, event, position, 0);
}

/** What a snapshot can know: neither what was taken back, nor what is read. */
function visible(state) {
  const room = state.rooms.r;
  const threads = room.channels.map((key) => state.threads[key].messages.filter((entry) => !entry.retracted));
  return { info: room.info, roster: sortedRoster(room), waiting: room.waiting, channels: room.channels, threads };
}

test("snapshot + events = fresh snapshot", () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const model = new ModelRoom(seeded(seed));
    let state = arrived(model);
    for (let step = 0; step < STEPS; step += 1) {
      const frame = model.step();
      if (frame) state = heard(state, frame);
    }
    assert.deepEqual(visible(state), visible(arrived(model)), `seed ${seed}`);
  }
});

test("events that a snapshot already holds change nothing", () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const model = new ModelRoom(seeded(seed));
    const frames = [];
    for (let step = 0; step < STEPS; step += 1) frames.push(model.step());
    const state = arrived(model);
    assert.equal(frames.filter(Boolean).reduce(heard, state), state, `seed ${seed}`);
  }
});

test("a fresh snapshot mends whatever was missed", () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const model = new ModelRoom(seeded(seed));
    let state = arrived(model);
    for (let step = 0; step < STEPS; step += 1) {
      const frame = model.step();
      if (frame && model.random() < 0.5) state = heard(state, frame);
    }
    assert.deepEqual(visible(seatedBy(state, model)), visible(arrived(model)), `seed ${seed}`);
  }
});

test("hearing everything twice is hearing it once", () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const model = new ModelRoom(seeded(seed));
    let [once, twice] = [arrived(model), arrived(model)];
    for (let step = 0; step < STEPS; step += 1) {
      const frame = model.step();
      if (!frame) continue;
      once = heard(once, frame);
      twice = heard(heard(twice, frame), frame);
    }
    assert.deepEqual(visible(twice), visible(once), `seed ${seed}`);
  }
});

test("no state is ever changed in place", () => {
  const freeze = (value) => {
    if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
    Object.freeze(value);
    Object.values(value).forEach(freeze);
    return value;
  };
  const model = new ModelRoom(seeded(3));
  let state = freeze(arrived(model, freeze(initialState())));
  for (let step = 0; step < STEPS * 3; step += 1) {
    const frame = model.step();
    if (frame) state = freeze(heard(state, frame));
  }
});

test("a long thread lets go of its oldest messages, and knows that there are more", () => {
  const model = new ModelRoom(seeded(4));
  let state = arrived(model);
  for (let id = 1; id <= 1500; id += 1) {
    const message = { id, author: { session: "x", handle: "x" }, place: { in: "channel", room: "r", channel: "main" }, text: "t" };
    state = heard(state, { event: { type: "message_posted", message }, epoch: "e", seq: id });
  }
  const { messages, more } = state.threads[channelKey("r", "main")];
  assert.ok(messages.length <= 1000);
  assert.equal(messages.at(-1).id, 1500);
  assert.equal(more, true);
});

test("of many unread messages, each is looked through once for one's name", () => {
  const { normalize } = String.prototype;
  const model = new ModelRoom(seeded(4));
  let state = { ...arrived(model), attending: false };
  let looked = 0;
  String.prototype.normalize = function (...how) {
    looked += this.startsWith("news");
    return normalize.apply(this, how);
  };
  for (let id = 1; id <= 100; id += 1) {
    const message = { id, author: { session: "x", handle: "x" }, place: { in: "channel", room: "r", channel: "main" }, text: id % 10 ? "news" : "news for @ana" };
    state = heard(state, { event: { type: "message_posted", message }, epoch: "e", seq: id });
  }
  String.prototype.normalize = normalize;
  const { unread, mentions } = state.threads[channelKey("r", "main")];
  assert.deepEqual([unread, mentions, looked], [100, 10, 100]);
});

test("whose seat was taken away is told by whom, why and until when; coming back forgets it", () => {
  const model = new ModelRoom(seeded(5));
  const seat = arrived(model);
  const gone = { type: "participant_left", room: "r", session: "me", handle: "ana", reason: "kicked", by: "bob", text: "Too loud", until_ms: 9 };
  const kicked = heard(seat, { event: gone, epoch: "e", seq: 1e6 });
  assert.deepEqual([kicked.rooms.r.phase, kicked.rooms.r.reason, kicked.rooms.r.farewell], ["left", "kicked", { by: "bob", text: "Too loud", until_ms: 9 }]);
  assert.equal(arrived(model, kicked).rooms.r.farewell, null);
  const { by: _by, text: _text, until_ms: _until, ...plain } = gone;
  assert.equal(heard(seat, { event: { ...plain, reason: "lost" }, epoch: "e", seq: 1e6 }).rooms.r.farewell, null);
});

for (const name of ["constructor", "toString", "__proto__"]) {
  test(`a room may be called ${name}`, () => {
    const begun = arrived(new ModelRoom(seeded(6)));
    assert.equal(initialState().rooms[name], undefined);
    assert.equal(begun.rooms[name], undefined);
    const asked = roomPhase(begun, name, { phase: "joining" });
    assert.deepEqual([asked.rooms[name].id, asked.rooms[name].phase, asked.rooms[name].channels], [name, "joining", []]);
    assert.deepEqual(Object.keys(asked.rooms), ["r", name]);
  });
}
