// @ts-check
/**
 * Talking: posts that are shown at once, edits, reactions, typing, history.
 * @module
 */

import { directKey } from "../state/keys.js";
import * as entries from "../state/messages.js";
import { refreshThread, withDirect, withOlder, withThread } from "../state/threads.js";
import { without } from "../state/room.js";
import { attachment } from "./defaults.js";
import { randomWord } from "./platform.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./api.js").Draft} Draft */
/** @typedef {import("../state/types.js").Thread} Thread */
/** @typedef {import("../state/types.js").MessageEntry} MessageEntry */
/** @typedef {import("./wire.js").Destination} Destination */

export const PAGE = 50;

/**
 * Where a message of a thread is addressed to.
 * @param {Thread} thread
 * @returns {Destination}
 */
export function destinationOf(thread) {
  if (thread.kind === "channel") return { in: "channel", room: thread.room, channel: thread.channel };
  return { in: "direct", to: { by: "session", session: thread.person?.session ?? "" } };
}

export class Chat {
  #context;
  #posts;

  /**
   * @param {Context} context
   * @param {import("./posts.js").Posts} posts
   */
  constructor(context, posts) {
    this.#context = context;
    this.#posts = posts;
    posts.onRefused.add((nonce, refusal) => this.#fate(nonce, { state: "failed", refusal }));
    context.connection.onOutcome.add((ask, outcome) => {
      if (ask.type === "post_message" && outcome.type === "posted") posts.settle(ask.nonce ?? "");
    });
    // Anything that shows the server's copy settles the post: an event, a snapshot, a page of history.
    context.store.subscribe((state, before) => {
      for (const [key, thread] of Object.entries(state.threads)) {
        if (thread.messages !== before.threads[key]?.messages) this.#settleSeen(thread);
      }
    });
  }

  /**
   * @param {string} key
   * @param {Draft | string} draft
   */
  post(key, draft) {
    const { store, platform } = this.#context;
    const thread = store.get().threads[key];
    if (!thread) return;
    const whole = typeof draft === "string" ? { text: draft } : draft;
    const entry = this.#entry(thread, whole, randomWord(platform.random));
    store.update((state) => withThread(state, key, (known) => ({ ...known, messages: [...known.messages, entry] })));
    this.#posts.post(askOf(thread, entry));
  }

  /**
   * @param {string} key
   * @param {string} message
   */
  retry(key, message) {
    const thread = this.#context.store.get().threads[key];
    const entry = thread?.messages.find((candidate) => candidate.key === message && candidate.state === "failed");
    if (!thread || !entry) return;
    this.#fate(entry.nonce, { state: "sending", refusal: null });
    this.#posts.post(askOf(thread, entry));
  }

  /** @param {string} message */
  discard(message) {
    this.#posts.settle(message);
    this.#fate(message, undefined);
  }

  /**
   * @param {string} session of a participant
   * @returns {string} the thread
   */
  openDirect(session) {
    const { store } = this.#context;
    const person = Object.values(store.get().rooms).map((room) => room.participants[session]).find(Boolean);
    if (!person) return "";
    const key = directKey(person);
    const isNew = !store.get().threads[key];
    store.update((state) => withDirect(state, person));
    if (isNew) this.fetchOlder(key).catch(() => undefined);
    return key;
  }

  /** @param {string} key */
  closeDirect(key) {
    this.#context.store.update((state) => {
      if (state.threads[key]?.kind !== "direct") return state;
      const openThread = state.openThread === key ? "" : state.openThread;
      return { ...state, openThread, threads: without(state.threads, key) };
    });
  }

  /**
   * @param {string} key
   * @returns {Promise<void>}
   */
  async fetchOlder(key) {
    const { store, connection } = this.#context;
    const thread = store.get().threads[key];
    if (!thread || !thread.more || thread.paging) return;
    const before = thread.messages.find((entry) => entry.id !== 0)?.id;
    const paging = (/** @type {"" | "loading"} */ word) =>
      store.update((state) => withThread(state, key, (known) => ({ ...known, paging: word })));
    paging("loading");
    try {
      const page = await connection.ask({ type: "fetch_history", place: destinationOf(thread), before, limit: PAGE });
      store.update((state) => withOlder(state, key, page.messages, page.more));
    } catch (error) {
      paging("");
      throw error;
    }
  }

  /** Direct messages that may have been missed. Never rejected. @returns {Promise<void>} */
  async catchUpDirect() {
    const { store, connection } = this.#context;
    const direct = Object.values(store.get().threads).filter((thread) => thread.kind === "direct");
    const asked = direct.map(async (thread) => {
      const place = destinationOf(thread);
      const page = await connection.ask({ type: "fetch_history", place, limit: PAGE });
      // None: the server keeps nothing of what is said directly, and this copy is the only one.
      if (page.messages.length === 0) return;
      store.update((state) => refreshThread(state, thread.key, page.messages, { more: page.more, whole: !page.more, firstTime: false }));
    });
    await Promise.allSettled(asked);
  }

  /** @param {Thread} thread */
  #settleSeen(thread) {
    for (const entry of thread.messages) {
      if (entry.mine && entry.id !== 0 && entry.nonce) this.#posts.settle(entry.nonce);
    }
  }

  /**
   * @param {Thread} thread
   * @param {Draft} draft
   * @param {string} nonce
   * @returns {MessageEntry}
   */
  #entry(thread, { text = "", replyTo = null, attachments = [] }, nonce) {
    const { store, clock } = this.#context;
    const { me, rooms } = store.get();
    const room = rooms[thread.room];
    const seat = room?.participants[room.you];
    const person = thread.person ?? { session: "", handle: "", display_name: "", user: null };
    return {
      key: nonce,
      id: 0,
      state: "sending",
      refusal: null,
      mine: true,
      retracted: false,
      retractedBy: "",
      receipt: "",
      author: {
        session: me?.session ?? "",
        handle: seat?.handle ?? me?.name ?? "",
        display_name: seat?.display_name ?? me?.display_name ?? "",
        user: me?.user ?? null,
      },
      place:
        thread.kind === "channel"
          ? { in: "channel", room: thread.room, channel: thread.channel }
          : { in: "direct", to: person },
      text,
      sent_ms: clock.now(),
      edited_ms: 0,
      reply_to: replyTo,
      attachments: attachments.map(attachment),
      reactions: [],
      nonce,
    };
  }

  /**
   * @param {string} nonce
   * @param {Parameters<typeof entries.withFate>[2]} fate
   */
  #fate(nonce, fate) {
    const { store } = this.#context;
    const key = Object.values(store.get().threads).find(({ messages }) => messages.some((one) => one.key === nonce))?.key;
    if (key === undefined) return;
    store.update((state) =>
      withThread(state, key, (thread) => ({ ...thread, messages: entries.withFate(thread.messages, nonce, fate) })),
    );
  }
}

/**
 * @param {Thread} thread
 * @param {MessageEntry} entry
 * @returns {import("./posts.js").Post}
 */
function askOf(thread, { text, reply_to, attachments, nonce }) {
  /** @type {import("./posts.js").Post} */
  const ask = { type: "post_message", place: destinationOf(thread), text, nonce };
  if (reply_to !== null) ask.reply_to = reply_to;
  if (attachments.length > 0) ask.attachments = attachments;
  return ask;
}

