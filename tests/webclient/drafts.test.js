// @ts-nocheck
/** What was begun and not sent: there after a reload, and gone when it is sent, at the end, and for anybody else. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState } from "../../src/palaver/webclient/state/initial.js";
import { Store } from "../../src/palaver/webclient/state/store.js";
import { Drafts, watchDrafts } from "../../src/palaver/webclient/views/chat/drafts.js";
import { createUi } from "../../src/palaver/webclient/views/ui.js";

/** What a window keeps while its pages come and go. */
class FakeStorage extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => void this.set(key, value);
  removeItem = (key) => void this.delete(key);
}

/** A page of the window, in which somebody is by that name. */
function page(storage, name = "Ana") {
  const world = { client: { store: new Store(initialState()) }, ui: createUi(new Drafts(storage)) };
  watchDrafts(world);
  world.client.store.update((state) => ({ ...state, me: { name, user: null } }));
  const end = (reason) => world.client.store.update((state) => ({ ...state, connection: { ...state.connection, phase: "ended", reason } }));
  return { drafts: world.ui.drafts, end };
}

test("a page that is loaded anew has every conversation's own draft, and what it answers", () => {
  const storage = new FakeStorage();
  const { drafts } = page(storage);
  drafts.write("one", { text: "half a" });
  drafts.write("one", { text: "half a thought", reply: "17" });
  drafts.write("two", { text: "another" });
  drafts.write("two", { text: "" });
  const again = page(storage).drafts;
  assert.deepEqual([again.get("one"), again.get("two")], [{ text: "half a thought", reply: "17" }, { text: "", reply: "" }]);
  again.write("one", { text: "", reply: "" });
  assert.equal(storage.size, 0, "nothing is kept of what was sent");
});

test("whoever signs out leaves none, and whoever is thrown out finds it again", () => {
  for (const [reason, left] of [["left", ""], ["kicked", "half a thought"]]) {
    const storage = new FakeStorage();
    const { drafts, end } = page(storage);
    drafts.write("one", { text: "half a thought" });
    end(reason);
    assert.deepEqual([drafts.get("one").text, page(storage).drafts.get("one").text], [left, left], reason);
  }
});

test("somebody else in the same window finds none", () => {
  const storage = new FakeStorage();
  page(storage).drafts.write("one", { text: "half a thought" });
  assert.equal(page(storage, "Bob").drafts.get("one").text, "");
  assert.equal(storage.size, 0);
});

test("a window that keeps nothing, or keeps nonsense, has drafts as long as the page is there", () => {
  const full = { getItem: () => "[nonsense", setItem: () => assert.fail("full"), removeItem: () => assert.fail("full") };
  for (const storage of [undefined, full]) {
    const { drafts } = page(storage);
    drafts.write("one", { text: "half a thought" });
    assert.equal(drafts.get("one").text, "half a thought");
  }
});
