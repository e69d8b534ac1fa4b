// @ts-check
/** @module The moment before something is there. */
import { html } from "../html.js";

/** @param {{ text: string }} props */
export function Splash({ text }) {
  return html`<main class="entrance"><div class="splash" role="status"><span class="spinner"></span><p>${text}</p></div></main>`;
}
