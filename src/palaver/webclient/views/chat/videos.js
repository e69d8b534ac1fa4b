// @ts-check
/** @module Videos that a message links to: a card each, which loads nothing from elsewhere until somebody asks for it. */
import { useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { Icon } from "../parts/icon.js";
import { linksIn } from "./markdown.js";

const HOSTS = new Set(["youtube.com", "www.youtube.com", "m.youtube.com", "youtube-nocookie.com", "www.youtube-nocookie.com"]);
/** The last of eleven characters stands for four bits only. */
const ID = /^[\w-]{10}[048AEIMQUYcgkosw]$/;
const MOST = 3;

/**
 * @param {string} href
 * @returns {string} the video's id at YouTube; empty for any other address
 */
export function videoOf(href) {
  const url = URL.canParse(href) ? new URL(href) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return "";
  const [first, second = ""] = url.pathname.split("/").filter(Boolean);
  const path = ["embed", "v", "e", "shorts"].includes(first) ? second : first === "watch" ? (url.searchParams.get("v") ?? "") : "";
  const id = url.host === "youtu.be" ? (first ?? "") : HOSTS.has(url.host) ? path : "";
  return ID.test(id) ? id : "";
}

/** @param {{ text: string }} props */
export function Videos({ text }) {
  if (!text.includes("youtu")) return null;
  const found = [...new Set(linksIn(text).map(videoOf).filter(Boolean))].slice(0, MOST);
  return found.map((id) => html`<${Video} key=${id} id=${id} />`);
}

/** @param {{ id: string }} props */
function Video({ id }) {
  const [on, setOn] = useState(false);
  const source = `https://www.youtube-nocookie.com/embed/${id}?autoplay=1`;
  if (on) {
    // YouTube plays nothing for a page that does not say where it is.
    return html`<iframe class="video-frame" src=${source} title=${t("video.title")} referrerpolicy="strict-origin-when-cross-origin"
      allow="autoplay; encrypted-media; fullscreen; picture-in-picture" allowfullscreen></iframe>`;
  }
  return html`<button type="button" class="file video-card" onClick=${() => setOn(true)}><${Icon} name="play" /><span>${t("video.play")}</span></button>`;
}
