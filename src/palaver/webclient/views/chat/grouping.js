// @ts-check
/**
 * The rows of a conversation: messages, days between them, and the line before what is new.
 * @module
 */

/** @typedef {import("../../state/types.js").MessageEntry} MessageEntry */

/**
 * @typedef {{ kind: "day", key: string, ms: number } | { kind: "new", key: string }
 *   | { kind: "message", key: string, entry: MessageEntry, lead: boolean }} Row
 */

const GROUP_MS = 5 * 60_000;

/**
 * @param {MessageEntry[]} entries oldest first
 * @param {number} after id of the last message read before the new ones; 0 for no line
 * @returns {Row[]}
 */
export function rowsOf(entries, after) {
  /** @type {Row[]} */
  const rows = [];
  let day = "";
  let lined = after === 0;
  /** @type {MessageEntry | null} */
  let before = null;
  for (const entry of entries) {
    const itsDay = new Date(entry.sent_ms).toDateString();
    if (itsDay !== day) {
      rows.push({ kind: "day", key: `day ${itsDay}`, ms: entry.sent_ms });
      day = itsDay;
      before = null;
    }
    if (!lined && entry.id > after) {
      lined = true;
      if (!entry.mine) {
        rows.push({ kind: "new", key: "new" });
        before = null;
      }
    }
    rows.push({ kind: "message", key: entry.key, entry, lead: !before || leads(before, entry) });
    before = entry;
  }
  return rows;
}

/**
 * @param {MessageEntry} before
 * @param {MessageEntry} entry
 * @returns {boolean} it starts a group of its own
 */
function leads(before, entry) {
  return (
    before.author.handle !== entry.author.handle ||
    before.author.user !== entry.author.user ||
    entry.reply_to !== null ||
    entry.sent_ms - before.sent_ms > GROUP_MS
  );
}
