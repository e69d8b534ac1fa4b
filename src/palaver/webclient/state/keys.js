// @ts-check
/**
 * Names of threads, and who somebody is across sessions. Keys are opaque to views.
 * @module
 */

/** @typedef {import("./types.js").Author} Author */

const DIVIDER = "\n"; // no name holds a line break

/**
 * The thread of a channel. An empty channel is the main one, which `mainChannel` names.
 * @param {string} room
 * @param {string} channel
 * @returns {string}
 */
export function channelKey(room, channel) {
  return ["channel", room, channel].join(DIVIDER);
}

/**
 * The thread of a direct conversation: with a user wherever signed in, or with whoever bears a guest's name.
 * @param {{ handle: string, user: string | null }} person
 * @returns {string}
 */
export function directKey(person) {
  return ["direct", personKey(person)].join(DIVIDER);
}

/**
 * Who somebody is across sessions.
 * @param {{ handle: string, user: string | null }} person
 * @returns {string}
 */
export function personKey(person) {
  return person.user ? `user:${person.user}` : `name:${fold(person.handle)}`;
}

/**
 * The key under which names are compared, as the server does it for all but exotic names.
 * @param {string} name
 * @returns {string}
 */
export function fold(name) {
  return name.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
}

/**
 * What to call somebody.
 * @param {{ handle: string, display_name: string }} person
 * @returns {string}
 */
export function shownName(person) {
  return person.display_name || person.handle;
}
