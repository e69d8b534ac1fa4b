// @ts-check
/** @module How loud somebody is played, for oneself alone: kept for as long as the page is there, whatever shows them. */
import { useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";

/** @typedef {{ silenced: boolean, volume: number }} Loudness `volume`: 0 to 1 */

/** By session; a phone that is turned takes all pictures down and puts them up again. @type {Map<string, Loudness>} */
const kept = new Map();

/**
 * @param {string} session
 * @returns {[Loudness, (changes: Partial<Loudness>) => void]}
 */
export function useLoudness(session) {
  const [loudness, setLoudness] = useState(kept.get(session) ?? { silenced: false, volume: 1 });
  const change = (/** @type {Partial<Loudness>} */ changes) => {
    const next = { ...loudness, ...changes };
    kept.set(session, next);
    setLoudness(next);
  };
  return [loudness, change];
}

/** @param {{ name: string, value: number, onChange: (volume: number) => void }} props 0 to 1 */
export function Volume({ name, value, onChange }) {
  return html`<input class="volume" type="range" min="0" max="1" step="0.05" value=${value} aria-label=${t("camera.volume", { name })}
    onInput=${(/** @type {Event} */ event) => onChange(Number(/** @type {HTMLInputElement} */ (event.currentTarget).value))} />`;
}
