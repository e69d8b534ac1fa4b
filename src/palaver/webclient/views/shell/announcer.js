// @ts-check
/** @module Speaks what happens to people who listen to the page. What to say is chosen in `effects/alerts.js`. */
import { html } from "../html.js";
import { useUiSelect } from "../hooks.js";

export function Announcer() {
  const text = useUiSelect((state) => state.announcement);
  return html`<div class="hidden-text" role="status" aria-live="polite" data-test="announcer">${text}</div>`;
}
