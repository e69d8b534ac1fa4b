// @ts-check
/** @module The pictures of a message. Only our own are loaded; another address is a link. */
import { byteSize, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useClient, useSite, useUi } from "../hooks.js";
import { Icon } from "../parts/icon.js";

const MAX_WIDTH = 380;
const MAX_HEIGHT = 300;

/** @typedef {import("../../net/wire.js").Attachment} Attachment */

/**
 * @param {Attachment} attachment
 * @param {import("../hooks.js").Site} site
 * @returns {boolean} the page's policy lets it be shown in place
 */
export function isOurs(attachment, site) {
  const { url } = attachment;
  if (url.startsWith("/") && !url.startsWith("//")) return true;
  return [location.origin, site.pictureOrigin].some((origin) => origin && url.startsWith(`${origin}/`));
}

/** @param {Attachment} attachment */
function sizeOf({ width, height }) {
  if (!width || !height) return {};
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return { width: `${Math.round(width * scale)}px`, aspectRatio: `${width} / ${height}` };
}

/** @param {{ attachments: Attachment[] }} props */
export function Attachments({ attachments }) {
  const client = useClient();
  const site = useSite();
  const ui = useUi();
  if (!attachments.length) return null;
  const shown = attachments.filter((attachment) => isOurs(attachment, site));
  return html`<div class="attachments">
    ${attachments.map((attachment) => {
      if (!isOurs(attachment, site)) return html`<${FileLink} key=${attachment.url} attachment=${attachment} />`;
      return html`<button key=${attachment.url} type="button" class="picture" style=${sizeOf(attachment)} aria-label=${t("message.open_picture", { name: attachment.name })}
        onClick=${() => ui.set({ lightbox: { attachments: shown, at: shown.indexOf(attachment) } })}>
        <img src=${client.addressOf(attachment.url)} alt=${attachment.name || t("message.picture", { name: "" })} loading="lazy" decoding="async" />
      </button>`;
    })}
  </div>`;
}

/** @param {{ attachment: Attachment }} props */
function FileLink({ attachment }) {
  if (!/^https?:\/\//i.test(attachment.url)) return null;
  return html`<a class="file" href=${attachment.url} target="_blank" rel="noopener noreferrer nofollow ugc">
    <${Icon} name="link" /><span>${attachment.name || attachment.url}</span>
    ${attachment.bytes > 0 && html`<span class="hint">${byteSize(attachment.bytes)}</span>`}
  </a>`;
}
