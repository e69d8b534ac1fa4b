// @ts-check
/** @module One message: who, when, what, the pictures, the reactions, and what may be done with it. */
import { useRef, useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { mentionsName } from "../../state/threads.js";
import { clockTime, fullTime, refusalText, t } from "../../texts/index.js";
import { classes, html, memo } from "../html.js";
import { useActions, useAttempt, useSelect, useUi, useWorld } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";
import { Attachments } from "./attachments.js";
import { EditBox } from "./edit-box.js";
import { showMessage } from "./finding.js";
import { plainText } from "./markdown.js";
import { LongText } from "./long-text.js";
import { MessageActions, runAction } from "./message-actions.js";
import { Videos } from "./videos.js";
import { Reactions } from "./reactions.js";

/** @typedef {import("../../state/types.js").MessageEntry} MessageEntry */
/** @typedef {import("./message-context.js").MessageContext} MessageContext */

/**
 * @typedef {object} Props
 * @property {MessageEntry} entry
 * @property {boolean} lead it starts a group and shows its author
 * @property {MessageEntry | null | undefined} replied what it answers; null where that is not loaded
 * @property {MessageContext} context
 * @property {import("./markdown.js").Names} names who may be mentioned in it
 * @property {boolean} tabStop
 * @property {boolean} editing its text is being changed
 * @property {(key: string) => void} onFocus
 */

export const MessageView = memo((/** @type {Props} */ props) => {
  const { entry, lead, context, editing } = props;
  const actions = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const article = useRef(/** @type {HTMLElement | null} */ (null));
  const [picking, setPicking] = useState(/** @type {DOMRect | null} */ (null));
  // Of a thousand messages, one is pointed at: what may be done with the others is drawn when it is looked for.
  const [near, setNear] = useState(false);
  const name = shownName(entry.author);

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== article.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const word = { r: "reply", e: "edit", Delete: "retract", "+": "react" }[event.key];
    if (!word || entry.retracted) return;
    event.preventDefault();
    if (word === "react") setPicking(/** @type {HTMLElement} */ (article.current).getBoundingClientRect());
    else runAction(word, { entry, context, actions, attempt, ui });
  };

  const time = html`<time datetime=${new Date(entry.sent_ms).toISOString()} title=${fullTime(entry.sent_ms)}>${clockTime(entry.sent_ms)}</time>`;
  return html`<div role="listitem" class=${classes("message", lead && "lead", entry.mine && "mine", entry.state, mentions(entry, context) && "mentioned")}>
    <article ref=${article} data-message=${entry.id || undefined} tabindex=${props.tabStop ? 0 : -1} aria-label=${t("chat.said", { name, text: spoken(entry) })} onKeyDown=${onKeyDown}
      onFocusIn=${() => props.onFocus(entry.key)} onPointerEnter=${() => setNear(true)}
      onPointerLeave=${() => setNear(!!article.current?.querySelector("[aria-expanded=true]"))}>
      <div class="message-side">${lead ? html`<${Face} author=${entry.author} room=${context.room} />` : time}</div>
      <div class="message-main">
        ${props.replied !== undefined && html`<${Quote} replied=${props.replied} id=${entry.reply_to ?? 0} thread=${context.thread} />`}
        ${lead && html`<div class="message-head"><${AuthorName} author=${entry.author} />${time}</div>`}
        ${body(entry, props.names, editing)}
        ${!entry.retracted && html`<${Videos} text=${entry.text} /><${Attachments} attachments=${entry.attachments} />`}
        <${Reactions} entry=${entry} me=${context.me} />
        <${Fate} entry=${entry} thread=${context.thread} />
      </div>
      ${!editing && !entry.retracted && entry.id > 0 &&
      html`<${MessageActions} entry=${entry} context=${context} picking=${picking} onPicking=${setPicking} near=${near || props.tabStop || !!picking} tabStop=${props.tabStop} />`}
    </article>
  </div>`;
});

/** @param {{ author: import("../../state/types.js").Author, room: string }} props */
function Face({ author, room }) {
  const profile = useSelect((state) => state.rooms[room]?.participants[author.session]?.profile);
  return html`<${Avatar} person=${{ ...author, profile }} size=${36} />`;
}

/**
 * @param {MessageEntry} entry
 * @returns {string} what it is called where it is read aloud: its words without their marks
 */
function spoken({ text, retracted, attachments }) {
  if (retracted) return t("chat.retracted");
  return plainText(text) || (attachments.length ? t("chat.picture_only") : "");
}

/**
 * @param {MessageEntry} entry
 * @param {import("./markdown.js").Names} names
 * @param {boolean} editing
 */
function body(entry, names, editing) {
  if (entry.retracted) {
    const other = entry.retractedBy && entry.retractedBy !== entry.author.handle;
    return html`<p class="retracted">${other ? t("chat.retracted_by", { name: entry.retractedBy }) : t("chat.retracted")}</p>`;
  }
  if (editing) return html`<${EditBox} entry=${entry} />`;
  const edited = entry.edited_ms > 0 && html`<span class="edited" title=${fullTime(entry.edited_ms)}>${t("chat.edited")}</span>`;
  const tail = html`${edited}<${Receipt} entry=${entry} />`;
  return entry.text ? html`<${LongText} text=${entry.text} names=${names} tail=${tail} />` : tail;
}

/**
 * @param {MessageEntry} entry
 * @param {MessageContext} context
 */
function mentions(entry, context) {
  return !entry.mine && !context.direct && mentionsName(entry.text, context.me);
}

/**
 * What is answered, and the way there. By keys it is an entry of the message's menu.
 * @param {{ replied: MessageEntry | null, id: number, thread: string }} props
 */
function Quote({ replied, id, thread }) {
  const world = useWorld();
  const go = () => void showMessage(world, thread, id);
  if (!replied) return html`<button type="button" class="quote" tabindex="-1" onClick=${go}><${Icon} name="reply" />${t("chat.unknown_message")}</button>`;
  const text = replied.retracted ? t("chat.retracted") : plainText(replied.text) || t("chat.picture_only");
  return html`<button type="button" class="quote" tabindex="-1" title=${t("message.show_replied")} onClick=${go}>
    <${Icon} name="reply" /><span class="hidden-text">${t("chat.reply_to", { name: shownName(replied.author) })}: </span><strong aria-hidden="true"><bdi>${shownName(replied.author)}</bdi></strong><span class="quote-text" dir="auto">${text.slice(0, 160)}</span>
  </button>`;
}

/**
 * The name above a run of messages, and the way to what may be done about whoever bears it. By keys it is an entry of the menu.
 * @param {{ author: import("../../state/types.js").Author }} props
 */
function AuthorName({ author }) {
  const { client, ui } = useWorld();
  const name = shownName(author);
  // Looked up when it is pressed: a thousand messages must not each listen to who comes and goes.
  const show = () => {
    const isHere = client.store.get().rooms[ui.get().room]?.participants[author.session];
    if (isHere) ui.set({ dialog: { kind: "profile", session: author.session } });
    else ui.toast(t("refusal.no_such_participant", { name }));
  };
  return html`<button type="button" class="author" dir="auto" tabindex="-1" onClick=${show}>${name}</button>`;
}

/** @param {{ entry: MessageEntry, thread: string }} props */
function Fate({ entry, thread }) {
  const actions = useActions();
  if (entry.state === "sending") return html`<div class="fate sending"><${Icon} name="clock" />${t("chat.sending")}</div>`;
  if (entry.state === "failed") {
    return html`<div class="fate failed" role="alert">
      <span><${Icon} name="alert" /> ${t("chat.failed")} ${entry.refusal ? refusalText(entry.refusal) : ""}</span>
      <button type="button" class="button small" onClick=${() => actions.retryPost(thread, entry.key)}>${t("chat.resend")}</button>
      <button type="button" class="button small" onClick=${() => actions.discardPost(thread, entry.key)}>${t("chat.discard")}</button>
    </div>`;
  }
  return null;
}

/** @param {{ entry: MessageEntry }} props */
function Receipt({ entry }) {
  if (!entry.mine || entry.id === 0 || entry.place.in !== "direct") return null;
  const word = t(`chat.${entry.receipt || "sent"}`);
  return html`<span class=${classes("receipt", entry.receipt === "seen" && "seen")} title=${word}>
    <${Icon} name=${entry.receipt ? "checks" : "check"} /><span class="hidden-text">${word}</span>
  </span>`;
}
