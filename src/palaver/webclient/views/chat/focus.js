// @ts-check
/** @module Where the message box is, for views that lead to it. */

export const BOX_ID = "message-box";

export function focusBox() {
  requestAnimationFrame(() => document.getElementById(BOX_ID)?.focus());
}
