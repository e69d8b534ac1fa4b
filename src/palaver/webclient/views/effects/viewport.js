// @ts-check
/**
 * Keeps the page as high as what is seen of it. Safari lays the keyboard of a phone over the page and pushes it up, out of
 * sight; other browsers make the page smaller by themselves.
 * @module
 */

/** Bars of the browser come and go below this; a keyboard is higher. */
const KEYBOARD_PX = 120;

export function watchViewport() {
  const seen = globalThis.visualViewport;
  if (!seen) return;
  const fit = () => {
    const { style } = document.documentElement;
    // Somebody who zooms in sees less of the page, but not because of a keyboard.
    const covered = Math.round(seen.scale * 100) === 100 && innerHeight - seen.height > KEYBOARD_PX;
    if (!covered) return void style.removeProperty("--seen-height");
    style.setProperty("--seen-height", `${Math.round(seen.height)}px`);
    scrollTo(0, 0);
  };
  seen.addEventListener("resize", fit);
  seen.addEventListener("scroll", fit);
}
