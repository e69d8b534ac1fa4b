// @ts-check
/**
 * What is on the screen but nobody else's business: which panel, which dialog, which message is being answered.
 * @module
 */

/** @typedef {import("../net/wire.js").Author} Author */
/** @typedef {import("../net/wire.js").Attachment} Attachment */

/**
 * @typedef {{ kind: "settings", section?: string } | { kind: "room" } | { kind: "rooms" } | { kind: "share" }
 *   | { kind: "ban", session: string, name: string } | { kind: "kick", session: string, name: string }
 *   | { kind: "report", about: string, message?: number, excerpt?: string, channel?: string, timestamp?: string }
 *   | { kind: "rename", session: string, name: string } | { kind: "quiet", by: string } | { kind: "explicit", session: string, name: string }
 *   | { kind: "meeting" } | { kind: "channel" } | { kind: "end" } | { kind: "suggested" } | { kind: "place", thread: string, place: string }
 *   | { kind: "profile", session: string } | { kind: "watchers" } | { kind: "past" } | { kind: "keys" }} OpenDialog
 */

/** @typedef {{ label: string, name: string, run: () => void }} ToastAction `label` is shown, `name` is read aloud */
/** @typedef {{ id: number, tone: "plain" | "good" | "bad", text: string, action?: ToastAction }} Toast */

/**
 * @typedef {object} UiState
 * @property {string} room the room on view
 * @property {"threads" | "chat" | "call" | "people"} panel the one panel that a phone shows
 * @property {"people" | "chat" | ""} side what stands at the right edge of a wide window
 * @property {"auto" | "grid" | "speaker"} layout of the call; by itself, it gives room to a shared screen
 * @property {string} pinned session (or `session/screen`) that fills the call; empty for whoever speaks
 * @property {OpenDialog | null} dialog
 * @property {number} covers how many dialogs lie over the page
 * @property {{ attachments: Attachment[], at: number } | null} lightbox
 * @property {Record<string, import("./chat/trays.js").Picture[]>} trays pictures that wait to be sent, by thread
 * @property {Record<string, import("./chat/trays.js").Parcel[]>} parcels messages that wait for their pictures, by thread
 * @property {string} editing key of the message whose text is being changed
 * @property {Toast[]} toasts
 * @property {{ id: number, text: string }[]} announcements the latest words for people who listen to the page
 * @property {boolean} entering the entrance is still doing its work
 * @property {boolean} reading the conversation is on the screen
 * @property {{ thread: string, id: number } | null} target a message that is to come into sight
 * @property {boolean} searching words are looked for in the open conversation
 * @property {{ thread: string, after: number } | null} unreadLine the last message read before the newest came
 */

/**
 * @typedef {object} Ui
 * @property {() => UiState} get
 * @property {(changes: Partial<UiState>) => void} set
 * @property {(listener: () => void) => () => void} subscribe
 * @property {(text: string, tone?: Toast["tone"], how?: { stays?: boolean, action?: ToastAction }) => number} toast gives its id
 * @property {(id: number) => void} dropToast
 * @property {(text: string) => void} announce
 * @property {import("./chat/drafts.js").Drafts} drafts unsent text by thread, and what it answers
 * @property {Map<string, import("./chat/staying-put.js").Place>} places where one reads back, by thread; for this window
 * @property {(thread: string, message: string) => void} reply answer the message with this key; an empty one stops that
 */

const TOAST_MS = 6000;
const AGAIN_MS = 1000;
const MAX_TOASTS = 4;
const MAX_ANNOUNCEMENTS = 5;

/**
 * @param {import("./chat/drafts.js").Drafts} drafts
 * @returns {Ui}
 */
export function createUi(drafts) {
  /** @type {UiState} */
  let state = {
    room: "",
    panel: "chat",
    side: "people",
    layout: "auto",
    pinned: "",
    dialog: null,
    covers: 0,
    lightbox: null,
    trays: {},
    parcels: {},
    editing: "",
    toasts: [],
    announcements: [],
    entering: false,
    reading: false,
    target: null,
    searching: false,
    unreadLine: null,
  };
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let lastId = 0;

  /** @type {Ui} */
  const ui = {
    get: () => state,
    set(changes) {
      state = { ...state, ...changes };
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    toast(text, tone = "plain", { stays = false, action } = {}) {
      lastId += 1;
      const id = lastId;
      // Somebody may ring again and again: the same words need to be read once.
      const others = state.toasts.filter((one) => one.text !== text || one.action || action);
      ui.set({ toasts: [...others, { id, tone, text, action }].slice(-MAX_TOASTS) });
      const end = () => (isRead() ? void setTimeout(end, AGAIN_MS) : ui.dropToast(id));
      if (!stays) setTimeout(end, TOAST_MS);
      return id;
    },
    dropToast(id) {
      if (state.toasts.some((toast) => toast.id === id)) {
        ui.set({ toasts: state.toasts.filter((toast) => toast.id !== id) });
      }
    },
    announce(text) {
      // A few stay, since what is replaced before a screen reader came to it is never read.
      lastId += 1;
      ui.set({ announcements: [...state.announcements, { id: lastId, text }].slice(-MAX_ANNOUNCEMENTS) });
    },
    drafts,
    places: new Map(),
    reply(thread, message) {
      drafts.write(thread, { reply: message });
      ui.set({});
    },
  };
  return ui;
}

/** @returns {boolean} somebody points at the notes, or stands in them by keys: none goes away meanwhile */
const isRead = () => Boolean(globalThis.document?.querySelector(".toasts:is(:hover, :focus-within)"));
