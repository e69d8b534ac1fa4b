// @ts-check
/** @module Pictures on their way into a message: chosen, dropped or pasted, and shown with their progress. */
import { useEffect, useRef, useState } from "preact/hooks";
import { byteSize, refusalText, t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";

const MAX_PICTURES = 10;

/** @typedef {{ id: number, name: string, preview: string, share: number, attachment: import("../../net/wire.js").Attachment | null, problem: string }} Picture */
/** @typedef {{ pictures: Picture[], busy: boolean, add: (files: File[]) => void, remove: (id: number) => void, take: () => import("../../net/wire.js").Attachment[] }} Uploads */

/**
 * @param {string} place
 * @returns {Uploads}
 */
export function useUploads(place) {
  const { client, site, ui } = useWorld();
  const [pictures, setPictures] = useState(/** @type {Picture[]} */ ([]));
  const held = useRef(pictures);
  const lastId = useRef(0);
  const update = (/** @type {(before: Picture[]) => Picture[]} */ change) => {
    held.current = change(held.current);
    setPictures(held.current);
  };
  useEffect(() => () => held.current.forEach((picture) => URL.revokeObjectURL(picture.preview)), []);

  const change = (/** @type {number} */ id, /** @type {Partial<Picture>} */ changes) =>
    update((before) => before.map((picture) => (picture.id === id ? { ...picture, ...changes } : picture)));
  const remove = (/** @type {number} */ id) =>
    update((before) => before.filter((picture) => picture.id !== id || URL.revokeObjectURL(picture.preview)));

  const start = async (/** @type {File} */ file) => {
    if (!file.type.startsWith("image/")) return ui.toast(t("chat.not_picture", { name: file.name }), "bad");
    if (file.size > site.maxUploadBytes) {
      return ui.toast(t("chat.too_big", { name: file.name, size: byteSize(site.maxUploadBytes) }), "bad");
    }
    lastId.current += 1;
    const id = lastId.current;
    update((before) => [...before, { id, name: file.name, preview: URL.createObjectURL(file), share: 0, attachment: null, problem: "" }]);
    try {
      const attachment = await client.actions.uploadPicture(file, (sent, total) => change(id, { share: total ? sent / total : 0 }));
      change(id, { attachment, share: 1 });
      ui.announce(t("upload.ready", { name: file.name }));
    } catch (problem) {
      change(id, { problem: refusalText(/** @type {any} */ (problem)) });
      ui.announce(`${t("upload.failed", { name: file.name })} ${refusalText(/** @type {any} */ (problem))}`);
    }
    return undefined;
  };

  return {
    pictures,
    busy: pictures.some((picture) => !picture.attachment && !picture.problem),
    add: (files) => files.slice(0, MAX_PICTURES - pictures.length).forEach((file) => void start(file)),
    remove,
    take() {
      const ready = held.current.flatMap((picture) => (picture.attachment ? [picture.attachment] : []));
      held.current.filter((picture) => picture.attachment).forEach((picture) => remove(picture.id));
      return ready;
    },
  };
}

/** @param {{ uploads: Uploads }} props */
export function UploadTray({ uploads }) {
  if (!uploads.pictures.length) return null;
  return html`<ul class="tray" aria-label=${t("upload.label")}>
    ${uploads.pictures.map(
      (picture) => html`<li key=${picture.id} class=${classes("tray-picture", picture.problem && "failed", !picture.attachment && "busy")}>
        ${picture.problem ? html`<span class="tray-broken"><${Icon} name="alert" /></span>` : html`<img src=${picture.preview} alt=${picture.name} />`}
        ${!picture.attachment && !picture.problem && html`<progress max="1" value=${picture.share} aria-label=${t("upload.progress", { name: picture.name })}></progress>`}
        ${picture.problem && html`<span class="tray-problem">${t("upload.failed", { name: picture.name })} <span>${picture.problem}</span></span>`}
        <${IconButton} small icon="close" label=${t("upload.remove", { name: picture.name })} onClick=${() => uploads.remove(picture.id)} />
      </li>`,
    )}
  </ul>`;
}
