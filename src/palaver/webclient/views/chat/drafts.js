// @ts-check
/**
 * What was begun and not sent, by conversation: kept for this window, so that a page that is loaded anew still has it.
 * It is forgotten when it is sent, when one signs out, and when somebody else comes in.
 * @module
 */
import { personKey } from "../../state/keys.js";
import { emptyTrays } from "./trays.js";

/**
 * `reply` is the key of the message that is answered. `held` are messages that wait for their pictures: a page that is loaded anew
 * has lost those, and begins with the words.
 * @typedef {{ text: string, reply: string, held?: string[] }} Draft
 */
/** @typedef {{ who: string, drafts: Record<string, Draft> }} Kept */

const KEY = "palaver.drafts";
/** @type {Draft} */
const NONE = Object.freeze({ text: "", reply: "" });

export class Drafts {
  #storage;
  /** @type {Kept} */
  #kept;

  /** @param {import("../../net/api.js").Storage} [storage] of this window; without it drafts end with the page */
  constructor(storage) {
    this.#storage = storage;
    this.#kept = kept(storage);
  }

  /**
   * @param {string} thread
   * @returns {Draft}
   */
  get(thread) {
    return this.#kept.drafts[thread] ?? NONE;
  }

  /**
   * @param {string} thread
   * @param {Partial<Draft>} changes
   */
  write(thread, changes) {
    const { [thread]: before = NONE, ...others } = this.#kept.drafts;
    const draft = { ...before, ...changes };
    this.#keep({ ...this.#kept, drafts: draft.text || draft.reply || draft.held?.length ? { ...others, [thread]: draft } : others });
  }

  clear() {
    this.#keep({ who: "", drafts: {} });
  }

  /**
   * @param {string} who is here now
   * @returns {boolean} false where it was somebody else who began what was there, and what is gone now
   */
  belongTo(who) {
    if (who === this.#kept.who) return true;
    this.#keep({ who, drafts: {} });
    return false;
  }

  /** @param {Kept} now */
  #keep(now) {
    this.#kept = now;
    try {
      if (Object.keys(now.drafts).length) this.#storage?.setItem(KEY, JSON.stringify(now));
      else this.#storage?.removeItem(KEY);
    } catch {
      // No room, or no permission: they are there as long as the page is.
    }
  }
}

/** @param {import("../hooks.js").World} world */
export function watchDrafts(world) {
  const { client, ui } = world;
  client.store.subscribe(({ me, connection }, before) => {
    const signedOut = connection !== before.connection && connection.phase === "ended" && connection.reason === "left";
    const isOther = !!me && me !== before.me && !ui.drafts.belongTo(personKey({ handle: me.name, user: me.user }));
    if (signedOut) ui.drafts.clear();
    if (signedOut || isOther) emptyTrays(world);
  });
}

/**
 * @param {import("../../net/api.js").Storage | undefined} storage
 * @returns {Kept}
 */
function kept(storage) {
  try {
    const { who, drafts } = JSON.parse(storage?.getItem(KEY) ?? "{}");
    const begun = Object.entries(/** @type {Record<string, Draft>} */ (Object(drafts)));
    return { who: String(who ?? ""), drafts: Object.fromEntries(begun.map(([thread, { text, reply, held = [] }]) => [thread, { text: [...held, text].filter(Boolean).join("\n"), reply }])) };
  } catch {
    return { who: "", drafts: {} };
  }
}
