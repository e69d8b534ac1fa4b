// @ts-check
/** @module A window that must be answered or closed before anything else; the browser keeps the focus inside. */
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { IconButton } from "./button.js";

/** @param {{ heading: string, onClose: () => void, wide?: boolean, class?: string, children?: any }} props */
export function Dialog({ heading, onClose, wide, class: className, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return html`<dialog
    ref=${dialog}
    class=${classes("dialog", wide && "wide", className)}
    aria-labelledby=${id}
    onCancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    }}
    onMouseDown=${(/** @type {MouseEvent} */ event) => event.target === dialog.current && onClose()}
  >
    <div class="dialog-head">
      <h2 id=${id}>${heading}</h2>
      <${IconButton} icon="close" label=${t("dialog.close")} onClick=${onClose} />
    </div>
    <div class="dialog-body scrolls">${children}</div>
  </dialog>`;
}
