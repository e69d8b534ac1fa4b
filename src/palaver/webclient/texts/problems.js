// @ts-check
/**
 * What the server says about a problem in an English sentence of its own, and the key of our text for it.
 * A sentence that is not known here is shown as it came.
 * @module
 */

/** @type {[RegExp, keyof typeof import("./en.js").en][]} */
const KNOWN = [
  [/^A name needs at least one visible/, "name.empty"],
  [/^That is too long:/, "name.too_long"],
  [/^A name cannot hold line breaks/, "name.forbidden_character"],
  [/^A name cannot hold < or >/, "name.markup"],
  [/^A name cannot begin with @/, "name.leading_at"],
  [/^A name cannot pile up/, "name.stacked_marks"],
  [/^That name is reserved/, "name.reserved"],
  [/^Too many people have that name/, "name.no_free_name"],
  [/^it is not on\b/, "closed.off"],
  [/^its owner asks viewers/, "closed.mutual"],
  [/^it is for VIPs/, "closed.vip"],
  [/^its owner does not let you/, "closed.unwanted"],
  [/^you may not watch video/, "closed.no_video"],
  [/^it was not opened/, "closed.unopened"],
];

/**
 * @param {string} sentence
 * @returns {keyof typeof import("./en.js").en | undefined}
 */
export function problemKey(sentence) {
  return KNOWN.find(([pattern]) => pattern.test(sentence))?.[1];
}
