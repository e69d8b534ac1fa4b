// @ts-check
/** @module The pictures that wait to be sent with a message, each with its progress or what went wrong. */
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { sendAgain, takeOut } from "./trays.js";

/** @param {{ thread: string, tray: import("./trays.js").Picture[] }} props */
export function UploadTray({ thread, tray }) {
  const world = useWorld();
  if (!tray.length) return null;
  return html`<ul class="tray" aria-label=${t("upload.label")}>
    ${tray.map((picture) => {
      const { id, file, preview, share, attachment, problem, passing } = picture;
      const { name } = file;
      return html`<li key=${id} class=${classes("tray-picture", problem && "failed", !attachment && "busy")}>
        ${problem ? html`<span class="tray-broken"><${Icon} name="alert" /></span>` : html`<img src=${preview} alt=${name} />`}
        ${!attachment && !problem && html`<progress max="1" value=${share} aria-label=${t("upload.progress", { name })}></progress>`}
        ${problem && html`<span class="tray-problem">${t("upload.failed", { name })} <span>${problem}</span></span>`}
        ${passing && html`<button type="button" class="button small" aria-label=${t("upload.again", { name })} onClick=${() => sendAgain(world, thread, picture)}>${t("upload.again_short")}</button>`}
        <${IconButton} small icon="close" label=${t("upload.remove", { name })} onClick=${() => takeOut(world, thread, [picture])} />
      </li>`;
    })}
  </ul>`;
}
