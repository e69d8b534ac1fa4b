// @ts-check
/**
 * Tells the authors of direct messages that these arrived and were seen.
 * @module
 */

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("../state/types.js").Thread} Thread */

const AT_ONCE = 100;

/** @param {Context} context */
export function sendReceipts({ store, connection }) {
  const mark = (/** @type {number[]} */ messages, /** @type {"delivered" | "seen"} */ state) => {
    if (messages.length === 0) return;
    connection.ask({ type: "mark_messages", messages: messages.slice(-AT_ONCE), state }).catch(() => undefined);
  };
  store.subscribe((state, before) => {
    if (state.threads === before.threads) return;
    for (const thread of Object.values(state.threads)) {
      if (thread.kind === "direct" && thread !== before.threads[thread.key]) {
        mark(newlySeen(thread, before.threads[thread.key]), "seen");
      }
    }
  });
  connection.onEvent.add((event) => {
    if (event.type !== "message_posted" || event.message.place.in !== "direct") return;
    const { id, author } = event.message;
    const threads = Object.values(store.get().threads);
    const unseen = threads.some((thread) => thread.readTo < id && thread.messages.some((one) => one.id === id && !one.mine));
    if (unseen && author.session !== store.get().me?.session) mark([id], "delivered");
  });
}

/**
 * @param {Thread} thread
 * @param {Thread | undefined} before
 * @returns {number[]}
 */
function newlySeen(thread, before) {
  const from = before?.readTo ?? 0;
  if (thread.readTo <= from) return [];
  return thread.messages.filter((entry) => entry.id > from && entry.id <= thread.readTo && !entry.mine).map(({ id }) => id);
}
