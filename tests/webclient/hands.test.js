// @ts-nocheck
/** Raised hands: the order in which they are shown, and who is told how; and those who ask to be let in. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { handsUp, newRoom } from "../../src/palaver/webclient/state/room.js";
import { Store } from "../../src/palaver/webclient/state/store.js";
import { watchEvents } from "../../src/palaver/webclient/views/effects/alerts.js";
import { mayLowerHand } from "../../src/palaver/webclient/views/people/hands.js";

const seat = (session, more = {}) => ({ session, handle: session, display_name: "", user: null, role: "guest", operator: false, in_call: false, hand_raised_ms: 0, ...more });

test("hands are shown in the order in which they went up, and of two at once the lower session first", () => {
  const people = [seat("a"), seat("b", { hand_raised_ms: 9 }), seat("d", { hand_raised_ms: 5 }), seat("c", { hand_raised_ms: 5 })];
  assert.deepEqual(handsUp(people).map((one) => one.session), ["c", "d", "b"]);
});

test("a user with several windows is one of them, by the window that is in the call", () => {
  const ana = { user: "site:ana", hand_raised_ms: 5 };
  const people = [seat("a1", ana), seat("a2", { ...ana, in_call: true }), seat("b", { hand_raised_ms: 4 }), seat("c", { hand_raised_ms: 6 }), seat("a3", ana)];
  assert.deepEqual(handsUp(people).map((one) => one.session), ["b", "a2", "c"]);
});

test("who runs the room or the site lowers a hand that is up", () => {
  const up = seat("bob", { hand_raised_ms: 1 });
  for (const [more, may] of [[{}, false], [{ role: "moderator" }, true], [{ role: "host" }, true], [{ operator: true }, true]]) {
    assert.equal(mayLowerHand(seat("ana", more), up), may);
    assert.equal(mayLowerHand(seat("ana", more), seat("bob")), false);
  }
});

/** A page that listens, with `you` in a room beside others; what it says goes to `said`. */
function listening(you, others, call = "") {
  const room = { ...newRoom("lobby"), phase: "joined", you: you.session, participants: Object.fromEntries([you, ...others].map((one) => [one.session, one])) };
  const start = { ...initialState(), me: { session: you.session, name: you.handle, user: you.user, former: [] }, rooms: { lobby: room } };
  const store = new Store({ ...start, call: { ...start.call, phase: call ? "in" : "out", room: call } });
  const said = [];
  const notes = new Map();
  const toast = (text) => (said.push(text), notes.set(said.length, text), said.length);
  const ui = { get: () => ({ room: "lobby" }), subscribe: () => {}, announce: (text) => said.push(`aloud: ${text}`), toast, dropToast: (id) => notes.delete(id) };
  let tell = () => {};
  watchEvents({ client: { store, onEvent: (listener) => (tell = listener) }, ui });
  const waits = (...people) => {
    const before = store.get().rooms.lobby.waiting;
    const waiting = Object.fromEntries(people.map((one) => [one.session, one]));
    store.update((state) => ({ ...state, rooms: { lobby: { ...state.rooms.lobby, waiting } } }));
    for (const participant of people) {
      tell({ type: participant.session in before ? "waiting_updated" : "waiting_started", room: "lobby", participant });
    }
  };
  const change = (...seats) =>
    store.update((state) => {
      const participants = Object.assign({ ...state.rooms.lobby.participants }, ...seats.map((one) => ({ [one.session]: one })));
      return { ...state, rooms: { lobby: { ...state.rooms.lobby, participants } } };
    });
  change(you); // the room as it was found
  return { change, said, waits, notes: () => [...notes.values()] };
}

test("a hand is shown to who is in the call or runs the room, and read aloud to the others", () => {
  const bob = seat("bob", { hand_raised_ms: 7 });
  for (const [you, call, expected] of [
    [seat("ana"), "", "aloud: bob raised a hand."],
    [seat("ana"), "lobby", "bob raised a hand."],
    [seat("ana", { role: "host" }), "", "bob raised a hand."],
  ]) {
    const page = listening(you, [seat("bob")], call);
    page.change(bob);
    page.change({ ...bob, media: {} });
    page.change(seat("bob"));
    assert.deepEqual(page.said, [expected]);
  }
});

test("a user's hand is told once for all windows, and one's own is read aloud, whoever moves it", () => {
  const own = { user: "site:ana" };
  const page = listening(seat("desk", own), [seat("phone", own), seat("bob", { user: "site:bob" }), seat("bobs", { user: "site:bob" })]);
  page.change(seat("bob", { user: "site:bob", hand_raised_ms: 3 }));
  page.change(seat("bobs", { user: "site:bob", hand_raised_ms: 3 }));
  page.change(seat("phone", { ...own, hand_raised_ms: 4 }), seat("desk", { ...own, hand_raised_ms: 4 }));
  page.change(seat("desk", own));
  assert.deepEqual(page.said, ["aloud: bob raised a hand.", "aloud: Your hand is up.", "aloud: Your hand is down."]);
});

test("hands that were up when one came are no news", () => {
  const page = listening(seat("ana"), [seat("bob", { hand_raised_ms: 3 })]);
  page.change(seat("cas", { hand_raised_ms: 4 }));
  assert.deepEqual(page.said, []);
});

test("who changes their name while they wait is one note, under the new name, until nobody waits any more", () => {
  const page = listening(seat("ana", { role: "host" }), []);
  page.waits(seat("bob"));
  page.waits(seat("bob", { handle: "robert" }));
  assert.deepEqual(page.notes(), ["robert asks to be let in."]);
  page.waits();
  assert.deepEqual(page.notes(), []);
});
