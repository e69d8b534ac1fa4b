// @ts-check
/** @module A picture over the whole window, and the others of its message beside it. */
import { useRef } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useClient, useUi, useUiSelect } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { useCover } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { Notes } from "../parts/notes.js";

export function Lightbox() {
  const open = useUiSelect((state) => state.lightbox);
  return open && html`<${Shown} ...${open} />`;
}

/** @param {{ attachments: import("../../net/wire.js").Attachment[], at: number }} props */
function Shown({ attachments, at }) {
  const client = useClient();
  const ui = useUi();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useCover(dialog);
  const close = () => ui.set({ lightbox: null });
  const go = (/** @type {number} */ by) => ui.set({ lightbox: { attachments, at: (at + by + attachments.length) % attachments.length } });
  const picture = attachments[at];
  const address = client.addressOf(picture.url);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowRight") go(1);
    if (event.key === "ArrowLeft") go(-1);
  };
  return html`<dialog ref=${dialog} class="lightbox" aria-label=${t("lightbox.label")} onKeyDown=${onKeyDown} onCancel=${close}
    onClick=${(/** @type {MouseEvent} */ event) => !(/** @type {Element} */ (event.target).closest("button, a, img")) && close()}>
    <div class="lightbox-bar">
      <span>${picture.name}</span>
      <a class="icon-button" href=${address} target="_blank" rel="noopener noreferrer" aria-label=${t("lightbox.open")} title=${t("lightbox.open")}><${Icon} name="expand" /></a>
      <${IconButton} icon="close" label=${t("dialog.close")} onClick=${close} />
    </div>
    <div class="lightbox-stage">
      ${attachments.length > 1 && html`<${IconButton} icon="left" label=${t("lightbox.previous")} onClick=${() => go(-1)} />`}
      <img src=${address} alt=${picture.name} />
      ${attachments.length > 1 && html`<${IconButton} icon="right" label=${t("lightbox.next")} onClick=${() => go(1)} />`}
    </div>
    <${Notes} />
  </dialog>`;
}
