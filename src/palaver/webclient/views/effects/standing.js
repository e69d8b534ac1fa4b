// @ts-check
/** @module How one stands to others by itself: away when nobody touches the page, and never to be disturbed where one said so once. */
import { keepPreference, preferenceOf } from "../hooks.js";

/** @typedef {import("../hooks.js").World} World */
/** @typedef {import("../../net/api.js").Clock} Clock */

export const IDLE_MS = 5 * 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/**
 * @param {World} world
 * @param {{ page?: EventTarget, clock?: Clock }} [how] replaced in tests
 */
export function watchStanding(world, { page = document, clock = systemClock } = {}) {
  const idle = idleness(world, clock);
  for (const sign of SIGNS) page.addEventListener(sign, idle.touched, { passive: true, capture: true });
  idle.touched();
  world.client.store.subscribe((state, before) => {
    if (state.rooms === before.rooms || !preferenceOf(state, "dnd")) return;
    const seats = Object.values(state.rooms).map((room) => ({ seat: room.participants[room.you], before: before.rooms[room.id]?.participants[room.you] }));
    if (seats.some((each) => each.seat && !each.before && !each.seat.dnd)) ask(world, { dnd: true });
  });
}

/**
 * @param {World} world
 * @param {Clock} clock
 */
function idleness(world, clock) {
  /** @type {any} */
  let timer = null;
  /** Away by itself, and so to be back by itself. */
  let went = false;
  let touchedAt = -Infinity;
  const wentAway = () => {
    const { client } = world;
    const state = client.store.get();
    if (!preferenceOf(state, "idleAway") || state.call.phase !== "out" || statusOf(state) !== "online") return;
    went = true;
    ask(world, { status: "away" });
  };
  return {
    touched() {
      // Pointers move many times a second.
      if (!went && clock.now() - touchedAt < 1000) return;
      touchedAt = clock.now();
      clock.clearTimeout(timer);
      timer = clock.setTimeout(wentAway, IDLE_MS);
      if (!went) return;
      went = false;
      if (statusOf(world.client.store.get()) === "away") ask(world, { status: "online" });
    },
  };
}

/** @param {import("../../state/types.js").ClientState} state */
function statusOf(state) {
  const room = Object.values(state.rooms).find((each) => each.phase === "joined");
  return room?.participants[room.you]?.status ?? "";
}

/**
 * @param {World} world
 * @param {import("../../net/wire.js").StatusChanges} changes
 */
function ask({ client }, changes) {
  client.actions.setStatus(changes).catch(() => undefined);
}

/**
 * Asks for no unsolicited direct messages, or no longer, now and when one comes back.
 * @param {World} world
 * @param {boolean} dnd
 * @returns {Promise<void>}
 */
export function setDnd({ client }, dnd) {
  keepPreference(client, "dnd", dnd);
  return client.actions.setStatus({ dnd });
}

/** @type {Clock} */
const systemClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (id) => clearTimeout(id),
};
