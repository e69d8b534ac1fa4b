// @ts-nocheck
/** Who asks to be let in: one note for each, under the name of now, until somebody decided. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { Store } from "../../src/palaver/webclient/state/store.js";
import { watchEvents } from "../../src/palaver/webclient/views/effects/alerts.js";

/** The page of one who runs the room; `notes` are the ones that stand on it. */
function host() {
  const notes = new Map();
  const listeners = [];
  let ids = 0;
  const ui = {
    get: () => ({ room: "lobby" }),
    subscribe: () => {},
    announce: () => {},
    toast: (text) => {
      notes.set((ids += 1), text);
      return ids;
    },
    dropToast: (id) => notes.delete(id),
  };
  watchEvents({ client: { store: new Store(initialState()), onEvent: (listener) => listeners.push(listener) }, ui });
  const hear = (event) => listeners.forEach((listener) => listener(event));
  const knocks = (session, handle) => hear({ type: "waiting_started", room: "lobby", participant: { session, handle, display_name: "" } });
  const decided = (session) => hear({ type: "waiting_ended", room: "lobby", session, admitted: true });
  return { notes: () => [...notes.values()].map((text) => text.split(" ")[0]), knocks, decided };
}

test("who takes another name while waiting has one note still, and none once let in", () => {
  const { notes, knocks, decided } = host();
  knocks("one", "Guest");
  knocks("two", "Cas");
  knocks("one", "Bob");
  assert.deepEqual(notes(), ["Cas", "Bob"]);
  decided("one");
  assert.deepEqual(notes(), ["Cas"]);
});
