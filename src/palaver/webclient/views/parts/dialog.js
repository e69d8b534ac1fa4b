// @ts-check
/** @module A window that must be answered or closed before anything else; the browser keeps the focus inside. */
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { IconButton } from "./button.js";
import { Notes } from "./notes.js";
import { useUi } from "../hooks.js";

/** @param {{ heading: string, onClose: () => void, wide?: boolean, class?: string, children?: any }} props */
export function Dialog({ heading, onClose, wide, class: className, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useCover(dialog);
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
    <${Notes} />
  </dialog>`;
}

/**
 * Opens a dialog over the page for as long as it is there.
 * @param {{ current: HTMLDialogElement | null }} dialog
 */
export function useCover(dialog) {
  const ui = useUi();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    ui.set({ covers: ui.get().covers + 1 });
    return () => {
      shown?.close();
      ui.set({ covers: ui.get().covers - 1 });
    };
  }, []);
}
