// @ts-check
/** @module Whether a key belongs to a word that an input method is composing, as for Japanese: Enter takes the word then, and sends nothing. */

/**
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export function isComposing(event) {
  // Safari ends the composition before it tells of the Enter that ended it, and marks that one as of old (UI Events, §8.3).
  return event.isComposing || event.keyCode === 229;
}
