// @ts-check
/** @module A sign; it says nothing to people who listen, so a name must stand beside it. */
import { html } from "../html.js";
import { ICONS } from "./icons.js";

/** @param {{ name: keyof typeof ICONS, class?: string }} props */
export function Icon({ name, class: className = "" }) {
  return html`<svg class=${`icon ${className}`} viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
}
