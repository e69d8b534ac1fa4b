// @ts-check
/**
 * What a browser tells that bears on whether the server can be reached: another network, a machine or a page that wakes up,
 * somebody who is there.
 * @module
 */

/**
 * @param {EventTarget | undefined} network the window
 * @param {object} heed
 * @param {() => void} heed.look finds out whether the server is still there
 * @param {() => void} heed.come looks, or tries at once to get there
 * @param {() => void} heed.touched somebody is at the page, as pointers tell many times a second
 * @returns {() => void} heeds them no longer
 */
export function heedSigns(network, { look, come, touched }) {
  /** @type {Record<string, (event: Event) => void>} */
  const signs = {
    online: come,
    offline: look,
    // Timers stood still while the machine slept or the page was frozen; whoever comes back to it does not wait for them.
    visibilitychange: ({ target }) => /** @type {Document | null} */ (target)?.visibilityState !== "hidden" && come(),
    focus: touched,
    keydown: touched,
    pointerdown: touched,
    pointermove: touched,
  };
  for (const [sign, heed] of Object.entries(signs)) network?.addEventListener(sign, heed);
  return () => {
    for (const [sign, heed] of Object.entries(signs)) network?.removeEventListener(sign, heed);
  };
}
