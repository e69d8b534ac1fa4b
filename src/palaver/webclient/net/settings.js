// @ts-check
/**
 * What the person chose, kept on this machine and the same in all its windows. Storage that is full, forbidden or spoilt is as good as none.
 * @module
 */

import { DEFAULT_SETTINGS } from "../state/initial.js";

/** @typedef {import("../state/types.js").Settings} Settings */
/** @typedef {import("./api.js").Storage} Storage */

const KEY = "palaver.settings";

/**
 * @param {Storage | undefined} storage
 * @returns {Settings}
 */
export function loadSettings(storage) {
  try {
    const kept = JSON.parse(storage?.getItem(KEY) ?? "{}");
    const known = Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [
      name,
      typeof kept[name] === typeof value && kept[name] !== null ? kept[name] : value,
    ]);
    return Object.fromEntries(known);
  } catch {
    return DEFAULT_SETTINGS;
  }
}

/**
 * Keeps what is chosen, and takes over what another window kept, which the next choice here would undo.
 * @param {import("./context.js").Context["store"]} store
 * @param {Storage | undefined} storage
 * @param {EventTarget | undefined} network the window
 * @returns {() => void} ends it
 */
export function shareSettings(store, storage, network) {
  /** @type {Settings | null} */
  let theirs = null;
  const stop = store.subscribe(({ settings }, before) => {
    if (settings !== before.settings && settings !== theirs) keepSettings(storage, settings);
  });
  const told = (/** @type {Event} */ event) => {
    if (/** @type {StorageEvent} */ (event).key !== KEY) return;
    const settings = (theirs = loadSettings(storage));
    store.update((state) => ({ ...state, settings }));
  };
  network?.addEventListener("storage", told);
  return () => {
    stop();
    network?.removeEventListener("storage", told);
  };
}

/**
 * @param {Storage | undefined} storage
 * @param {Settings} settings
 */
function keepSettings(storage, settings) {
  try {
    storage?.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Private windows may have no room; the choice holds until the page is closed.
  }
}
