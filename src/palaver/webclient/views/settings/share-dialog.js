// @ts-check
/** @module The link that leads others into the room. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { copy } from "../clipboard.js";
import { useRoom, useSite, useUi } from "../hooks.js";
import { roomAddress } from "../entry/enter.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";

/** @param {{ onClose: () => void }} props */
export function ShareDialog({ onClose }) {
  const room = useRoom();
  const site = useSite();
  const ui = useUi();
  if (!room) return null;
  const link = roomAddress(site, room.id);
  const name = room.info.title || room.id;
  return html`<${Dialog} heading=${t("share.heading", { room: name })} onClose=${onClose}>
    <p class="hint">${t("share.lead")}</p>
    <input class="input" readonly value=${link} aria-label=${t("share.link")} onFocus=${(/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.currentTarget).select()} />
    <div class="dialog-foot">
      ${"share" in navigator && html`<button type="button" class="button" onClick=${() => navigator.share({ title: name, url: link }).catch(() => {})}>${t("share.send")}</button>`}
      <button type="button" class="button primary" onClick=${() => copy(ui, link, t("share.copied"))}><${Icon} name="copy" />${t("share.copy")}</button>
    </div>
  </${Dialog}>`;
}
