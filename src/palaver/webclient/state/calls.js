// @ts-check
/**
 * Calls, cameras and one's own media, as far as they are data. Peer connections live in `net/`.
 * @module
 */

import { without } from "./room.js";

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("./types.js").PeerState} PeerState */
/** @typedef {import("./types.js").WatchedCamera} WatchedCamera */
/** @typedef {import("./types.js").Author} Author */

/**
 * @param {ClientState} state
 * @param {Partial<import("./types.js").LocalMedia>} change
 * @returns {ClientState}
 */
export function mediaChanged(state, change) {
  return { ...state, media: { ...state.media, ...change } };
}

/**
 * @param {ClientState} state
 * @param {{ phase: "out" | "joining" | "in", room?: string, direct?: import("./types.js").DirectCall | null }} call out: its peers are gone
 * @returns {ClientState}
 */
export function callChanged(state, { phase, room = state.call.room, direct = state.call.direct }) {
  if (phase === "out") return { ...state, call: { phase, room: "", peers: {}, direct: null } };
  return { ...state, call: { ...state.call, phase, room, direct } };
}

/**
 * Somebody rings, or no longer does.
 * @param {ClientState} state
 * @param {Author} person
 * @param {boolean} rings
 * @returns {ClientState}
 */
export function ringsChanged(state, person, rings) {
  const others = state.rings.filter((one) => one.session !== person.session);
  return { ...state, rings: rings ? [...others, person] : others };
}

/**
 * @param {ClientState} state
 * @param {Author} person
 * @param {Partial<PeerState>} change
 * @returns {ClientState}
 */
export function peerChanged(state, person, change) {
  const { session } = person;
  /** @type {PeerState} */
  const known = state.call.peers[session] ?? { session, person, phase: "connecting", camera: null, screen: null };
  const peers = { ...state.call.peers, [session]: { ...known, ...change } };
  return { ...state, call: { ...state.call, peers } };
}

/**
 * @param {ClientState} state
 * @param {string} session
 * @returns {ClientState}
 */
export function peerGone(state, session) {
  const peers = without(state.call.peers, session);
  return peers === state.call.peers ? state : { ...state, call: { ...state.call, peers } };
}

/**
 * @param {ClientState} state
 * @param {Author} person whose camera
 * @param {Partial<WatchedCamera>} change
 * @returns {ClientState}
 */
export function watchedChanged(state, person, change) {
  const { session } = person;
  /** @type {WatchedCamera} */
  const known = state.cameras.watching[session] ?? {
    session,
    person,
    phase: "opening",
    reason: "",
    refusal: null,
    stream: null,
  };
  const watching = { ...state.cameras.watching, [session]: { ...known, ...change } };
  return { ...state, cameras: { ...state.cameras, watching } };
}

/**
 * @param {ClientState} state
 * @param {string} session
 * @returns {ClientState}
 */
export function unwatched(state, session) {
  const watching = without(state.cameras.watching, session);
  return watching === state.cameras.watching ? state : { ...state, cameras: { ...state.cameras, watching } };
}

/**
 * Somebody watches one's own camera, or no longer does.
 * @param {ClientState} state
 * @param {Author} viewer
 * @param {boolean} watches
 * @returns {ClientState}
 */
export function watcherChanged(state, viewer, watches) {
  const others = state.cameras.watchers.filter((watcher) => watcher.session !== viewer.session);
  if (!watches && others.length === state.cameras.watchers.length) return state;
  return { ...state, cameras: { ...state.cameras, watchers: watches ? [...others, viewer] : others } };
}

/**
 * @param {ClientState} state
 * @returns {ClientState}
 */
export function nobodyWatches(state) {
  return state.cameras.watchers.length === 0 ? state : { ...state, cameras: { ...state.cameras, watchers: [] } };
}

/**
 * @param {ClientState} state
 * @returns {boolean} what others know of one's camera, microphone, screen and rules is not how it is
 */
export function isToldOtherwise({ rooms, media }) {
  const sources = /** @type {const} */ (["microphone", "camera", "screen"]);
  const rules = /** @type {(keyof import("./types.js").CameraRules)[]} */ (Object.keys(media.rules));
  return Object.values(rooms).some((room) => {
    const told = room.participants[room.you]?.media;
    return told && (sources.some((source) => told[source] !== media[source]) || rules.some((rule) => told.rules[rule] !== media.rules[rule]));
  });
}
