// @ts-check
/**
 * What the server leaves out of its sentences because it is the default, put back. One row per outcome and event.
 * @module
 */

import { seenName } from "./file-names.js";

/** @typedef {Record<string, any>} Loose A JSON object as it came. */

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Author}
 */
function author(value) {
  return { session: value.session, handle: value.handle, display_name: value.display_name ?? "", user: value.user ?? null };
}

const NO_RULES = Object.freeze({
  explicit: false,
  avoid_explicit: false,
  mutual_required: false,
  mutual_open: false,
  vip_only: false,
});

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Participant}
 */
export function participant(value) {
  const media = value.media ?? {};
  return {
    ...author(value),
    joined_ms: value.joined_ms ?? 0,
    role: value.role ?? "guest",
    status: value.status ?? "online",
    status_text: value.status_text ?? "",
    dnd: value.dnd ?? false,
    vip: value.vip ?? false,
    media: {
      camera: media.camera ?? false,
      microphone: media.microphone ?? false,
      screen: media.screen ?? false,
      rules: { ...NO_RULES, ...media.rules },
    },
    in_call: value.in_call ?? false,
    operator: value.operator ?? false,
    profile: { avatar: "", url: "", emoji: "", gender: "", ...value.profile },
    hand_raised_ms: value.hand_raised_ms ?? 0,
  };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Place}
 */
function place(value) {
  if (value.in === "direct") return { in: "direct", to: author(value.to) };
  return { in: "channel", room: value.room, channel: value.channel ?? "" };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Attachment}
 */
export function attachment(value) {
  return { mime: "", bytes: 0, width: 0, height: 0, ...value, name: seenName(value.name), url: value.url };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Message}
 */
export function message(value) {
  return {
    id: value.id,
    author: author(value.author),
    place: place(value.place),
    text: value.text ?? "",
    sent_ms: value.sent_ms ?? 0,
    edited_ms: value.edited_ms ?? 0,
    reply_to: value.reply_to ?? null,
    attachments: (value.attachments ?? []).map(attachment),
    reactions: (value.reactions ?? []).map((/** @type {Loose} */ one) => ({ emoji: one.emoji, by: one.by ?? [] })),
    nonce: value.nonce ?? "",
  };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Channel}
 */
function channel(value) {
  return {
    id: value.id,
    title: value.title ?? "",
    icon: value.icon ?? "",
    vip_only: value.vip_only ?? false,
    pictures: value.pictures ?? true,
    history: value.history ?? "memory",
    newcomers_see: value.newcomers_see ?? 50,
    welcomes: value.welcomes ?? [],
    members: value.members ?? null,
  };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").RoomInfo}
 */
export function roomInfo(value) {
  return {
    id: value.id,
    title: value.title ?? "",
    channels: (value.channels ?? []).map(channel),
    pin: value.pin ?? false,
    waiting_room: value.waiting_room ?? false,
    locked: value.locked ?? false,
    capacity: value.capacity ?? 0,
    hosted: value.hosted ?? false,
    transfer: value.transfer ?? true,
  };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Snapshot}
 */
function snapshot(value) {
  return {
    room: roomInfo(value.room),
    you: participant(value.you),
    participants: (value.participants ?? []).map(participant),
    position: value.position,
    messages: (value.messages ?? []).map(message),
    waiting: (value.waiting ?? []).map(participant),
    history_missing: value.history_missing ?? false,
  };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").Relations}
 */
function relations(value) {
  return { ignores: [], blocks: [], turned_away: [], invited: [], ...value };
}

/**
 * @param {Loose} value
 * @returns {import("./wire.js").IceServers}
 */
function iceServers(value) {
  return { servers: value.servers ?? [], expires_ms: value.expires_ms ?? 0, lasts_s: value.lasts_s ?? 0 };
}

/** @type {Record<string, (outcome: Loose) => Loose>} */
export const OUTCOMES = {
  identified: (one) => ({
    display_name: one.display_name ?? "",
    user: one.user ?? null,
    operator: one.operator ?? false,
    vip: one.vip ?? false,
    rules: one.rules ?? [],
    ice: iceServers(one.ice ?? {}),
    relations: relations(one.relations ?? {}),
  }),
  resumed: (one) => ({ rooms: (one.rooms ?? []).map(snapshot) }),
  joined: (one) => ({ snapshot: snapshot(one.snapshot) }),
  waiting: (one) => ({ title: one.title ?? "" }),
  rooms: (one) => ({
    rooms: one.rooms.map((/** @type {Loose} */ room) => ({ title: "", participants: 0, pin: false, locked: false, ...room })),
  }),
  history_page: (one) => ({ messages: one.messages.map(message), more: one.more ?? false }),
  opened_anyway: (one) => ({ turned_away: one.turned_away ?? false, ignored: one.ignored ?? false }),
  ice_servers: iceServers,
  token_renewed: (one) => ({ token: one.token ?? "", expires_ms: one.expires_ms ?? 0, lasts_s: one.lasts_s ?? 0 }),
  bans: (one) => ({ bans: one.bans.map((/** @type {Loose} */ ban) => ({ by: "", reason: "", ...ban })) }),
};

/** @param {Loose} one */
const aboutParticipant = (one) => ({ participant: participant(one.participant) });
/** @param {Loose} one */
const aboutMessage = (one) => ({ message: message(one.message) });
/** @param {Loose} one */
const inPlace = (one) => ({ place: place(one.place), by: author(one.by) });

/** @type {Record<string, (event: Loose) => Loose>} */
export const EVENTS = {
  admitted: (one) => ({ snapshot: snapshot(one.snapshot) }),
  participant_joined: aboutParticipant,
  participant_updated: aboutParticipant,
  participant_left: (one) => ({ reason: one.reason ?? "left", by: one.by ?? "", text: one.text ?? "", until_ms: one.until_ms ?? 0, gone: one.gone ?? false }),
  room_updated: (one) => ({ room: roomInfo(one.room) }),
  waiting_started: aboutParticipant,
  waiting_updated: aboutParticipant,
  message_posted: aboutMessage,
  message_edited: aboutMessage,
  message_retracted: inPlace,
  reaction_changed: inPlace,
  typing_changed: inPlace,
  messages_marked: (one) => ({ by: author(one.by) }),
  signal_sent: (one) => ({ sender: author(one.sender), about: one.about ?? "", closed: one.closed ?? false }),
  camera_opened: (one) => ({ owner: author(one.owner), viewer: author(one.viewer) }),
  watch_started: (one) => ({ viewer: author(one.viewer) }),
  watch_stopped: (one) => ({ viewer: author(one.viewer) }),
  camera_stopped: (one) => ({ by: author(one.by) }),
  camera_marked: (one) => ({ by: one.by ? author(one.by) : null, text: one.text ?? "" }),
  operator_changed: (one) => ({ by: one.by ?? "" }),
  notice: (one) => ({ place: one.place ?? null }),
  report_forwarded: (one) => ({ problem: one.problem ?? "", again: one.again ?? false }),
  mute_requested: (one) => ({ room: one.room, by: author(one.by) }),
  viewer_turned_away: (one) => ({ owner: author(one.owner) }),
  session_ended: (one) => ({ by: one.by ?? "", text: one.text ?? "", until_ms: one.until_ms ?? 0 }),
  relations_changed: (one) => ({ relations: relations(one.relations ?? {}) }),
  report_filed: (one) => ({
    by: author(one.by),
    comment: one.comment ?? "",
    message: one.message ?? null,
    excerpt: one.excerpt ?? "",
    channel: one.channel ?? "",
    timestamp: one.timestamp ?? "",
  }),
  device_posted: (one) => ({ sender: author(one.sender), word: one.word ?? "", payload: one.payload ?? null, from_device: one.from_device ?? null }),
};
