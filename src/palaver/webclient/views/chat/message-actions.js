// @ts-check
/** @module What may be done with a message: shown when it is pointed at or focused, and by single keys. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { copy } from "../clipboard.js";
import { useActions, useAttempt, useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { MenuButton } from "../parts/menu-button.js";
import { mayReport } from "../people/reporting.js";
import { EmojiPicker } from "./emoji-picker.js";
import { showMessage } from "./finding.js";
import { messageAddress } from "./links.js";
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
    ui.reply(context.thread, entry.key);
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

/**
 * @param {{ entry: MessageEntry, context: MessageContext, picking: DOMRect | null, onPicking: (box: DOMRect | null) => void, near: boolean, tabStop: boolean }} props
 *   `near`: somebody points at the message or came to it by keys; the menu is there all the same
 */
export function MessageActions({ entry, context, picking, onPicking, near, tabStop }) {
  const world = useWorld();
  const { client, ui } = world;
  const actions = useActions();
  const attempt = useAttempt();
  const tabIndex = tabStop ? 0 : -1;
  const run = (/** @type {string} */ word) => runAction(word, { entry, context, actions, attempt, ui });
  const copyLink = () => entry.place.in === "channel" && copy(ui, messageAddress(world.site, entry.place, entry.id));
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
  const seat = client.store.get().rooms[ui.get().room]?.participants[entry.author.session];
  const items = () => [
    { label: t("message.reply"), icon: "reply", onPick: () => run("reply") },
    entry.reply_to !== null && { label: t("message.show_replied"), icon: "arrowUp", onPick: () => void showMessage(world, context.thread, entry.reply_to ?? 0) },
    !entry.mine && seat && { label: t("message.about", { name: shownName(entry.author) }), icon: "person", onPick: () => ui.set({ dialog: { kind: "profile", session: seat.session } }) },
    entry.mine && { label: t("message.edit"), icon: "edit", onPick: () => run("edit") },
    entry.text !== "" && { label: t("message.copy"), icon: "copy", onPick: () => copy(ui, entry.text) },
    entry.place.in === "channel" && { label: t("message.link"), icon: "link", onPick: copyLink },
    !entry.mine && mayReport(world, entry.author.session) && { label: t("message.report"), icon: "flag", onPick: report },
    mayRetract(entry, context) && { label: t("message.retract"), icon: "trash", danger: true, onPick: () => run("retract") },
  ];
  return html`<div class="message-actions" role="toolbar" aria-label=${t("message.actions")}>
    ${near &&
    html`${QUICK.slice(0, 3).map(
        (emoji) => html`<button key=${emoji} type="button" class="icon-button small quick" aria-label=${`${t("message.react")} ${emoji}`} tabindex=${tabIndex}
        onClick=${() => attempt(actions.react(entry.id, emoji, true))}>${emoji}</button>`,
      )}
      <${IconButton} small icon="smile" label=${t("message.react")} popup="dialog" expanded=${!!picking} tabIndex=${tabIndex}
        onClick=${(/** @type {MouseEvent} */ event) => onPicking(/** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect())} />
      <${IconButton} small icon="reply" label=${t("message.reply")} tabIndex=${tabIndex} onClick=${() => run("reply")} />`}
    <${MenuButton} small icon="more" label=${t("message.actions")} items=${items} tabIndex=${tabIndex} />
    ${picking && html`<${EmojiPicker} beside=${picking} onClose=${() => onPicking(null)} onPick=${(/** @type {string} */ emoji) => attempt(actions.react(entry.id, emoji, true))} />`}
  </div>`;
}
