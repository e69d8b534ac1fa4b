// @ts-check
/** @module Keeps the screen on while one is in a call (Screen Wake Lock API): a phone that goes dark takes the microphone with it. */

/**
 * @param {Pick<import("../hooks.js").World, "client">} world
 * @param {{ page?: Pick<Document, "visibilityState" | "addEventListener">, locks?: Pick<WakeLock, "request"> }} [how] replaced in tests
 */
export function watchWaking({ client }, { page = document, locks = navigator.wakeLock } = {}) {
  /** @type {WakeLockSentinel | null} */
  let held = null;
  let asking = false;
  const look = async () => {
    const wanted = client.store.get().call.phase !== "out" && page.visibilityState === "visible";
    if (wanted === (held !== null) || asking || !locks) return;
    asking = true;
    const lock = held;
    // Refused, for instance, where the battery is low.
    held = wanted ? await locks.request("screen").catch(() => null) : null;
    if (!wanted) await lock?.release().catch(() => undefined);
    asking = false;
    const mine = held;
    // The browser takes it back from a page that is out of sight.
    mine?.addEventListener("release", () => (held = held === mine ? null : held));
    if (mine || !wanted) void look();
  };
  page.addEventListener("visibilitychange", () => void look());
  client.store.subscribe((state, before) => void (state.call.phase !== before.call.phase && look()));
}
