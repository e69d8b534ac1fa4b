// @ts-check
/**
 * Names of files as somebody else's client gives them.
 * @module
 */

/** In a name they are not seen, and some show the end of it, which says what a file is, in its midst. Joiners make signs out of signs. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

/**
 * @param {unknown} said
 * @returns {string} what of it is seen; empty where it is no text
 */
export function seenName(said) {
  return typeof said === "string" ? said.replace(UNSEEN, "") : "";
}
