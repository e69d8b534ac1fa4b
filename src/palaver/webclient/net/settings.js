// @ts-check
/**
 * What the person chose, kept on this machine. Storage that is full, forbidden or spoilt is as good as none.
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
 * @param {Storage | undefined} storage
 * @param {Settings} settings
 */
export function keepSettings(storage, settings) {
  try {
    storage?.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Private windows may have no room; the choice holds until the page is closed.
  }
}
