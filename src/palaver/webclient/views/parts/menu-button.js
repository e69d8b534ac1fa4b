// @ts-check
/** @module A button that opens a menu below itself. */
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { IconButton } from "./button.js";
import { Menu } from "./menu.js";

/** @param {{ label: string, icon: string, items: () => import("./menu.js").Item[], small?: boolean, class?: string, tabIndex?: number }} props */
export function MenuButton({ label, icon, items, small, class: className, tabIndex }) {
  const [beside, setBeside] = useState(/** @type {DOMRect | null} */ (null));
  const toggle = (/** @type {MouseEvent} */ event) =>
    setBeside(beside ? null : /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect());
  return html`
    <${IconButton} icon=${icon} label=${label} small=${small} class=${className} popup="menu" expanded=${!!beside} tabIndex=${tabIndex} onClick=${toggle} />
    ${beside && html`<${Menu} label=${label} items=${items()} beside=${beside} onClose=${() => setBeside(null)} />`}
  `;
}
