// @ts-check
/** @module A block of rows of the conversation, drawn again only when something in it changed. */
import { dayName, t } from "../../texts/index.js";
import { html, memo } from "../html.js";
import { MessageView } from "./message.js";

const NO_NAMES = { handles: new Set(), me: "" };

/**
 * @typedef {object} Props
 * @property {import("./grouping.js").Block} block
 * @property {import("./message-context.js").MessageContext} context
 * @property {import("./markdown.js").Names} [names] who may be mentioned, where anybody is
 * @property {string} today
 * @property {string} tabStop key of the message where Tab stops, if it is in this block
 * @property {string} editing key of the message whose text is being changed, if it is in this block
 * @property {(key: string) => void} onFocus
 */

export const MessageBlock = memo((/** @type {Props} */ { block, context, names = NO_NAMES, tabStop, editing, onFocus }) => {
  return html`<div class="block">
    ${block.rows.map((row) => {
      if (row.kind === "day") return html`<div role="listitem" key=${row.key} class="day"><span>${dayName(row.ms, Date.now())}</span></div>`;
      if (row.kind === "new") return html`<div role="listitem" key="new" class="new-line"><span>${t("chat.new")}</span></div>`;
      const { entry, lead, replied } = row;
      return html`<${MessageView} key=${row.key} entry=${entry} lead=${lead} replied=${replied} context=${context} names=${entry.text.includes("@") ? names : NO_NAMES}
        tabStop=${entry.key === tabStop} editing=${entry.key === editing} onFocus=${onFocus} />`;
    })}
  </div>`;
});
