// @ts-check
/** @module Keys of the whole page: to another conversation, to the search, to the list of keys. Dialogs and menus have their own. */
import { preferenceOf } from "../hooks.js";
import { neighbour, showThread } from "../threads.js";

const COVERED = "dialog, [role=menu], [role=dialog], select";
const WRITING = "input, textarea, select, [contenteditable]";

/**
 * @param {import("../hooks.js").World} world
 * @param {EventTarget} [page] replaced in tests
 */
export function watchPageKeys(world, page = document) {
  const { client, ui } = world;
  page.addEventListener("keydown", (pressed) => {
    const event = /** @type {KeyboardEvent} */ (pressed);
    const target = /** @type {Element} */ (event.target);
    const state = client.store.get();
    if (state.rooms[ui.get().room]?.phase !== "joined" || event.isComposing || target.closest?.(COVERED)) return;
    const step = event.altKey && !event.ctrlKey && !event.metaKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
    if (step) {
      event.preventDefault();
      const key = neighbour(state, ui.get().room, step, event.shiftKey);
      if (key) showThread(world, key);
    } else if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === "f") {
      event.preventDefault();
      if (ui.get().reading) ui.set({ searching: !ui.get().searching });
    } else if (event.key === "?" && !event.ctrlKey && !event.metaKey && !target.closest?.(WRITING) && preferenceOf(state, "callKeys")) {
      event.preventDefault();
      ui.set({ dialog: { kind: "keys" } });
    }
  });
}
