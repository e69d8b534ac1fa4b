// @ts-check
/**
 * A session across a page that is loaded anew: what must be known to go on with it, as one piece of plain data.
 * @module
 */

import { identified, startedAnew } from "../state/session.js";
import { initialState } from "../state/initial.js";
import { participantTold } from "../state/room.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./api.js").Parked} Parked */
/** @typedef {import("../state/types.js").Thread} Thread */

const MOST_DIRECT = 50;
/** Of each direct conversation: the server may keep none of it. */
const MOST_MESSAGES = 100;

/**
 * @param {Context} context
 * @returns {Parked | null} null where there is no session to go on with
 */
export function park({ store, connection }) {
  const { me, relations, rooms, threads, openThread } = store.get();
  const seats = Object.values(rooms).filter((room) => room.phase === "joined");
  const seated = seats.map((room) => room.id);
  // The others wait for nobody's picture. A page that stays after all joins again, as after any loss.
  for (const { id, participants, you } of seats) {
    if (!participants[you]?.in_call) continue;
    void connection.ask({ type: "leave_call", room: id }).catch(() => undefined);
    store.update((state) => participantTold(state, id, { ...participants[you], in_call: false }));
  }
  const token = me && seated.length > 0 ? connection.park() : "";
  if (!me || !token) return null;
  const direct = Object.values(threads).filter((thread) => thread.kind === "direct").slice(-MOST_DIRECT).map(parked);
  return { token, me, relations, rooms: seated, direct, thread: openThread };
}

/**
 * @param {Thread} thread
 * @returns {Thread} what of it can be gone on with
 */
function parked(thread) {
  const messages = thread.messages.filter((entry) => entry.id !== 0);
  const kept = messages.slice(-MOST_MESSAGES);
  return { ...thread, messages: kept, more: thread.more || kept.length < messages.length, paging: "", typing: [] };
}

/**
 * @param {Context} context
 * @param {Parked} parked
 * @param {{ end?: boolean }} [how] `end`: only to leave it at once, instead of when the server gives up
 * @returns {Promise<void>} rejected where the session is over
 */
export async function unpark({ store, connection }, { token, me, relations, direct, thread }, { end = false } = {}) {
  store.update((state) => {
    const anew = startedAnew(state, initialState(state.settings));
    const known = identified(anew, { ...me, type: "identified", resume_token: "", resume_s: 0, ice: { servers: [], expires_ms: 0, lasts_s: 0 }, relations });
    return { ...known, me, threads: Object.fromEntries(direct.map((one) => [one.key, one])), openThread: thread };
  });
  try {
    await connection.identify({}, token);
  } catch (error) {
    store.update((state) => startedAnew(state, initialState(state.settings)));
    throw error;
  }
  if (!end) return void connection.ask({ type: "fetch_ice_servers" }).catch(() => undefined);
  await connection.signOut();
  store.update((state) => startedAnew(state, initialState(state.settings)));
}
