// @ts-check
/**
 * Messages that are looked for: by their number, with older ones fetched until it is there, and by words in what is there.
 * @module
 */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { plainText } from "./markdown.js";

/** @typedef {import("../hooks.js").World} World */
/** @typedef {import("../../state/types.js").MessageEntry} MessageEntry */

/** So many pages of older messages are fetched at most for one that is looked for. */
const MOST_PAGES = 40;

/**
 * Puts a message of a thread into sight.
 * @param {World} world
 * @param {string} thread
 * @param {number} id
 * @returns {Promise<boolean>} whether it is there
 */
export async function showMessage({ client, ui }, thread, id) {
  const found = await fetched(client, thread, id).catch(() => false);
  if (found) ui.set({ target: { thread, id } });
  else ui.toast(t("chat.not_found"));
  return found;
}

/**
 * @param {import("../../net/api.js").Client} client
 * @param {string} key
 * @param {number} id
 * @returns {Promise<boolean>}
 */
async function fetched(client, key, id) {
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const thread = client.store.get().threads[key];
    if (!thread || thread.messages.some((entry) => entry.id === id)) return !!thread;
    // Where older ones are there, it has been deleted or is none of one's own.
    if (!thread.more || (thread.messages[0]?.id ?? Infinity) < id) return false;
    if (thread.paging) await settled(client, key);
    else await client.actions.fetchOlder(key);
  }
  return false;
}

/**
 * @param {import("../../net/api.js").Client} client
 * @param {string} key
 * @returns {Promise<void>} when the page is there that is being fetched
 */
function settled({ store }, key) {
  return new Promise((resolve) => {
    const stop = store.subscribe((state) => {
      if (state.threads[key]?.paging) return;
      stop();
      resolve();
    });
  });
}

/** @typedef {{ entry: MessageEntry, text: string }} Found `text`: the words around the first place, for people */

const MOST_FOUND = 100;
const BEFORE = 40;
const EXCERPT = 200;

/**
 * @param {MessageEntry[]} messages
 * @param {string} words all of them have to be in a message, or in its author's name; small letters and accents make no difference
 * @returns {Found[]} newest first; the first hundred
 */
export function foundIn(messages, words) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  /** @type {Found[]} */
  const found = [];
  if (!wanted.length) return found;
  for (let at = messages.length - 1; at >= 0 && found.length < MOST_FOUND; at -= 1) {
    const entry = messages[at];
    if (entry.retracted || entry.id === 0) continue;
    const text = [plainText(entry.text), ...entry.attachments.map(({ name }) => name)].filter(Boolean).join(" ");
    const said = plain(text);
    const around = `${said} ${plain(shownName(entry.author))}`;
    if (!wanted.every((word) => around.includes(word))) continue;
    const places = wanted.map((word) => said.indexOf(word)).filter((place) => place >= 0);
    const from = Math.max(0, Math.min(...places, said.length) - BEFORE);
    const isCut = text.length > EXCERPT && from > 0 && places.length > 0;
    found.push({ entry, text: isCut ? `…${text.slice(from, from + EXCERPT)}` : text.slice(0, EXCERPT) });
  }
  return found;
}

/**
 * @param {string} text
 * @returns {string} as it is compared
 */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
