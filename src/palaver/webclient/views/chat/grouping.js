// @ts-check
/**
 * Messages as the rows of a list: a line per day, a line before what is new, and runs of one author's messages. Rows come in
 * blocks that stay the same while nothing in them changes, so that a thousand messages cost nothing when one more comes.
 * @module
 */
import { same } from "../same.js";

/** @typedef {import("../../state/types.js").MessageEntry} MessageEntry */

/**
 * `replied` is what a message answers: null where that is not loaded, undefined where it answers nothing.
 * @typedef {{ kind: "day", key: string, ms: number } | { kind: "new", key: "new" }
 *   | { kind: "message", key: string, entry: MessageEntry, lead: boolean, replied: MessageEntry | null | undefined }} Row
 */
/** @typedef {{ key: string, rows: Row[] }} Block `key` is that of its first message */

/** After so long a silence, the author is named again. */
const GROUP_MS = 5 * 60_000;
const BLOCK_MESSAGES = 40;

/**
 * @param {MessageEntry[]} entries oldest first
 * @param {number} after id of the last message read before the new ones; 0 for no line
 * @returns {Row[]}
 */
export function rowsOf(entries, after) {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  /** @type {Row[]} */
  const rows = [];
  /** The day of the message before: its first millisecond, and that of the next. */
  let [dawn, midnight] = [Infinity, -Infinity];
  let lined = after === 0;
  /** @type {MessageEntry | null} */
  let before = null;
  for (const entry of entries) {
    const { sent_ms: ms, key, reply_to: answers } = entry;
    if (ms < dawn || ms >= midnight) {
      dawn = new Date(ms).setHours(0, 0, 0, 0);
      midnight = new Date(ms).setHours(24, 0, 0, 0);
      rows.push({ kind: "day", key: `day ${dawn}`, ms });
      before = null;
    }
    if (!lined && entry.id > after) {
      lined = true;
      if (!entry.mine) {
        rows.push({ kind: "new", key: "new" });
        before = null;
      }
    }
    const replied = answers === null ? undefined : (byId.get(answers) ?? null);
    rows.push({ kind: "message", key, entry, lead: !before || leads(before, entry), replied });
    before = entry;
  }
  return rows;
}

/**
 * @param {Row[]} rows
 * @param {Block[]} before what was made of the rows of before: blocks begin where they began, and unchanged ones are given again
 * @returns {Block[]}
 */
export function blocksOf(rows, before) {
  const known = new Map(before.map((block) => [block.key, block]));
  /** @type {Block[]} */
  const blocks = [];
  /** Lines that belong to the message behind them. @type {Row[]} */
  let lines = [];
  for (const row of rows) {
    if (row.kind !== "message") {
      lines.push(row);
      continue;
    }
    const open = blocks.at(-1);
    if (open && open.rows.length < BLOCK_MESSAGES && !known.has(row.key)) open.rows.push(...lines, row);
    else blocks.push({ key: row.key, rows: [...lines, row] });
    lines = [];
  }
  return blocks.map((block) => {
    const old = known.get(block.key);
    return old && old.rows.length === block.rows.length && old.rows.every((row, at) => same(row, block.rows[at])) ? old : block;
  });
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
