// @ts-check
/** @module The text of one's own message, while it is being changed in place. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useUi } from "../hooks.js";
import { isComposing } from "./composing.js";
import { focusBox } from "./focus.js";

/** @param {{ entry: import("../../state/types.js").MessageEntry }} props */
export function EditBox({ entry }) {
  const actions = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const [text, setText] = useState(entry.text);
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useLayoutEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(entry.text.length, entry.text.length);
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const close = () => {
    ui.set({ editing: "" });
    focusBox();
  };
  const save = () => {
    close();
    if (text.trim() === "" && !entry.attachments.length) void attempt(actions.retract(entry.id));
    else if (text !== entry.text) void attempt(actions.edit(entry.id, text));
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) save();
    else return;
    event.preventDefault();
  };
  return html`<div class="edit-box">
    <textarea ref=${box} class="input" rows=${Math.min(8, text.split("\n").length)} aria-label=${t("chat.edit_label")} value=${text} onKeyDown=${onKeyDown}
      onInput=${(/** @type {Event} */ event) => setText(/** @type {HTMLTextAreaElement} */ (event.currentTarget).value)}></textarea>
    <div class="edit-foot">
      <span class="hint">${t("chat.edit_hint")}</span>
      <button type="button" class="button small" onClick=${close}>${t("dialog.cancel")}</button>
      <button type="button" class="button small primary" onClick=${save}>${t("chat.edit_save")}</button>
    </div>
  </div>`;
}
