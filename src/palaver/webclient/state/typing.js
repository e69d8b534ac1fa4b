// @ts-check
/**
 * Who is writing where. Nobody writes longer than `TYPING_MS` without saying so again.
 * @module
 */

import { isMe, threadOf, withThread } from "./threads.js";

/** @typedef {import("./types.js").ClientState} ClientState */

export const TYPING_MS = 8_000;

/**
 * @param {ClientState} state
 * @param {{ place: import("../net/wire.js").Place, by: import("./types.js").Author, typing: boolean }} event
 * @param {number} now clock milliseconds
 * @returns {ClientState}
 */
export function typingChanged(state, { place, by, typing }, now) {
  if (isMe(state.me, by)) return state;
  return withThread(state, threadOf(state, place, by), (thread) => {
    const others = thread.typing.filter((person) => person.author.session !== by.session);
    if (!typing && others.length === thread.typing.length) return thread;
    return { ...thread, typing: typing ? [...others, { author: by, until: now + TYPING_MS }] : others };
  });
}

/**
 * @param {ClientState} state
 * @param {(person: import("./types.js").TypingPerson) => boolean} stays
 * @returns {ClientState}
 */
function onlyTyping(state, stays) {
  return Object.keys(state.threads).reduce(
    (after, key) =>
      withThread(after, key, (thread) =>
        thread.typing.every(stays) ? thread : { ...thread, typing: thread.typing.filter(stays) },
      ),
    state,
  );
}

/**
 * @param {ClientState} state
 * @param {number} now
 * @returns {ClientState}
 */
export function expireTyping(state, now) {
  return onlyTyping(state, (person) => person.until > now);
}

/**
 * @param {ClientState} state
 * @param {string} session of somebody who is gone
 * @returns {ClientState}
 */
export function stopTyping(state, session) {
  return onlyTyping(state, (person) => person.author.session !== session);
}

/**
 * When the next one stops; 0 for never.
 * @param {ClientState} state
 * @returns {number}
 */
export function nextExpiry(state) {
  let next = 0;
  for (const thread of Object.values(state.threads)) {
    for (const person of thread.typing) next = next === 0 ? person.until : Math.min(next, person.until);
  }
  return next;
}
