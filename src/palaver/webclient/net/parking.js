// @ts-check
/**
 * A session across a page that is loaded anew, or killed: what must be known to go on with it, as one piece of plain data.
 * @module
 */

import { identified, startedAnew } from "../state/session.js";
import { initialState } from "../state/initial.js";
import { participantTold } from "../state/room.js";
import { Connection } from "./connection.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./api.js").Parked} Parked */
/** @typedef {import("../state/types.js").Thread} Thread */

const MOST_DIRECT = 50;
/** Of each direct conversation: the server may keep none of it. */
const MOST_MESSAGES = 100;
/** To end a session that nobody lives with; the server ends it later by itself. */
const ENDING_MS = 3_000;

/**
 * @param {Context} context
 * @returns {Parked | null} null where there is no session to go on with
 */
export function park({ store, connection }) {
  const { threads, openThread, rooms } = store.get();
  const known = held({ store, connection });
  // The others wait for nobody's picture. A page that stays after all joins again, as after any loss.
  for (const { id, participants, you } of known ? seatsIn(rooms) : []) {
    if (!participants[you]?.in_call) continue;
    void connection.ask({ type: "leave_call", room: id }).catch(() => undefined);
    store.update((state) => participantTold(state, id, { ...participants[you], in_call: false }));
  }
  if (!known || !connection.park()) return null;
  const direct = Object.values(threads).filter((thread) => thread.kind === "direct").slice(-MOST_DIRECT).map(parked);
  return { ...known, direct, thread: openThread };
}

/**
 * What it takes to go on with the session, without what was said: for a disk.
 * @param {Pick<Context, "store" | "connection">} context
 * @returns {Parked | null} null where there is no session, or no seat, to go on with
 */
export function held({ store, connection }) {
  const { me, relations, rooms } = store.get();
  const seated = seatsIn(rooms).map((room) => room.id);
  if (!me || !connection.resumeToken || seated.length === 0) return null;
  return { token: connection.resumeToken, me, relations, rooms: seated, direct: [], thread: "" };
}

/** @param {import("../state/types.js").ClientState["rooms"]} rooms */
function seatsIn(rooms) {
  return Object.values(rooms).filter((room) => room.phase === "joined");
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
 * @returns {Promise<void>} rejected where the session is over
 */
export async function unpark({ store, connection }, { token, me, relations, direct, thread }) {
  store.update((state) => {
    const anew = startedAnew(state, initialState(state.settings));
    const known = identified(anew, { ...me, type: "identified", vip: false, resume_token: "", resume_s: 0, ice: { servers: [], expires_ms: 0, lasts_s: 0 }, relations });
    return { ...known, me, threads: Object.fromEntries(direct.map((one) => [one.key, one])), openThread: thread };
  });
  try {
    await connection.identify({}, token);
  } catch (error) {
    store.update((state) => startedAnew(state, initialState(state.settings)));
    throw error;
  }
  void connection.ask({ type: "fetch_ice_servers" }).catch(() => undefined);
}

/**
 * Ends a session that nobody lives with, instead of when the server gives up; its name is free then.
 * @param {string} url
 * @param {Context} context
 * @param {Parked} parked
 * @returns {Promise<void>} never rejected
 */
export async function endParked(url, { clock, platform }, { token }) {
  const connection = new Connection(url, clock, platform);
  const timer = clock.setTimeout(() => connection.close(), ENDING_MS);
  await connection.identify({}, token).then(() => connection.signOut()).catch(() => undefined);
  clock.clearTimeout(timer);
  connection.close();
}
