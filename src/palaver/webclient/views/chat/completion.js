// @ts-check
/**
 * What a word that is being written may become: `@an` a person who is here, `:ta` an emoji. Pure.
 * @module
 */
import { fold, shownName } from "../../state/keys.js";
import { tWord } from "../../texts/index.js";
import { EMOJI } from "./emoji.js";

/** @typedef {{ kind: "person" | "emoji", from: number, query: string }} Begun `from` is where `@` or `:` stands */
/** @typedef {{ handle: string, display_name: string }} Named */
/** @typedef {{ key: string, insert: string, name: string, note: string, sign: string }} Choice `sign` is the emoji; empty for people */

const MOST = 8;
const PERSON = /(?:^|[\s([{"'])@([^\s@<>]{0,32})$/u;
const SIGN = /(?:^|[\s([{"'])(:([\p{L}\p{N}_+-]{2,24}))$/u;
const WHOLE_SIGN = /(?:^|[\s([{"'])(:([\p{L}\p{N}_+-]{2,24}):)$/u;

/** @type {string[]} */
const ALL = Object.values(EMOJI).flat();

/**
 * @param {string} text
 * @param {number} caret
 * @returns {Begun | null} the word before the caret, if it asks for a choice
 */
export function begunAt(text, caret) {
  const before = text.slice(Math.max(0, caret - 40), caret);
  const person = PERSON.exec(before);
  if (person) return { kind: "person", from: caret - person[1].length - 1, query: person[1] };
  const sign = SIGN.exec(before);
  return sign ? { kind: "emoji", from: caret - sign[1].length, query: sign[2] } : null;
}

/**
 * @param {Named[]} people
 * @param {string} query
 * @returns {Choice[]} whose name begins so first, then those of whom a later word does
 */
export function peopleFor(people, query) {
  const wanted = fold(query);
  const rank = (/** @type {Named} */ person) => {
    const names = [fold(person.handle), fold(shownName(person))];
    if (names.some((name) => name.startsWith(wanted))) return 0;
    return names.some((name) => name.split(/[\s_.-]/).some((word) => word.startsWith(wanted))) ? 1 : 2;
  };
  return people
    .map((person) => ({ person, rank: rank(person) }))
    .filter((one) => one.rank < 2)
    .sort((one, other) => one.rank - other.rank || shownName(one.person).localeCompare(shownName(other.person)))
    .slice(0, MOST)
    .map(({ person: { handle, display_name } }) => ({
      key: `@${handle}`,
      insert: `@${handle} `,
      name: display_name || handle,
      note: display_name && display_name !== handle ? `@${handle}` : "",
      sign: "",
    }));
}

/**
 * @param {string} query
 * @returns {Choice[]}
 */
export function emojiFor(query) {
  const wanted = query.toLowerCase();
  return ALL.map((sign) => {
    const words = tWord("emoji", sign).split(" ");
    return { sign, word: words.find((word) => word.startsWith(wanted)) ?? "", first: words[0].startsWith(wanted) };
  })
    .filter(({ word }) => word)
    .sort((one, other) => Number(other.first) - Number(one.first))
    .slice(0, MOST)
    .map(({ sign, word }) => ({ key: sign, insert: `${sign} `, name: `:${word}:`, note: "", sign }));
}

/**
 * Puts the emoji in place of a whole `:word:` before the caret.
 * @param {string} text
 * @param {number} caret
 * @returns {{ text: string, caret: number } | null} null where there is none
 */
export function withSign(text, caret) {
  const whole = WHOLE_SIGN.exec(text.slice(Math.max(0, caret - 40), caret));
  const sign = whole && ALL.find((one) => tWord("emoji", one).split(" ").includes(whole[2].toLowerCase()));
  if (!whole || !sign) return null;
  const from = caret - whole[1].length;
  return { text: text.slice(0, from) + sign + text.slice(caret), caret: from + sign.length };
}
