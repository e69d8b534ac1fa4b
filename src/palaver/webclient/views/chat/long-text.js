// @ts-check
/** @module A text that would fill the whole window is shown in part, until somebody asks for the rest. */
import { useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { Markdown } from "./markdown.js";

const LONG_CHARS = 1800;
const LONG_LINES = 24;

/** @param {{ text: string, names: import("./markdown.js").Names, tail?: any }} props */
export function LongText({ text, names, tail }) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
  const words = html`<${Markdown} text=${text} names=${names} tail=${tail} />`;
  if (!long) return words;
  return html`<div class=${open ? "long open" : "long"}>${words}</div>
    <button type="button" class="button small" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? t("chat.show_less") : t("chat.show_all")}</button>`;
}
