// @ts-check
/**
 * Rooms: who sits in them and how they are set up. A snapshot and the events after it give what a later snapshot would.
 * @module
 */

import { channelKey, directKey, fold } from "./keys.js";
import { newChannelThread, refreshThread, withDirect } from "./threads.js";
import { stopTyping } from "./typing.js";

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("./types.js").RoomState} RoomState */
/** @typedef {import("../net/wire.js").Snapshot} Snapshot */
/** @typedef {import("../net/wire.js").Participant} Participant */
/** @typedef {import("../net/wire.js").RoomInfo} RoomInfo */
/** @typedef {import("../net/wire.js").Position} Position */
/** @typedef {import("../net/wire.js").Refusal} Refusal */

/**
 * @param {string} id
 * @returns {RoomState}
 */
export function newRoom(id) {
  const info = {
    id,
    title: "",
    channels: [],
    pin: false,
    waiting_room: false,
    locked: false,
    capacity: 0,
    hosted: false,
    transfer: true,
  };
  return {
    id,
    phase: "joining",
    reason: "",
    farewell: null,
    refusal: null,
    info,
    you: "",
    participants: {},
    waiting: {},
    position: null,
    channels: [],
  };
}

/**
 * @param {ClientState} state
 * @param {string} id
 * @param {RoomState} room
 * @returns {ClientState}
 */
function kept(state, id, room) {
  // People choose the ids: a room may be called `constructor`, which a plain object seems to hold before it is there.
  const rooms = Object.assign(Object.create(null), state.rooms, { [id]: room });
  return { ...state, rooms };
}

/**
 * @param {ClientState} state
 * @param {string} id
 * @param {(room: RoomState) => RoomState} change
 * @returns {ClientState}
 */
export function withRoom(state, id, change) {
  const room = state.rooms[id];
  if (!room) return state;
  const after = change(room);
  return after === room ? state : kept(state, id, after);
}

/**
 * One asks, waits, is refused, or has left.
 * @param {ClientState} state
 * @param {string} id
 * @param {{ phase: "joining" | "waiting" | "refused" | "left", reason?: string, refusal?: Refusal | null,
 *   farewell?: RoomState["farewell"] }} how
 * @returns {ClientState}
 */
export function roomPhase(state, id, { phase, reason = "", refusal = null, farewell = null }) {
  const room = state.rooms[id] ?? newRoom(id);
  const seats = phase === "left" || phase === "refused" ? { participants: {}, waiting: {}, position: null } : {};
  return kept(state, id, { ...room, phase, reason, refusal, farewell, ...seats });
}

/**
 * @param {ClientState} state
 * @param {string} id
 * @param {string} title
 * @returns {ClientState}
 */
export function waitingBegun(state, id, title) {
  return withRoom(roomPhase(state, id, { phase: "waiting" }), id, (room) => ({ ...room, info: { ...room.info, title } }));
}

/**
 * The state on arrival, or after something may have been missed.
 * @param {ClientState} state
 * @param {Snapshot} snapshot
 * @returns {ClientState}
 */
export function seated(state, snapshot) {
  const { room: info, you } = snapshot;
  const before = state.rooms[info.id] ?? newRoom(info.id);
  const room = /** @type {RoomState} */ ({
    ...before,
    phase: "joined",
    reason: "",
    farewell: null,
    refusal: null,
    you: you.session,
    participants: bySession([...snapshot.participants, you]),
    waiting: bySession(snapshot.waiting),
    position: snapshot.position,
  });
  const withChannels = roomInfoChanged(kept(state, info.id, room), info);
  return withMessages(Object.values(room.participants).reduce(personSeen, withChannels), snapshot, state);
}

/**
 * @param {ClientState} state
 * @param {Snapshot} snapshot
 * @param {ClientState} before
 * @returns {ClientState}
 */
function withMessages(state, snapshot, before) {
  const { id, channels } = snapshot.room;
  const main = channels[0]?.id ?? "";
  return channels.reduce((after, channel) => {
    const messages = snapshot.messages.filter(
      ({ place }) => place.in === "channel" && place.room === id && (place.channel || main) === channel.id,
    );
    const key = channelKey(id, channel.id);
    const keeps = channel.history !== "off";
    const whole = keeps && !snapshot.history_missing && messages.length < channel.newcomers_see;
    const more = keeps && (snapshot.history_missing || messages.length > 0 || channel.newcomers_see === 0);
    return refreshThread(after, key, messages, { more, whole, firstTime: !before.threads[key] });
  }, state);
}

/**
 * @param {ClientState} state
 * @param {RoomInfo} info
 * @returns {ClientState}
 */
export function roomInfoChanged(state, info) {
  const channels = info.channels.map((channel) => channelKey(info.id, channel.id));
  const threads = { ...state.threads };
  info.channels.forEach((channel, at) => (threads[channels[at]] ??= newChannelThread(info.id, channel.id)));
  return withRoom({ ...state, threads }, info.id, (room) => ({ ...room, info, channels }));
}

/**
 * A participant as told now, newcomer or not.
 * @param {ClientState} state
 * @param {string} id
 * @param {Participant} participant
 * @returns {ClientState}
 */
export function participantTold(state, id, participant) {
  const after = withRoom(state, id, (room) => ({
    ...room,
    participants: { ...room.participants, [participant.session]: participant },
  }));
  return personSeen(after, participant);
}

/**
 * Somebody with whom one talks directly may be reached by another session now.
 * @param {ClientState} state
 * @param {Participant} person
 * @returns {ClientState}
 */
function personSeen(state, person) {
  return state.threads[directKey(person)] ? withDirect(state, person) : state;
}

/**
 * @param {ClientState} state
 * @param {{ room: string, session: string, reason: string, by: string, text: string, until_ms: number }} event
 * @returns {ClientState}
 */
export function participantLeft(state, { room: id, session, reason, by, text, until_ms }) {
  if (state.rooms[id]?.you === session) {
    return roomPhase(state, id, { phase: "left", reason, farewell: by || text || until_ms ? { by, text, until_ms } : null });
  }
  const after = withRoom(state, id, (room) => ({ ...room, participants: without(room.participants, session) }));
  const stillHere = Object.values(after.rooms).some((room) => room.participants[session]);
  return stillHere ? after : stopTyping(after, session);
}

/**
 * @param {ClientState} state
 * @param {string} id
 * @param {Participant} participant
 * @returns {ClientState}
 */
export function waitingTold(state, id, participant) {
  return withRoom(state, id, (room) => ({
    ...room,
    waiting: { ...room.waiting, [participant.session]: participant },
  }));
}

/**
 * @param {ClientState} state
 * @param {{ room: string, session: string, admitted: boolean }} event
 * @returns {ClientState}
 */
export function waitingEnded(state, { room: id, session, admitted }) {
  const room = state.rooms[id];
  if (room?.phase === "waiting" && session === state.me?.session) {
    if (admitted) return state; // the seat itself follows
    const refusal = { code: "in_waiting_room", text: "", params: { room: id } };
    return roomPhase(state, id, { phase: "refused", reason: "turned_down", refusal });
  }
  return withRoom(state, id, (known) => ({ ...known, waiting: without(known.waiting, session) }));
}

/**
 * Whether an event of a room is in its snapshot already.
 * @param {ClientState} state
 * @param {string} id
 * @param {Position} position
 * @returns {boolean}
 */
export function isInSnapshot(state, id, position) {
  const known = state.rooms[id]?.position;
  return Boolean(known) && known?.epoch === position.epoch && position.seq <= known.seq;
}

/**
 * The roster in the order in which it is shown: those who run the room first, then by name.
 * @param {RoomState} room
 * @returns {Participant[]}
 */
export function sortedRoster(room) {
  const named = Object.values(room.participants).map((person) => ({ person, rank: RANKS[person.role], name: fold(person.display_name || person.handle) }));
  named.sort((one, other) => one.rank - other.rank || byAlphabet.compare(one.name, other.name));
  return named.map(({ person }) => person);
}

/**
 * Those who wish to speak, in the order in which everybody sees them, each once: a user's hand is up in all their windows.
 * @param {Participant[]} people
 * @returns {Participant[]} of a user's windows the one that is in the call, where one is
 */
export function handsUp(people) {
  const up = people.filter((person) => person.hand_raised_ms > 0);
  up.sort((one, other) => one.hand_raised_ms - other.hand_raised_ms || Number(other.in_call) - Number(one.in_call) || (one.session < other.session ? -1 : 1));
  /** @type {Set<string>} */
  const known = new Set();
  return up.filter((person) => !known.has(whose(person)) && known.add(whose(person)));
}

/**
 * @param {Participant} person
 * @returns {string} what all windows of a user have in common, and no other guest has
 */
export const whose = ({ user, session }) => user ?? session;

const RANKS = { host: 0, moderator: 1, member: 2, guest: 2 };
const byAlphabet = new Intl.Collator();

/**
 * @param {Participant[]} participants
 * @returns {Record<string, Participant>}
 */
function bySession(participants) {
  return Object.fromEntries(participants.map((participant) => [participant.session, participant]));
}

/**
 * @template T
 * @param {Record<string, T>} record
 * @param {string} key
 * @returns {Record<string, T>}
 */
export function without(record, key) {
  if (!(key in record)) return record;
  const { [key]: _gone, ...rest } = record;
  return rest;
}
