// @ts-check
/** @module A menu beside the button (or the point) that called it, in the browser's top layer. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { classes, html } from "../html.js";
import { Icon } from "./icon.js";

/** @typedef {{ label: string, icon?: string, danger?: boolean, unavailable?: boolean, checked?: boolean, href?: string, onPick?: () => void } | "line" | { title: string } | false | null | undefined | ""} Item */

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

const GAP = 6;

/**
 * Where something goes that belongs to a box: below it, or above where there is more room.
 * @param {HTMLElement} element
 * @param {Box} box
 */
export function placeBeside(element, box) {
  const { offsetWidth: width, offsetHeight: height } = element;
  const below = box.bottom + GAP + height <= innerHeight - GAP;
  const top = below ? box.bottom + GAP : Math.max(GAP, box.top - GAP - height);
  const left = box.left + width <= innerWidth - GAP ? box.left : Math.max(GAP, box.right - width);
  element.style.top = `${Math.min(top, Math.max(GAP, innerHeight - height - GAP))}px`;
  element.style.left = `${left}px`;
}

/** @param {{ label: string, items: Item[], beside: Box, onClose: () => void }} props */
export function Menu({ label, items, beside, onClose }) {
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const before = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const menu = root.current;
    if (!menu) return undefined;
    before.current = /** @type {HTMLElement | null} */ (document.activeElement);
    menu.showPopover?.();
    placeBeside(menu, beside);
    /** @type {HTMLElement | null} */ (menu.querySelector("[role^=menuitem]"))?.focus();
    const outside = (/** @type {Event} */ event) => {
      if (!menu.contains(/** @type {Node} */ (event.target))) onClose();
    };
    const away = () => onClose();
    document.addEventListener("pointerdown", outside, true);
    window.addEventListener("blur", away);
    window.addEventListener("resize", away);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      window.removeEventListener("blur", away);
      window.removeEventListener("resize", away);
      if (menu.contains(document.activeElement) || document.activeElement === document.body) {
        before.current?.focus?.();
      }
    };
  }, []);

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const entries = /** @type {HTMLElement[]} */ ([...(root.current?.querySelectorAll("[role^=menuitem]") ?? [])]);
    const at = entries.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      entries.at(to % entries.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
  };

  // What a pick opens gives the focus back to what had it then: that must not be an entry of a menu that is gone.
  const onLeave = () => {
    before.current?.focus?.();
    onClose();
  };
  return html`<div ref=${root} popover="manual" class="menu scrolls" role="menu" aria-label=${label} onKeyDown=${onKeyDown}>
    ${items.map((item) => item && html`<${Entry} item=${item} onLeave=${onLeave} />`)}
  </div>`;
}

/** @param {{ item: Exclude<Item, false | null | undefined | "">, onLeave: () => void }} props */
function Entry({ item, onLeave }) {
  if (item === "line") return html`<hr role="separator" />`;
  if ("title" in item) return html`<div class="menu-title" role="presentation">${item.title}</div>`;
  const pick = () => {
    onLeave();
    item.onPick?.();
  };
  const inside = html`
    ${item.icon && html`<${Icon} name=${item.icon} />`}
    <span>${item.label}</span>
    ${item.checked && html`<${Icon} name="check" class="check" />`}
  `;
  const className = classes("menu-item", item.danger && "danger");
  if (item.href) {
    return html`<a role="menuitem" tabindex="-1" class=${className} href=${item.href} target="_blank" rel="noopener noreferrer" onClick=${pick}>${inside}</a>`;
  }
  const role = item.checked === undefined ? "menuitem" : "menuitemradio";
  return html`<button type="button" role=${role} tabindex="-1" aria-checked=${item.checked} aria-disabled=${item.unavailable ? "true" : undefined} class=${className} onClick=${pick}>${inside}</button>`;
}
