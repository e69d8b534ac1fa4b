// @ts-check
/**
 * Sessions that a killed browser leaves behind. What is needed to go on with one is kept on this machine while a tab lives
 * with it, under a lock that dies with the tab (Web Locks API): a kept session whose lock is free has lost its tab. A tab that
 * goes away in peace takes what it kept with it. Where the browser gives no locks, or nowhere to keep things, nothing is kept.
 * @module
 */

/** @typedef {import("./api.js").Parked} Parked */
/** @typedef {import("./api.js").Vault} Vault */

/** A browser whose storage does not answer must not keep anybody out. */
export const VAULT_MS = 2_000;

export class Holding {
  #vault;
  #locks;
  #clock;
  /** The session that this tab lives with, or asks to. */
  #session = "";
  /** @type {(() => void) | null} */
  #free = null;
  /** What is kept of it. */
  #kept = "";

  /**
   * @param {object} how
   * @param {Vault | undefined} how.vault
   * @param {Pick<LockManager, "request"> | undefined} how.locks
   * @param {import("./api.js").Clock} how.clock
   */
  constructor({ vault, locks, clock }) {
    this.#vault = locks && vault;
    this.#locks = locks;
    this.#clock = clock;
  }

  /** Whether anything can be kept. */
  get keeps() {
    return Boolean(this.#vault);
  }

  /**
   * Lives with a session from now on, and with no other.
   * @param {string} session
   * @returns {Promise<boolean>} false where another tab does
   */
  async hold(session) {
    if (this.#session === session && this.#free) return true;
    this.letGo();
    this.#session = session;
    const free = await this.#locked(session);
    if (this.#session !== session || !free) {
      free?.();
      if (this.#session === session) this.#session = "";
      return false;
    }
    this.#free = free;
    return true;
  }

  /** Keeps what it takes to go on with the session, where no other tab does. @param {Parked} parked */
  async keep(parked) {
    const { session } = parked.me;
    const text = JSON.stringify(parked);
    if (!this.#vault || (session === this.#session && text === this.#kept)) return;
    if (!(await this.hold(session))) return;
    this.#kept = text;
    await this.#vault.put(session, parked).catch(() => undefined);
  }

  /** Forgets the session that this tab lived with. */
  letGo() {
    if (!this.#session) return;
    void this.#forget(this.#session);
    this.#free?.();
    this.#free = null;
    this.#session = this.#kept = "";
  }

  /**
   * Takes over a session whose tab was killed.
   * @param {(parked: Parked) => boolean} fits
   * @returns {Promise<Parked | null>} the first that fits; nobody else gets it from now on
   */
  async claim(fits) {
    for (const parked of await this.#known()) if (fits(parked) && (await this.hold(parked.me.session))) return parked;
    return null;
  }

  /** Ends whatever killed tabs left behind. @param {(parked: Parked) => Promise<unknown>} end */
  async endAbandoned(end) {
    const ending = (await this.#known()).map(async (parked) => {
      const free = await this.#locked(parked.me.session);
      if (!free) return;
      await end(parked).catch(() => undefined);
      await this.#forget(parked.me.session);
      free();
    });
    await Promise.all(ending);
  }

  /** @returns {Promise<Parked[]>} */
  async #known() {
    const vault = this.#vault;
    if (!vault) return [];
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve([]), VAULT_MS);
      const found = (/** @type {Parked[]} */ all) => {
        this.#clock.clearTimeout(timer);
        resolve(all);
      };
      vault.all().then(found, () => found([]));
    });
  }

  /** @param {string} session */
  async #forget(session) {
    await this.#vault?.remove(session).catch(() => undefined);
  }

  /**
   * @param {string} session
   * @returns {Promise<(() => void) | null>} gives the lock back; null where another tab has it
   */
  #locked(session) {
    const locks = this.#locks;
    if (!locks) return Promise.resolve(() => undefined);
    return new Promise((resolve) => {
      const taken = (/** @type {Lock | null} */ lock) => (lock ? new Promise((free) => resolve(() => free(undefined))) : resolve(null));
      locks.request(`palaver.session.${session}`, { ifAvailable: true }, taken).catch(() => resolve(null));
    });
  }
}
