// @ts-check
/**
 * What each event and each outcome means for the state: one row per word. Pure.
 * @module
 */

import { mediaChanged, watcherChanged } from "./calls.js";
import * as entries from "./messages.js";
import { noticed } from "./notices.js";
import * as room from "./room.js";
import * as session from "./session.js";
import * as threads from "./threads.js";
import { typingChanged } from "./typing.js";

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("../net/wire.js").WireEvent} WireEvent */
/** @typedef {import("../net/wire.js").Outcome} Outcome */
/** @typedef {import("../net/wire.js").Ask} Ask */
/** @typedef {import("../net/wire.js").Position} Position */
/** @typedef {WireEvent["type"]} EventWord */
/** @typedef {Outcome["type"]} OutcomeWord */

/** @type {{ [W in EventWord]?: (state: ClientState, event: Extract<WireEvent, { type: W }>, now: number) => ClientState }} */
const EVENTS = {
  admitted: (state, event) => room.seated(state, event.snapshot),
  room_updated: (state, event) => room.roomInfoChanged(state, event.room),
  room_closed: (state, event) => room.roomPhase(state, event.room, { phase: "left", reason: "closed" }),
  waiting_ended: (state, event) => room.waitingEnded(state, event),
  message_retracted: (state, event) =>
    threads.aboutMessage(state, event, (all) => entries.retracted(all, event.message, event.by.handle)),
  reaction_changed: (state, event) => threads.aboutMessage(state, event, (all) => entries.reacted(all, event)),
  typing_changed: (state, event, now) => typingChanged(state, event, now),
  messages_marked: (state, event) => threads.messagesMarked(state, event),
  camera_stopped: (state, event) => noticed(state, { kind: "camera_stopped", person: event.by }),
  viewer_turned_away: (state, event) => noticed(state, { kind: "viewer_turned_away", person: event.owner }),
  report_filed: (state, event) => noticed(state, { kind: "report_filed", person: event.by, report: event }),
  camera_marked: (state, event) => {
    const marked = mediaChanged(state, { rules: { ...state.media.rules, explicit: true } });
    return noticed(marked, { kind: "camera_marked", person: event.by, text: event.text });
  },
  operator_changed: (state, event) =>
    noticed({ ...state, me: state.me && { ...state.me, operator: event.on } }, { kind: "operator_changed", on: event.on }),
  restart_announced: (state) => noticed(state, { kind: "restart_announced" }),
  notice: (state, event) => noticed(state, { kind: "said", text: event.text }),
  report_forwarded: (state, event) => (event.delivered ? state : noticed(state, { kind: "report_forwarded", text: event.problem })),
  relations_changed: (state, event) => ({ ...state, relations: event.relations }),
};

/**
 * Words that share a shape, where a type has several.
 * @param {ClientState} state
 * @param {WireEvent} event
 * @param {number} now
 * @returns {ClientState}
 */
function applied(state, event, now) {
  switch (event.type) {
    case "participant_joined":
    case "participant_updated":
      return room.participantTold(state, event.room, event.participant);
    case "participant_left":
      return watcherChanged(room.participantLeft(state, event), { ...NOBODY, session: event.session }, false);
    case "waiting_started":
    case "waiting_updated":
      return room.waitingTold(state, event.room, event.participant);
    case "message_posted":
      return threads.messagePosted(state, event.message);
    case "message_edited": {
      const { place, author } = event.message;
      return threads.aboutMessage(state, { place, by: author }, (all) => entries.edited(all, event.message));
    }
    case "watch_started":
    case "watch_stopped":
      return watcherChanged(state, event.viewer, event.type === "watch_started");
    default: {
      const row = /** @type {((state: ClientState, event: WireEvent, now: number) => ClientState) | undefined} */ (
        EVENTS[event.type]
      );
      return row ? row(state, event, now) : state;
    }
  }
}

const NOBODY = { session: "", handle: "", display_name: "", user: null };

/**
 * @param {ClientState} state
 * @param {WireEvent} event
 * @param {Position} position
 * @param {number} now clock milliseconds
 * @returns {ClientState}
 */
export function reduceEvent(state, event, position, now) {
  const about = roomOf(event);
  if (about && room.isInSnapshot(state, about, position)) return state;
  return applied(state, event, now);
}

/**
 * The room whose snapshot may hold an event already; empty for events beside rooms.
 * @param {WireEvent} event
 * @returns {string}
 */
function roomOf(event) {
  if (event.type === "room_updated") return event.room.id;
  if ("room" in event) return event.type === "room_closed" || event.type === "report_filed" ? "" : event.room;
  const place = "place" in event ? event.place : "message" in event && typeof event.message === "object" ? event.message?.place : null;
  return place?.in === "channel" ? place.room : "";
}

/**
 * @param {ClientState} state
 * @param {Ask} ask what was asked
 * @param {Outcome} outcome
 * @returns {ClientState}
 */
export function reduceOutcome(state, ask, outcome) {
  switch (outcome.type) {
    case "identified":
      return session.identified(state, outcome);
    case "resumed":
      return session.resumed(state, outcome);
    case "joined":
      return room.seated(state, outcome.snapshot);
    case "waiting":
      return room.waitingBegun(state, outcome.room, outcome.title);
    case "rooms":
      return { ...state, listing: outcome.rooms };
    case "posted":
      return ask.type === "post_message" ? posted(state, ask.nonce ?? "", outcome) : state;
    case "opened_anyway":
      return ask.type === "open_camera" ? openedAnyway(state, ask.owner) : state;
    case "bans":
      return ask.type === "list_bans" ? { ...state, bans: { ...state.bans, [ask.room]: outcome.bans } } : state;
    case "done":
      return ask.type === "leave_room" ? room.roomPhase(state, ask.room, { phase: "left", reason: "left" }) : state;
    default:
      return state;
  }
}

/**
 * @param {ClientState} state
 * @param {import("../net/wire.js").Target} owner
 * @returns {ClientState}
 */
function openedAnyway(state, owner) {
  const session = owner.by === "session" ? owner.session : "";
  const person = Object.values(state.rooms).map((each) => each.participants[session]).find(Boolean) ?? null;
  return noticed(state, { kind: "opened_anyway", person });
}

/**
 * @param {ClientState} state
 * @param {string} nonce
 * @param {{ message: number, sent_ms: number }} outcome
 * @returns {ClientState}
 */
function posted(state, nonce, outcome) {
  const thread = Object.values(state.threads).find(({ messages }) => messages.some((entry) => entry.nonce === nonce));
  if (!thread) return state;
  return threads.withThread(state, thread.key, (known) => {
    const messages = entries.settled(known.messages, nonce, outcome);
    return messages === known.messages ? known : { ...known, messages };
  });
}
