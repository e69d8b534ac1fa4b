// @ts-check
/** @module A person's picture where the site's own may be shown, or else initials on a colour that stays theirs. */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { useSite } from "../hooks.js";

/** @param {{ handle: string, display_name?: string }} person */
const nameOf = (person) => person.display_name || person.handle;

/**
 * @param {string} name
 * @returns {string}
 */
function initials(name) {
  const words = name.split(/[\s._-]+/u).filter((word) => /\p{L}|\p{N}/u.test(word));
  const letters = (words.length > 1 ? [words[0], words[words.length - 1]] : [words[0] ?? name]).map((word) => [...word][0]);
  return letters.join("").toLocaleUpperCase();
}

/**
 * @param {string} text
 * @returns {number} 0 to 359, the same for the same text
 */
export function hueOf(text) {
  let hash = 7;
  for (const char of text.toLowerCase()) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return (hash * 47) % 360;
}

/** @param {{ status?: string, dnd?: boolean }} person */
const dotOf = (person) => (person.dnd || person.status === "busy" ? "dnd" : person.status === "online" ? "online" : "away");

/**
 * @param {{ person: { handle: string, display_name?: string, status?: string, dnd?: boolean, profile?: { avatar: string } },
 *   size?: number, presence?: boolean }} props
 */
export function Avatar({ person, size = 36, presence = false }) {
  const site = useSite();
  const [broken, setBroken] = useState("");
  const url = person.profile?.avatar ?? "";
  const ours = url.startsWith("/") && !url.startsWith("//");
  const shown = url && url !== broken && (ours || (site.pictureOrigin && url.startsWith(`${site.pictureOrigin}/`)));
  return html`<span class="avatar" data-initials=${shown ? undefined : initials(nameOf(person))} style=${{ "--size": `${size}px`, "--hue": String(hueOf(person.handle)) }} aria-hidden="true">
    ${shown && html`<img src=${url} alt="" loading="lazy" onError=${() => setBroken(url)} />`}
    ${presence && html`<span class=${`dot ${dotOf(person)}`}></span>`}
  </span>`;
}
