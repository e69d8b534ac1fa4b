// @ts-check
/** @module What may be done with a message: shown when it is pointed at or focused, and by single keys. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useUi } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { MenuButton } from "../parts/menu-button.js";
import { useMayReport } from "../people/reporting.js";
import { EmojiPicker } from "./emoji-picker.js";
import { QUICK } from "./emoji.js";
import { focusBox } from "./focus.js";

/** @typedef {import("../../state/types.js").MessageEntry} MessageEntry */
/** @typedef {import("./message-context.js").MessageContext} MessageContext */

/**
 * @param {string} word
 * @param {{ entry: MessageEntry, context: MessageContext, actions: import("../../net/api.js").Actions, ui: import("../ui.js").Ui,
 *   attempt: (asked: Promise<any>) => Promise<any> }} with_
 */
export function runAction(word, { entry, context, actions, attempt, ui }) {
  if (word === "reply") {
    ui.set({ replies: { ...ui.get().replies, [context.thread]: entry.key } });
    focusBox();
  } else if (word === "edit" && entry.mine) {
    ui.set({ editing: entry.key });
  } else if (word === "retract" && mayRetract(entry, context)) {
    void attempt(actions.retract(entry.id));
  }
}

/**
 * @param {MessageEntry} entry
 * @param {MessageContext} context
 */
const mayRetract = (entry, context) => entry.mine || (context.runsRoom && !context.direct);

/** @param {{ entry: MessageEntry, context: MessageContext, picking: DOMRect | null, onPicking: (box: DOMRect | null) => void }} props */
export function MessageActions({ entry, context, picking, onPicking }) {
  const actions = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const mayReport = useMayReport(entry.author.session);
  const run = (/** @type {string} */ word) => runAction(word, { entry, context, actions, attempt, ui });
  const copy = () => void navigator.clipboard?.writeText(entry.text).then(() => ui.toast(t("chat.copied"), "good"), () => {});
  const report = () =>
    ui.set({
      dialog: {
        kind: "report",
        about: entry.author.handle,
        message: entry.id,
        excerpt: entry.text.slice(0, 300),
        channel: entry.place.in === "channel" ? entry.place.channel : `@${entry.author.handle}`,
        timestamp: new Date(entry.sent_ms).toISOString(),
      },
    });
  const items = () => [
    entry.mine && { label: t("message.edit"), icon: "edit", onPick: () => run("edit") },
    entry.text !== "" && { label: t("message.copy"), icon: "copy", onPick: copy },
    !entry.mine && mayReport && { label: t("message.report"), icon: "flag", onPick: report },
    mayRetract(entry, context) && { label: t("message.retract"), icon: "trash", danger: true, onPick: () => run("retract") },
  ];
  return html`<div class="message-actions" role="toolbar" aria-label=${t("message.actions")}>
    ${QUICK.slice(0, 3).map(
      (emoji) => html`<button key=${emoji} type="button" class="icon-button small quick" aria-label=${`${t("message.react")} ${emoji}`}
        onClick=${() => attempt(actions.react(entry.id, emoji, true))}>${emoji}</button>`,
    )}
    <${IconButton} small icon="smile" label=${t("message.react")} popup="dialog" expanded=${!!picking}
      onClick=${(/** @type {MouseEvent} */ event) => onPicking(/** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect())} />
    <${IconButton} small icon="reply" label=${t("message.reply")} onClick=${() => run("reply")} />
    <${MenuButton} small icon="more" label=${t("message.actions")} items=${items} />
    ${picking && html`<${EmojiPicker} beside=${picking} onClose=${() => onPicking(null)} onPick=${(/** @type {string} */ emoji) => attempt(actions.react(entry.id, emoji, true))} />`}
  </div>`;
}
