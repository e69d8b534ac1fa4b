// @ts-check
/** @module Removing and banning somebody, and reporting somebody or something. */
import { useState } from "preact/hooks";
import { t, tWord } from "../../texts/index.js";
import { html } from "../html.js";
import { keepPreference, useActions, useAttempt, useRoom, useSelect, useUi, useWorld } from "../hooks.js";
import { Dialog } from "../parts/dialog.js";
import { Select, Switch, TextField } from "../parts/fields.js";
import { openCamera } from "../video/watch.js";

const HOURS = [1, 4, 24, 72, 168, 720];
const REASONS = ["spam", "abuse", "malicious", "illegal", "child_abuse", "other"];
const MAX_NAME = 128;
const MAX_REASON = 500;

/** @param {number} hours */
const lengthOf = (hours) => (hours < 48 ? t("ban.hours_choice", { count: hours }) : t("ban.days_choice", { count: hours / 24 }));

/** @param {{ heading: string, lead: string, go: string, danger?: boolean, onClose: () => void, onGo: () => Promise<unknown>, done: string, children?: any }} props */
function Ask({ heading, lead, go, danger, onClose, onGo, done, children }) {
  const ui = useUi();
  const attempt = useAttempt();
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const worked = await attempt(onGo().then(() => true));
    if (!worked) return;
    onClose();
    ui.toast(done, "good");
  };
  return html`<${Dialog} heading=${heading} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${submit}>
      <p class="hint">${lead}</p>
      ${children}
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
        <button type="submit" class=${danger ? "button danger" : "button primary"}>${go}</button>
      </div>
    </form>
  </${Dialog}>`;
}

/** @param {{ session: string, name: string, onClose: () => void }} props */
export function BanDialog({ session, name, onClose }) {
  const { ban } = useActions();
  const room = useRoom();
  const [hours, setHours] = useState("24");
  const [reason, setReason] = useState("");
  const go = () => ban(room?.id ?? "", { session }, { hours: Number(hours), reason });
  return html`<${Ask} heading=${t("ban.heading", { name })} lead=${t("ban.lead")} go=${t("ban.go")} danger onClose=${onClose} onGo=${go} done=${t("ban.done", { name })}>
    <${Select} label=${t("ban.hours")} value=${hours} onChange=${setHours} choices=${HOURS.map((count) => ({ value: String(count), label: lengthOf(count) }))} />
    <${TextField} label=${t("ban.reason")} hint=${t("ban.reason_hint", { name })} value=${reason} onInput=${setReason} maxLength=${MAX_REASON} />
  </${Ask}>`;
}

/** @param {{ session: string, name: string, onClose: () => void }} props */
export function KickDialog({ session, name, onClose }) {
  const { kick } = useActions();
  const room = useRoom();
  const [reason, setReason] = useState("");
  const go = () => kick(room?.id ?? "", session, reason);
  return html`<${Ask} heading=${t("kick.heading", { name })} lead=${t("kick.lead")} go=${t("kick.go")} danger onClose=${onClose} onGo=${go} done=${t("kick.done", { name })}>
    <${TextField} label=${t("ban.reason")} hint=${t("ban.reason_hint", { name })} value=${reason} onInput=${setReason} maxLength=${MAX_REASON} />
  </${Ask}>`;
}

/** @param {{ session: string, name: string, onClose: () => void }} props */
export function RenameDialog({ session, name, onClose }) {
  const { renameParticipant } = useActions();
  const room = useRoom();
  const [wanted, setWanted] = useState(name);
  const go = () => renameParticipant(room?.id ?? "", session, wanted.trim());
  return html`<${Ask} heading=${t("rename.heading", { name })} lead=${t("rename.lead")} go=${t("rename.go")} onClose=${onClose} onGo=${go} done=${t("rename.done")}>
    <${TextField} label=${t("settings.display_name")} value=${wanted} onInput=${setWanted} maxLength=${MAX_NAME} autofocus />
  </${Ask}>`;
}

/** Somebody who runs the room asks for quiet. @param {{ by: string, onClose: () => void }} props */
export function QuietDialog({ by, onClose }) {
  const { setMedia } = useActions();
  return html`<${Ask} heading=${t("quiet.heading")} lead=${t("quiet.lead", { name: by })} go=${t("call.mute")} onClose=${onClose} onGo=${() => setMedia({ microphone: false })} done=${t("quiet.done")} />`;
}

/** Somebody thinks that one's camera should be marked. @param {{ onClose: () => void }} props */
export function SuggestedDialog({ onClose }) {
  const { setMedia } = useActions();
  const rules = useSelect((state) => state.media.rules);
  return html`<${Ask} heading=${t("suggested.heading")} lead=${t("suggested.lead")} go=${t("suggested.go")} onClose=${onClose}
    onGo=${() => setMedia({ rules: { ...rules, explicit: true } })} done=${t("suggested.done")} />`;
}

/** Before a camera that may show explicit scenes. @param {{ session: string, name: string, onClose: () => void }} props */
export function ExplicitDialog({ session, name, onClose }) {
  const world = useWorld();
  const [known, setKnown] = useState(false);
  const go = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (known) keepPreference(world.client, "explicitKnown", true);
    onClose();
    openCamera(world, session);
  };
  return html`<${Dialog} heading=${t("explicit.heading", { name })} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${go}>
      <p>${t("explicit.lead", { name })}</p>
      <${Switch} label=${t("explicit.known")} checked=${known} onChange=${setKnown} />
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
        <button type="submit" class="button primary">${t("explicit.go")}</button>
      </div>
    </form>
  </${Dialog}>`;
}

/** @param {{ about: string, message?: number, excerpt?: string, channel?: string, timestamp?: string, onClose: () => void }} props */
export function ReportDialog({ about, message, excerpt, channel, timestamp, onClose }) {
  const { report } = useActions();
  const room = useRoom();
  const [reason, setReason] = useState("spam");
  const [comment, setComment] = useState("");
  const go = () => report(room?.id ?? "", { about, reason: tWord("report", reason), comment, message, excerpt, channel, timestamp });
  return html`<${Ask} heading=${t("report.heading", { name: about })} lead=${t("report.lead")} go=${t("report.go")} onClose=${onClose} onGo=${go} done=${t("report.done")}>
    ${excerpt && html`<blockquote class="reason">${excerpt}</blockquote>`}
    <${Select} label=${t("report.reason")} value=${reason} onChange=${setReason} choices=${REASONS.map((value) => ({ value, label: tWord("report", value) }))} />
    <${TextField} label=${t("report.comment")} value=${comment} onInput=${setComment} maxLength=${MAX_REASON} />
  </${Ask}>`;
}
