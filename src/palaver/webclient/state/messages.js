// @ts-check
/**
 * The messages of one thread: kept in the order of their ids, each once, with those on their way at the end.
 * Nothing here knows which thread it is, or who has read what.
 * @module
 */

/** @typedef {import("./types.js").MessageEntry} MessageEntry */
/** @typedef {import("../net/wire.js").Message} Message */
/** @typedef {import("../net/wire.js").Refusal} Refusal */

/** Older ones are let go of, and can be fetched again. */
export const MAX_KEPT = 1000;
const LET_GO = 200;

/**
 * @param {Message} message
 * @param {boolean} mine
 * @returns {MessageEntry}
 */
export function entryOf(message, mine) {
  return {
    ...message,
    key: mine && message.nonce ? message.nonce : String(message.id),
    state: "sent",
    refusal: null,
    mine,
    retracted: false,
    retractedBy: "",
    receipt: "",
  };
}

/**
 * A message that was told: new, or the server's copy of one on its way.
 * @param {MessageEntry[]} entries
 * @param {Message} message
 * @param {boolean} mine
 * @returns {MessageEntry[]}
 */
export function withMessage(entries, message, mine) {
  const known = entries.find((entry) => entry.id === message.id);
  if (known) return replaced(entries, { ...entryOf(message, mine), key: known.key, receipt: known.receipt });
  const rest = mine && message.nonce ? entries.filter((entry) => entry.nonce !== message.nonce) : entries;
  return inserted(rest, entryOf(message, mine));
}

/**
 * The server's answer to a post: it has this id now.
 * @param {MessageEntry[]} entries
 * @param {string} nonce
 * @param {{ message: number, sent_ms: number }} posted
 * @returns {MessageEntry[]}
 */
export function settled(entries, nonce, posted) {
  const entry = entries.find((candidate) => candidate.nonce === nonce && candidate.id === 0);
  if (!entry) return entries;
  const rest = entries.filter((candidate) => candidate !== entry);
  if (rest.some((candidate) => candidate.id === posted.message)) return rest;
  return inserted(rest, { ...entry, id: posted.message, sent_ms: posted.sent_ms, state: "sent", refusal: null });
}

/**
 * The fate of a message on its way: refused, being sent again, or (undefined) forgotten.
 * @param {MessageEntry[]} entries
 * @param {string} key
 * @param {{ state: "failed" | "sending", refusal: Refusal | null } | undefined} fate
 * @returns {MessageEntry[]}
 */
export function withFate(entries, key, fate) {
  const isIt = (/** @type {MessageEntry} */ entry) => entry.key === key && entry.id === 0;
  if (!fate) return entries.filter((entry) => !isIt(entry));
  return entries.map((entry) => (isIt(entry) ? { ...entry, ...fate } : entry));
}

/**
 * @param {MessageEntry[]} entries
 * @param {Message} message
 * @returns {MessageEntry[]}
 */
export function edited(entries, message) {
  return changed(entries, message.id, (entry) =>
    entry.retracted ? entry : { ...entry, text: message.text, edited_ms: message.edited_ms },
  );
}

/**
 * @param {MessageEntry[]} entries
 * @param {number} id
 * @param {string} by handle
 * @returns {MessageEntry[]}
 */
export function retracted(entries, id, by) {
  return changed(entries, id, (entry) => ({
    ...entry,
    retracted: true,
    retractedBy: by,
    text: "",
    attachments: [],
    reactions: [],
  }));
}

/**
 * The same twice changes nothing; the order of emojis and people is the server's.
 * @param {MessageEntry[]} entries
 * @param {{ message: number, emoji: string, by: { handle: string }, on: boolean }} reaction
 * @returns {MessageEntry[]}
 */
export function reacted(entries, { message, emoji, by, on }) {
  return changed(entries, message, (entry) => {
    const before = entry.reactions.find((reaction) => reaction.emoji === emoji);
    const handles = (before?.by ?? []).filter((handle) => handle !== by.handle);
    if (on) handles.push(by.handle);
    const now = { emoji, by: handles };
    const reactions = before
      ? entry.reactions.map((reaction) => (reaction === before ? now : reaction))
      : [...entry.reactions, now];
    return { ...entry, reactions: reactions.filter((reaction) => reaction.by.length > 0) };
  });
}

/**
 * A receipt never goes back from seen to delivered.
 * @param {MessageEntry[]} entries
 * @param {number[]} ids
 * @param {"delivered" | "seen"} state
 * @returns {MessageEntry[]}
 */
export function marked(entries, ids, state) {
  const meant = new Set(ids);
  const moves = (/** @type {MessageEntry} */ entry) =>
    meant.has(entry.id) && entry.receipt !== "seen" && entry.receipt !== state;
  return entries.some(moves) ? entries.map((entry) => (moves(entry) ? { ...entry, receipt: state } : entry)) : entries;
}

/**
 * A page of history among what is known.
 * @param {MessageEntry[]} entries
 * @param {MessageEntry[]} page oldest first
 * @returns {MessageEntry[]}
 */
export function withPage(entries, page) {
  const known = new Set(entries.map((entry) => entry.id));
  const nonces = new Set(page.filter((entry) => entry.mine && entry.nonce).map((entry) => entry.nonce));
  const rest = entries.filter((entry) => entry.id !== 0 || !nonces.has(entry.nonce));
  const added = page.filter((entry) => !known.has(entry.id));
  const sent = [...rest.filter((entry) => entry.id !== 0), ...added].sort((one, other) => one.id - other.id);
  return [...sent, ...rest.filter((entry) => entry.id === 0)];
}

/**
 * The newest messages as the server has them now, after something may have been missed. What is older stays only where
 * no hole can lie between.
 * @param {MessageEntry[]} entries
 * @param {MessageEntry[]} newest oldest first
 * @param {boolean} whole they are all there are
 * @returns {{ entries: MessageEntry[], older: number }} `older`: how many of the older ones stayed
 */
export function refreshed(entries, newest, whole) {
  if (newest.length === 0 && !whole) return { entries, older: entries.length };
  const first = newest[0]?.id ?? Infinity;
  const sent = entries.filter((entry) => entry.id !== 0);
  const overlaps = !whole && sent.some((entry) => entry.id >= first);
  const older = overlaps ? sent.filter((entry) => entry.id < first) : [];
  const byId = new Map(sent.map((entry) => [entry.id, entry]));
  const current = newest.map((entry) => {
    const known = byId.get(entry.id);
    return known ? { ...entry, key: known.key, receipt: known.receipt } : entry;
  });
  const nonces = new Set(newest.filter((entry) => entry.mine).map((entry) => entry.nonce));
  const pending = entries.filter((entry) => entry.id === 0 && !nonces.has(entry.nonce));
  return { entries: [...older, ...current, ...pending], older: older.length };
}

/**
 * @param {MessageEntry[]} entries
 * @param {MessageEntry} entry
 * @returns {MessageEntry[]}
 */
function inserted(entries, entry) {
  let at = entries.length;
  while (at > 0 && (entries[at - 1].id === 0 || entries[at - 1].id > entry.id)) at -= 1;
  const from = entries.length >= MAX_KEPT && at > LET_GO ? LET_GO : 0;
  return [...entries.slice(from, at), entry, ...entries.slice(at)];
}

/**
 * @param {MessageEntry[]} entries
 * @param {MessageEntry} entry
 * @returns {MessageEntry[]}
 */
function replaced(entries, entry) {
  return changed(entries, entry.id, (known) => (known.retracted ? known : entry));
}

/**
 * @param {MessageEntry[]} entries
 * @param {number} id
 * @param {(entry: MessageEntry) => MessageEntry} change
 * @returns {MessageEntry[]}
 */
function changed(entries, id, change) {
  const at = entries.findIndex((entry) => entry.id === id);
  return at < 0 ? entries : entries.with(at, change(entries[at]));
}
