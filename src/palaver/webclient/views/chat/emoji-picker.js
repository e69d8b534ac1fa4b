// @ts-check
/** @module A small picker of emoji: search by name, groups, arrow keys. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t, tWord } from "../../texts/index.js";
import { html } from "../html.js";
import { placeBeside } from "../parts/menu.js";
import { Icon } from "../parts/icon.js";
import { EMOJI } from "./emoji.js";

const COLUMNS = 8;

/** @param {{ beside: import("../parts/menu.js").Box, onPick: (emoji: string) => void, onClose: () => void }} props */
export function EmojiPicker({ beside, onPick, onClose }) {
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const [search, setSearch] = useState("");
  useLayoutEffect(() => {
    const picker = root.current;
    if (!picker) return undefined;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    picker.showPopover?.();
    placeBeside(picker, beside);
    picker.querySelector("input")?.focus();
    const outside = (/** @type {Event} */ event) => picker.contains(/** @type {Node} */ (event.target)) || onClose();
    document.addEventListener("pointerdown", outside, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      if (picker.contains(document.activeElement) || document.activeElement === document.body) before?.focus?.();
    };
  }, []);

  const pick = (/** @type {string} */ emoji) => {
    onClose();
    onPick(emoji);
  };
  const words = search.trim().toLowerCase();
  const groups = /** @type {(keyof typeof EMOJI)[]} */ (Object.keys(EMOJI)).map((group) => ({
    group,
    found: EMOJI[group].filter((emoji) => !words || tWord("emoji", emoji).includes(words)),
  }));
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      // It lies over what Tab would lead to.
      event.preventDefault();
      event.stopPropagation();
      onClose();
      return;
    }
    const buttons = /** @type {HTMLElement[]} */ ([...(root.current?.querySelectorAll("button") ?? [])]);
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Enter" && at < 0 && buttons[0]) {
      event.preventDefault();
      buttons[0].click();
    }
    const by = { ArrowDown: at < 0 ? 1 : COLUMNS, ArrowUp: -COLUMNS, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    if (at + by < 0) root.current?.querySelector("input")?.focus();
    else buttons[Math.min(at + by, buttons.length - 1)]?.focus();
  };

  return html`<div ref=${root} popover="manual" class="menu emoji-picker" role="dialog" aria-label=${t("emoji.label")} onKeyDown=${onKeyDown}>
    <div class="search"><${Icon} name="search" />
      <input class="input" type="search" aria-label=${t("emoji.search")} placeholder=${t("emoji.search")} value=${search}
        onInput=${(/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value)} />
    </div>
    <div class="emoji-groups scrolls">
      ${groups.every(({ found }) => !found.length) && html`<p class="hint">${t("emoji.none")}</p>`}
      ${groups.map(
        ({ group, found }) =>
          found.length > 0 &&
          html`<div key=${group} role="group" aria-label=${tWord("emoji", group)}>
            <div class="menu-title">${tWord("emoji", group)}</div>
            <div class="emoji-grid">
              ${found.map((emoji) => html`<button key=${emoji} type="button" tabindex="-1" aria-label=${tWord("emoji", emoji)} title=${tWord("emoji", emoji)} onClick=${() => pick(emoji)}>${emoji}</button>`)}
            </div>
          </div>`,
      )}
    </div>
  </div>`;
}
