// @ts-nocheck
/** Muted conversations: nothing is heard or asks to be read, but where one is mentioned by name in a channel. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { channelKey, directKey } from "../../src/palaver/webclient/state/keys.js";
import { newRoom } from "../../src/palaver/webclient/state/room.js";
import { Store } from "../../src/palaver/webclient/state/store.js";
import { messagePosted, newChannelThread } from "../../src/palaver/webclient/state/threads.js";
import { watchEvents } from "../../src/palaver/webclient/views/effects/alerts.js";
import { isQuiet, toggleQuiet, urgentIn } from "../../src/palaver/webclient/views/quiet.js";
import { neighbour } from "../../src/palaver/webclient/views/threads.js";

const BOB = { session: "bob", handle: "bob", display_name: "", user: null };
const NEWS = channelKey("lobby", "news");
const WITH_BOB = directKey(BOB);
let ids = 0;
const post = (text, place) => ({ type: "message_posted", message: { id: (ids += 1), author: BOB, place, text, sent_ms: ids, edited_ms: 0, reply_to: null, attachments: [], reactions: [], nonce: "" } });
const inNews = (text) => post(text, { in: "channel", room: "lobby", channel: "news" });
const toAna = (text) => post(text, { in: "direct", to: { session: "ana", handle: "ana", display_name: "", user: null } });

/** Ana's page, of which nobody looks at the channel `news`; `shown` has what the desktop shows. */
function page() {
  const room = { ...newRoom("lobby"), phase: "joined", you: "ana", info: { channels: [{ id: "main" }, { id: "news" }] }, channels: [channelKey("lobby", "main"), NEWS], participants: { ana: { ...BOB, session: "ana", handle: "ana" }, bob: BOB } };
  const start = initialState();
  const me = { session: "ana", name: "ana", display_name: "", user: null, former: [] };
  const threads = Object.fromEntries(["main", "news"].map((channel) => [channelKey("lobby", channel), newChannelThread("lobby", channel)]));
  const store = new Store({ ...start, me, rooms: { lobby: room }, threads, openThread: channelKey("lobby", "main"), attending: false, settings: { ...start.settings, notifications: true } });
  const listeners = [];
  const actions = { saveSettings: (changes) => store.update((state) => ({ ...state, settings: { ...state.settings, ...changes } })) };
  const client = { store, actions, onEvent: (listener) => listeners.push(listener) };
  const aloud = [];
  const shown = [];
  globalThis.Notification = class {
    static permission = "granted";
    constructor(title, { body }) {
      shown.push(body);
    }
  };
  watchEvents({ client, ui: { get: () => ({ room: "lobby" }), subscribe: () => {}, announce: (text) => aloud.push(text), toast: () => 0 } });
  const hear = (event) => {
    store.update((state) => messagePosted(state, event.message));
    for (const listener of listeners) listener(event);
  };
  const urgent = (key) => urgentIn(store.get(), store.get().threads[key]);
  return { client, store, hear, urgent, aloud, shown };
}

test("a muted channel is silent until one is mentioned by name; what is unread is counted all the same", () => {
  const { client, store, hear, urgent, aloud, shown } = page();
  toggleQuiet(client, NEWS);
  hear(inNews("hello all"));
  assert.deepEqual([store.get().threads[NEWS].unread, urgent(NEWS)], [1, 0]);
  assert.equal(neighbour(store.get(), "lobby", 1, true), "", "the keys to what is unread pass it by");
  hear(inNews("ana, look"));
  assert.deepEqual([store.get().threads[NEWS].unread, urgent(NEWS)], [2, 1]);
  assert.deepEqual([aloud, shown], [["bob: ana, look"], ["ana, look"]]);
  toggleQuiet(client, NEWS);
  assert.deepEqual([isQuiet(store.get(), NEWS), urgent(NEWS), neighbour(store.get(), "lobby", 1, true)], [false, 2, NEWS]);
});

test("a muted direct conversation is silent whatever is said, and one that is not is heard", () => {
  const { client, hear, urgent, aloud, shown } = page();
  hear(toAna("one"));
  assert.deepEqual([urgent(WITH_BOB), aloud, shown], [1, ["bob: one"], ["one"]]);
  toggleQuiet(client, WITH_BOB);
  hear(toAna("ana?"));
  assert.deepEqual([urgent(WITH_BOB), aloud, shown], [0, ["bob: one"], ["one"]]);
});
