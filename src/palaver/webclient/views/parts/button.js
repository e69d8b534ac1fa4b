// @ts-check
/** @module Buttons that hold a sign only; their name is read aloud and shown when pointed at. */
import { classes, html } from "../html.js";
import { Icon } from "./icon.js";

/**
 * @param {{ label: string, icon: string, onClick?: (event: MouseEvent) => void, pressed?: boolean, expanded?: boolean, disabled?: boolean,
 *   unavailable?: boolean, small?: boolean, class?: string, popup?: "menu" | "dialog", refer?: any, children?: any, tabIndex?: number,
 *   onKeyDown?: (event: KeyboardEvent) => void, onPointerDown?: (event: PointerEvent) => void }} props
 */
export function IconButton(props) {
  const { label, icon, pressed, expanded, popup, small, refer, children } = props;
  return html`<button
    type="button"
    ref=${refer}
    class=${classes("icon-button", small && "small", props.class)}
    aria-label=${label}
    title=${label}
    aria-pressed=${pressed}
    aria-expanded=${expanded}
    aria-haspopup=${popup}
    aria-disabled=${props.unavailable ? "true" : undefined}
    disabled=${props.disabled}
    tabindex=${props.tabIndex}
    onClick=${props.onClick}
    onKeyDown=${props.onKeyDown}
    onPointerDown=${props.onPointerDown}
  ><${Icon} name=${icon} />${children}</button>`;
}
