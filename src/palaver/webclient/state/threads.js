// @ts-check
/**
 * Threads: channels and direct conversations, with what is unread in them.
 * @module
 */

import { channelKey, directKey, fold } from "./keys.js";
import * as entries from "./messages.js";

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("./types.js").Thread} Thread */
/** @typedef {import("./types.js").MessageEntry} MessageEntry */
/** @typedef {import("./types.js").Author} Author */
/** @typedef {import("./types.js").Me} Me */
/** @typedef {import("../net/wire.js").Message} Message */
/** @typedef {import("../net/wire.js").Place} Place */

/** @type {Thread} */
const EMPTY = Object.freeze({
  key: "",
  kind: "channel",
  room: "",
  channel: "",
  person: null,
  messages: [],
  more: true,
  paging: "",
  readTo: 0,
  unread: 0,
  mentions: 0,
  latest_ms: 0,
  typing: [],
});

/**
 * @param {ClientState} state
 * @param {string} key
 * @returns {Thread} an empty one where it was closed a moment ago, and a view of it is still on
 */
export function threadIn(state, key) {
  return state.threads[key] ?? EMPTY;
}

/**
 * @param {string} room
 * @param {string} channel
 * @returns {Thread}
 */
export function newChannelThread(room, channel) {
  return { ...EMPTY, key: channelKey(room, channel), kind: "channel", room, channel };
}

/**
 * @param {Author} person
 * @returns {Thread}
 */
export function newDirectThread(person) {
  return { ...EMPTY, key: directKey(person), kind: "direct", person };
}

/**
 * Whether somebody is oneself, in this session or an earlier one.
 * @param {Me | null} me
 * @param {Author} author
 * @returns {boolean}
 */
export function isMe(me, author) {
  if (me === null) return false;
  if (author.session === me.session || me.former.includes(author.session)) return true;
  return me.user !== null && author.user === me.user;
}

/**
 * The thread that something said by `author` in `place` belongs to.
 * @param {ClientState} state
 * @param {Place} place
 * @param {Author} author
 * @returns {string}
 */
export function threadOf(state, place, author) {
  if (place.in === "direct") return directKey(isMe(state.me, author) ? place.to : author);
  return channelKey(place.room, place.channel || (state.rooms[place.room]?.info.channels[0]?.id ?? ""));
}

/**
 * Replaces one thread and counts anew what is unread in it.
 * @param {ClientState} state
 * @param {string} key
 * @param {(thread: Thread) => Thread} change
 * @returns {ClientState}
 */
export function withThread(state, key, change) {
  const thread = state.threads[key];
  if (!thread) return state;
  const after = change(thread);
  if (after === thread) return state;
  const counted = after.messages === thread.messages && after.readTo === thread.readTo ? after : counts(state, after);
  return { ...state, threads: { ...state.threads, [key]: counted } };
}

/**
 * @param {ClientState} state
 * @param {Message} message
 * @returns {ClientState}
 */
export function messagePosted(state, message) {
  const mine = isMe(state.me, message.author);
  const key = threadOf(state, message.place, message.author);
  if (message.place.in === "direct" && !mine && isUnsolicited(state, key, message.author)) return state;
  const known = message.place.in === "direct" ? withDirect(state, mine ? message.place.to : message.author) : state;
  return withThread(known, key, (thread) => {
    const messages = entries.withMessage(thread.messages, message, mine);
    const letGo = thread.messages.length > 0 && messages.length < thread.messages.length;
    const typing = thread.typing.filter((person) => person.author.session !== message.author.session);
    return { ...thread, messages, typing, more: thread.more || letGo };
  });
}

/**
 * Whether something said directly is of no concern to one who wants no unsolicited messages: no conversation is open with
 * its author, who does not run the site either.
 * @param {ClientState} state
 * @param {string} key of the direct thread
 * @param {Author} author
 * @returns {boolean}
 */
export function isUnsolicited(state, key, author) {
  if (state.threads[key]) return false;
  const rooms = Object.values(state.rooms);
  if (rooms.some((room) => room.participants[author.session]?.operator)) return false;
  return rooms.some((room) => room.participants[room.you]?.dnd);
}

/**
 * A fact about one message that is there already.
 * @param {ClientState} state
 * @param {{ place: Place, by: Author }} where
 * @param {(messages: MessageEntry[]) => MessageEntry[]} change
 * @returns {ClientState}
 */
export function aboutMessage(state, { place, by }, change) {
  return withThread(state, threadOf(state, place, by), (thread) => {
    const messages = change(thread.messages);
    return messages === thread.messages ? thread : { ...thread, messages };
  });
}

/**
 * @param {ClientState} state
 * @param {{ messages: number[], state: "delivered" | "seen", by: Author }} event
 * @returns {ClientState}
 */
export function messagesMarked(state, event) {
  return withThread(state, directKey(event.by), (thread) => {
    const messages = entries.marked(thread.messages, event.messages, event.state);
    return messages === thread.messages ? thread : { ...thread, messages };
  });
}

/**
 * Makes the thread of a direct conversation where there is none, and remembers how its person is reached now.
 * @param {ClientState} state
 * @param {Author} person
 * @returns {ClientState}
 */
export function withDirect(state, person) {
  const key = directKey(person);
  const { session, handle, display_name, user } = person;
  const thread = state.threads[key] ?? newDirectThread({ session, handle, display_name, user });
  const known = thread.person;
  const same = known && known.session === session && known.handle === handle && known.display_name === display_name;
  if (state.threads[key] && same) return state;
  return { ...state, threads: { ...state.threads, [key]: { ...thread, person: { session, handle, display_name, user } } } };
}

/**
 * The messages of a fresh snapshot or of a newest page, in one thread.
 * @param {ClientState} state
 * @param {string} key
 * @param {Message[]} messages oldest first
 * @param {{ more: boolean, whole: boolean, firstTime: boolean }} how `whole`: they are all there are; `firstTime`: they count as read
 * @returns {ClientState}
 */
export function refreshThread(state, key, messages, how) {
  return withThread(state, key, (thread) => {
    const newest = messages.map((message) => entries.entryOf(message, isMe(state.me, message.author)));
    const { entries: merged, older } = entries.refreshed(thread.messages, newest, how.whole);
    const more = older > 0 ? thread.more : how.more;
    const last = newest.at(-1)?.id ?? 0;
    return { ...thread, messages: merged, more, readTo: how.firstTime ? Math.max(thread.readTo, last) : thread.readTo };
  });
}

/**
 * @param {ClientState} state
 * @param {string} key
 * @param {Message[]} messages oldest first
 * @param {boolean} more
 * @returns {ClientState}
 */
export function withOlder(state, key, messages, more) {
  return withThread(state, key, (thread) => ({
    ...thread,
    messages: entries.withPage(
      thread.messages,
      messages.map((message) => entries.entryOf(message, isMe(state.me, message.author))),
    ),
    more,
    paging: "",
  }));
}

/**
 * Puts a thread on view (null: none), or tells whether the person is there to read it.
 * @param {ClientState} state
 * @param {{ open?: string | null, attending?: boolean }} change
 * @returns {ClientState}
 */
export function reading(state, change) {
  const openThread = change.open === undefined ? state.openThread : (change.open ?? "");
  const attending = change.attending ?? state.attending;
  const after = { ...state, openThread, attending };
  return withThread(after, openThread, (thread) => ({ ...thread, readTo: newestId(thread) }));
}

/**
 * @param {ClientState} state
 * @param {Thread} thread
 * @returns {Thread}
 */
function counts(state, thread) {
  const isRead = state.attending && state.openThread === thread.key;
  const readTo = isRead ? Math.max(thread.readTo, newestId(thread)) : thread.readTo;
  const unread = thread.messages.filter((entry) => entry.id > readTo && !entry.mine && !entry.retracted);
  const name = ownHandle(state, thread);
  const mentions = thread.kind === "direct" ? unread : unread.filter((entry) => speaksTo(entry, name));
  const latest = thread.messages.at(-1)?.sent_ms ?? thread.latest_ms;
  return { ...thread, readTo, unread: unread.length, mentions: mentions.length, latest_ms: latest };
}

/**
 * @param {Thread} thread
 * @returns {number}
 */
function newestId(thread) {
  return thread.messages.reduce((newest, entry) => Math.max(newest, entry.id), thread.readTo);
}

/**
 * @param {ClientState} state
 * @param {Thread} thread
 * @returns {string}
 */
function ownHandle(state, thread) {
  const room = state.rooms[thread.room];
  return room?.participants[room.you]?.handle ?? state.me?.name ?? "";
}

/** What was found out of each entry. @type {WeakMap<MessageEntry, { name: string, speaks: boolean }>} */
const known = new WeakMap();

/**
 * Of a thousand unread messages, one has come: the others are not read again.
 * @param {MessageEntry} entry
 * @param {string} name
 * @returns {boolean}
 */
function speaksTo(entry, name) {
  const before = known.get(entry);
  if (before?.name === name) return before.speaks;
  const speaks = mentionsName(entry.text, name);
  known.set(entry, { name, speaks });
  return speaks;
}

/**
 * Whether a text speaks to somebody: `@ana`, or `ana` as a word of its own.
 * @param {string} text
 * @param {string} name
 * @returns {boolean}
 */
export function mentionsName(text, name) {
  const wanted = fold(name);
  if (!wanted) return false;
  const said = fold(text);
  for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1)) {
    if (!isLetter(said[at - 1]) && !isLetter(said[at + wanted.length])) return true;
  }
  return false;
}

/** @param {string | undefined} character */
function isLetter(character) {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
