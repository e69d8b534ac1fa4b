// @ts-check
/** @module How loud somebody is played, for oneself alone. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";

/** @param {{ name: string, value: number, onChange: (volume: number) => void }} props 0 to 1 */
export function Volume({ name, value, onChange }) {
  return html`<input class="volume" type="range" min="0" max="1" step="0.05" value=${value} aria-label=${t("camera.volume", { name })}
    onInput=${(/** @type {Event} */ event) => onChange(Number(/** @type {HTMLInputElement} */ (event.currentTarget).value))} />`;
}
