// @ts-check
/** @module Making a meeting with a link of its own, a channel for some of the room, and the end of a meeting. */
import { useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { sortedRoster } from "../../state/room.js";
import { refusalText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useRoom, useWorld } from "../hooks.js";
import { startMeeting } from "../entry/enter.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { Switch, TextField } from "../parts/fields.js";

const MAX_TITLE = 128;

/** @typedef {{ title: string, waiting: boolean }} Meeting */

/** @param {{ meeting: Meeting, onChange: (meeting: Meeting) => void, autofocus?: boolean }} props */
export function MeetingFields({ meeting, onChange, autofocus }) {
  return html`
    <${TextField} label=${t("meeting.title")} placeholder=${t("meeting.title_placeholder")} value=${meeting.title} maxLength=${MAX_TITLE} autofocus=${autofocus}
      onInput=${(/** @type {string} */ title) => onChange({ ...meeting, title })} />
    <${Switch} label=${t("room.waiting")} hint=${t("room.waiting_hint")} checked=${meeting.waiting} onChange=${(/** @type {boolean} */ waiting) => onChange({ ...meeting, waiting })} />
  `;
}

/** @param {{ onClose: () => void }} props */
export function MeetingDialog({ onClose }) {
  const world = useWorld();
  const [meeting, setMeeting] = useState({ title: "", waiting: true });
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const problem = await startMeeting(world, { meeting });
    setBusy(false);
    if (problem) world.ui.toast(refusalText(/** @type {any} */ (problem)), "bad");
  };
  return html`<${Dialog} heading=${t("meeting.heading")} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${submit}>
      <p class="hint">${t("meeting.lead")}</p>
      <${MeetingFields} meeting=${meeting} onChange=${setMeeting} autofocus />
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
        <button type="submit" class="button primary" disabled=${busy}>${t("meeting.go")}</button>
      </div>
    </form>
  </${Dialog}>`;
}

/** @param {{ onClose: () => void }} props */
export function ChannelDialog({ onClose }) {
  const { addChannel } = useActions();
  const attempt = useAttempt();
  const room = useRoom();
  const [name, setName] = useState("");
  const [some, setSome] = useState(false);
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  if (!room) return null;
  const others = sortedRoster(room).filter((person) => person.session !== room.you);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const members = some ? [room.you, ...chosen.filter((session) => room.participants[session])] : undefined;
    if (await attempt(addChannel(room.id, name.trim(), { members }).then(() => true))) onClose();
  };
  const choose = (/** @type {string} */ session, /** @type {boolean} */ on) => setChosen(on ? [...chosen, session] : chosen.filter((each) => each !== session));
  return html`<${Dialog} heading=${t("rail.add_channel")} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${submit}>
      <${TextField} label=${t("rail.channel_name")} value=${name} onInput=${setName} maxLength=${MAX_TITLE} autofocus />
      <${Switch} label=${t("channel.some")} hint=${t("channel.some_hint")} checked=${some} onChange=${setSome} />
      ${some &&
      html`<fieldset class="picks"><legend class="section-title">${t("channel.members")}</legend>
        ${!others.length && html`<p class="hint">${t("people.alone")}</p>`}
        ${others.map((person) => html`<${Switch} key=${person.session} label=${shownName(person)} checked=${chosen.includes(person.session)} onChange=${(/** @type {boolean} */ on) => choose(person.session, on)}>
          <${Avatar} person=${person} size=${24} /></${Switch}>`)}
      </fieldset>`}
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
        <button type="submit" class="button primary" disabled=${!name.trim() || (some && !chosen.length)}>${t("channel.go")}</button>
      </div>
    </form>
  </${Dialog}>`;
}

/** @param {{ onClose: () => void }} props */
export function EndDialog({ onClose }) {
  const { closeRoom } = useActions();
  const attempt = useAttempt();
  const room = useRoom();
  if (!room) return null;
  const end = () => {
    onClose();
    void attempt(closeRoom(room.id));
  };
  return html`<${Dialog} heading=${t("menu.end")} onClose=${onClose}>
    <p>${t("room.close_lead")}</p>
    <div class="dialog-foot">
      <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
      <button type="button" class="button danger" onClick=${end}>${t("meeting.end_go")}</button>
    </div>
  </${Dialog}>`;
}
