// @ts-nocheck
/** Away by oneself, never to be disturbed, and what of it others may still say; and a screen that stays on. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { directKey } from "../../src/palaver/webclient/state/keys.js";
import { newRoom } from "../../src/palaver/webclient/state/room.js";
import { Store } from "../../src/palaver/webclient/state/store.js";
import { messagePosted } from "../../src/palaver/webclient/state/threads.js";
import { placeText } from "../../src/palaver/webclient/views/chat/place.js";
import { IDLE_MS, watchStanding } from "../../src/palaver/webclient/views/effects/standing.js";
import { watchWaking } from "../../src/palaver/webclient/views/effects/waking.js";
import { FakeClock, settle } from "./fakes.js";

const person = (session, more = {}) => ({ session, handle: session, display_name: "", user: null, status: "online", dnd: false, operator: false, ...more });

function seated(you, ...others) {
  const everybody = Object.fromEntries([you, ...others].map((one) => [one.session, one]));
  const me = { session: you.session, name: you.handle, display_name: "", user: null, operator: false, default_room: "lobby", former: [] };
  return { ...initialState(), me, rooms: { lobby: { ...newRoom("lobby"), phase: "joined", you: you.session, participants: everybody } } };
}

function world(state) {
  const store = new Store(state);
  const asked = [];
  const actions = {
    setStatus: async (changes) => {
      asked.push(changes);
      store.update((now) => seated({ ...now.rooms.lobby.participants.ana, ...changes }));
    },
    saveSettings: (changes) => store.update((now) => ({ ...now, settings: { ...now.settings, ...changes } })),
  };
  return { client: { store, actions }, asked };
}

test("whoever touches nothing for five minutes is away, and back with the first touch", () => {
  const clock = new FakeClock();
  const page = new EventTarget();
  const it = world(seated(person("ana")));
  watchStanding(it, { page, clock });
  clock.advance(IDLE_MS - 1000);
  page.dispatchEvent(new Event("keydown"));
  clock.advance(IDLE_MS - 1);
  assert.deepEqual(it.asked, []);
  clock.advance(1);
  assert.deepEqual(it.asked, [{ status: "away" }]);
  page.dispatchEvent(new Event("pointermove"));
  assert.deepEqual(it.asked.at(-1), { status: "online" });
});

test("a status of one's own choice stays", () => {
  const clock = new FakeClock();
  const page = new EventTarget();
  const it = world(seated(person("ana", { status: "busy" })));
  watchStanding(it, { page, clock });
  clock.advance(2 * IDLE_MS);
  page.dispatchEvent(new Event("keydown"));
  assert.deepEqual(it.asked, []);
});

test("whoever asked not to be disturbed says so in every new seat", () => {
  const it = world({ ...seated(person("ana")), rooms: {} });
  it.client.actions.saveSettings({ view: { dnd: true } });
  watchStanding(it, { page: new EventTarget(), clock: new FakeClock() });
  it.client.store.update((state) => ({ ...state, rooms: seated(person("ana")).rooms }));
  assert.deepEqual(it.asked, [{ dnd: true }]);
});

test("unsolicited direct messages are not shown, but those of open conversations and of operators are", () => {
  const [ana, bob, olga] = [person("ana", { dnd: true }), person("bob"), person("olga", { operator: true })];
  const state = seated(ana, bob, olga);
  const said = (author, id) => ({ id, author, place: { in: "direct", to: ana }, text: "hello", sent_ms: 1, edited_ms: 0, reply_to: null, attachments: [], reactions: [], nonce: "" });
  assert.equal(messagePosted(state, said(bob, 1)), state);
  assert.equal(messagePosted(state, said(olga, 2)).threads[directKey(olga)].unread, 1);
  const mine = messagePosted(state, { ...said(ana, 3), place: { in: "direct", to: bob } });
  assert.equal(messagePosted(mine, said(bob, 4)).threads[directKey(bob)].unread, 1);
  const open = seated({ ...ana, dnd: false }, bob);
  assert.equal(messagePosted(open, said(bob, 5)).threads[directKey(bob)].unread, 1);
});

test("a place is a link to a map, as exact as was asked for", () => {
  const found = { latitude: 48.137154, longitude: -11.576124 };
  assert.equal(placeText(found, true, "I am here:"), "📍 I am here: [48.14, -11.58](https://www.openstreetmap.org/?mlat=48.14&mlon=-11.58#map=12/48.14/-11.58)");
  assert.match(placeText(found, false, ""), /^📍 \[48\.13715, -11\.57612\]/);
});

test("the screen stays on while one is in a call and the page is in sight", async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const locks = [];
  const request = async () => {
    const lock = Object.assign(new EventTarget(), { on: true, release: async () => ((lock.on = false), lock.dispatchEvent(new Event("release"))) });
    locks.push(lock);
    return lock;
  };
  const { client } = world(seated(person("ana")));
  watchWaking({ client }, { page, locks: { request } });
  const call = (phase) => client.store.update((state) => ({ ...state, call: { ...state.call, phase } }));
  const held = async () => (await settle(), locks.map(({ on }) => on));
  const see = (visibilityState) => (Object.assign(page, { visibilityState }), page.dispatchEvent(new Event("visibilitychange")));
  call("joining");
  call("in");
  assert.deepEqual(await held(), [true]);
  see("hidden");
  locks[0].release(); // as browsers do
  assert.deepEqual(await held(), [false]);
  see("visible");
  assert.deepEqual(await held(), [false, true]);
  call("out");
  assert.deepEqual(await held(), [false, false]);
  call("in");
  call("out"); // while it is still asked for
  assert.deepEqual(await held(), [false, false, false]);
});
