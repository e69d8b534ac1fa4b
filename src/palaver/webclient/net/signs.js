// @ts-check
/**
 * What a browser tells that bears on whether the server can be reached: another network, a machine or a page that wakes up.
 * @module
 */

/**
 * @param {() => void} look finds out whether the server is still there
 * @param {() => void} come looks, or tries at once to get there
 * @returns {[string, (event: Event) => void][]} what to listen to on the window, and with what
 */
export function signsOf(look, come) {
  return [
    ["online", come],
    ["offline", look],
    // Timers stood still while the machine slept or the page was frozen; whoever comes back to it does not wait for them.
    ["visibilitychange", ({ target }) => /** @type {Document | null} */ (target)?.visibilityState !== "hidden" && come()],
  ];
}
