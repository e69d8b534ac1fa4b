// @ts-check
/** @module What is heard, shown on the desktop and read aloud when something happens. */
import { shownName } from "../../state/keys.js";
import { handsUp, whose } from "../../state/room.js";
import { isMe, isUnsolicited, mentionsName, threadOf } from "../../state/threads.js";
import { mayLowerHand } from "../people/hands.js";
import { isIn } from "../people/relations.js";
import { byteSize, refusalText, t } from "../../texts/index.js";
import { plainText } from "../chat/markdown.js";
import { isPhone, preferenceOf } from "../hooks.js";
import { isQuiet } from "../quiet.js";
import { showThread } from "../threads.js";
import { play } from "./sounds.js";

/** @typedef {import("../hooks.js").World} World */
/** @typedef {import("../../net/wire.js").Participant} Participant */

/** @param {World} world */
export function watchEvents(world) {
  const { client, ui } = world;
  // On a phone, the notes would lie over the list that says the same.
  ui.subscribe(() => {
    if (isListInSight(ui)) for (const [session, note] of [...knocks]) if (note) noted(world, session, 0);
  });
  /** @type {Set<string>} */
  let calling = new Set();
  let known = "";
  client.onEvent((event) => {
    if (event.type === "message_posted") told(world, event.message);
    else if (event.type === "participant_joined") sound(world, "joined");
    else if (event.type === "participant_left") sound(world, "left");
    else if (event.type === "waiting_started" || event.type === "waiting_updated") knocked(world, event);
    else if (event.type === "watch_started") watched(world, event.viewer);
    else if (event.type === "explicit_suggested") ui.set({ dialog: { kind: "suggested" } });
    else if (event.type === "mute_requested") askedToMute(world, event);
  });
  client.store.subscribe((state, before) => {
    if (state.transfers !== before.transfers) {
      for (const one of Object.values(state.transfers)) if (one.incoming && !before.transfers[one.id]) offered(world, one);
    }
    if (state.rooms !== before.rooms) for (const session of [...knocks.keys()]) if (!waits(state, session)) answered(world, session);
    const room = state.rooms[ui.get().room];
    if (!room || room === before.rooms[room.id]) return;
    const now = new Set(Object.values(room.participants).filter((person) => person.in_call && person.session !== room.you).map((person) => person.session));
    if (known === room.you) {
      for (const session of now) if (!calling.has(session)) came(world, room.participants[session]);
      const people = before.rooms[room.id]?.participants ?? {};
      tellHands(world, room, people);
      if (state.call.room === room.id) for (const session of calling) if (!now.has(session) && people[session]) ui.announce(t("call.left", { name: shownName(people[session]) }));
    }
    calling = now;
    known = room.you;
  });
}

/** Toasts about those who ask to be let in, by session; 0 where the list says the same. @type {Map<string, number>} */
const knocks = new Map();

/**
 * @param {World} world
 * @param {string} session of somebody who asks to be let in
 * @param {number} note in the place of the one before
 */
function noted({ ui }, session, note) {
  const before = knocks.get(session) ?? 0;
  knocks.set(session, note);
  ui.dropToast(before);
}

/**
 * @param {World} world
 * @param {string} session of somebody who asked to be let in
 */
function answered(world, session) {
  noted(world, session, 0);
  knocks.delete(session);
}

/**
 * @param {import("../../state/types.js").ClientState} state
 * @param {string} session
 * @returns {boolean} one may still let them in
 */
const waits = ({ rooms }, session) => Object.values(rooms).some((room) => room.waiting[session]);

/** @param {import("../ui.js").Ui} ui */
const isListInSight = (ui) => ui.get().panel === "people" && isPhone();

/**
 * It stays until somebody decided, as the list of people may be out of sight. Who waits already is told of anew when they change their name.
 * @param {World} world
 * @param {{ room: string, participant: Participant }} event
 */
function knocked(world, { room, participant }) {
  const { client, ui } = world;
  const { session } = participant;
  const name = shownName(participant);
  const text = t("notice.waiting", { name });
  const admit = () => void client.actions.decideWaiting(room, session, true).catch((/** @type {any} */ problem) => ui.toast(refusalText(problem), "bad"));
  const isNew = !knocks.has(session);
  if (isNew) {
    const { attending, settings } = client.store.get();
    sound(world, "knock");
    if (!attending && settings.notifications) notify(world, name, text, "");
  }
  if (isListInSight(ui)) {
    if (isNew) ui.announce(text);
    return noted(world, session, 0);
  }
  const action = { label: t("people.admit_short"), name: t("people.admit", { name }), run: admit };
  return noted(world, session, ui.toast(text, "plain", { stays: true, action }));
}

/**
 * Somebody begins to see one's camera. Not of those whom one turned away or ignores, and who may watch all the same.
 * @param {World} world
 * @param {import("../../net/wire.js").Author} viewer
 */
function watched(world, viewer) {
  const state = world.client.store.get();
  if (isIn(state.relations.turned_away, viewer) || isIn(state.relations.ignores, viewer)) return;
  sound(world, "watch");
  if (preferenceOf(state, "watchNotice")) world.ui.toast(t("notice.watching", { name: shownName(viewer) }));
}

/**
 * @param {World} world
 * @param {import("../../state/types.js").Transfer} transfer
 */
function offered(world, { person, name, bytes, thread }) {
  const state = world.client.store.get();
  const text = t("file.note", { name: shownName(person), file: name || t("file.unnamed"), size: byteSize(bytes) });
  sound(world, "direct");
  if (thread === state.openThread && state.attending) world.ui.announce(text);
  else world.ui.toast(text);
  if (!state.attending && state.settings.notifications) notify(world, shownName(person), text, thread);
}

/**
 * @param {World} world
 * @param {{ room: string, by: import("../../net/wire.js").Author }} event
 */
function askedToMute({ client, ui }, { by }) {
  if (client.store.get().media.microphone) ui.set({ dialog: { kind: "quiet", by: shownName(by) } });
}

/**
 * @param {World} world
 * @param {Participant} person
 */
function came(world, person) {
  sound(world, "call");
  world.ui.announce(t("call.joined", { name: shownName(person) }));
}

/**
 * Hands that went up or down: one's own, and those of others, which are shown to whom they are raised for.
 * @param {World} world
 * @param {import("../../state/types.js").RoomState} room
 * @param {Record<string, Participant>} before
 */
function tellHands(world, { id, you, participants }, before) {
  const { client, ui } = world;
  const state = client.store.get();
  const own = participants[you];
  if (own && before[you] && !own.hand_raised_ms !== !before[you].hand_raised_ms) ui.announce(t(own.hand_raised_ms ? "hand.up" : "hand.down"));
  // One for all windows of a user, which are told one after the other.
  const told = new Set(handsUp(Object.values(before)).map(whose));
  for (const person of handsUp(Object.values(participants))) {
    if (told.has(whose(person)) || !before[person.session] || isMe(state.me, person)) continue;
    const text = t("hand.raised", { name: shownName(person) });
    if (state.call.room !== id && !mayLowerHand(own, person)) ui.announce(text);
    else {
      sound(world, "hand");
      ui.toast(text);
    }
  }
}

/**
 * @param {World} world
 * @param {import("./sounds.js").Sound} name
 */
export function sound({ client, ui }, name) {
  const state = client.store.get();
  const room = state.rooms[ui.get().room];
  const busy = room?.participants[room.you]?.dnd;
  if (state.settings.sounds && !busy && !preferenceOf(state, "muted").includes(name)) play(name);
}

/**
 * @param {World} world
 * @param {import("../../net/wire.js").Message} message
 */
function told(world, message) {
  const { client, ui } = world;
  const state = client.store.get();
  if (!state.me || isMe(state.me, message.author)) return;
  const name = shownName(message.author);
  const direct = message.place.in === "direct";
  if (direct && isUnsolicited(state, threadOf(state, message.place, message.author), message.author)) return;
  const room = state.rooms[ui.get().room];
  const own = room?.participants[room.you]?.handle ?? state.me.name;
  const mentioned = mentionsName(message.text, own);
  const text = plainText(message.text) || t("chat.picture_only");
  const key = threadOf(state, message.place, message.author);
  const onView = key === state.openThread;
  const quiet = isQuiet(state, key) && (direct || !mentioned);
  if (onView || (!quiet && (direct || mentioned))) ui.announce(t("chat.said", { name, text: text.slice(0, 300) }));
  if (quiet || (onView && state.attending)) return;
  sound(world, direct || mentioned ? "direct" : "message");
  if ((direct || mentioned) && !state.attending && state.settings.notifications) notify(world, name, text, key);
}

/**
 * @param {World} world
 * @param {string} name
 * @param {string} text
 * @param {string} key of the thread that a press opens; empty for none
 * @returns {Notification | null} null where the desktop shows none
 */
export function notify(world, name, text, key) {
  if (globalThis.Notification?.permission !== "granted") return null;
  try {
    const note = new Notification(name, { body: text.slice(0, 200), tag: key || name });
    note.onclick = () => {
      window.focus();
      if (key) showThread(world, key);
      note.close();
    };
    return note;
  } catch {
    return null; // Android's browsers show notifications for installed pages only
  }
}
