// @ts-check
/** @module How a room is set up, for those who run it. */
import { useEffect, useState } from "preact/hooks";
import { fullTime, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useRoom, useSeat, useSelect, useUi } from "../hooks.js";
import { Dialog } from "../parts/dialog.js";
import { Switch, TextField } from "../parts/fields.js";

/** @param {{ onClose: () => void }} props */
export function RoomDialog({ onClose }) {
  const room = useRoom();
  const seat = useSeat();
  if (!room || !seat) return null;
  return html`<${Dialog} heading=${t("room.heading", { room: room.info.title || room.id })} onClose=${onClose}>
    <${Form} room=${room} onClose=${onClose} />
    <hr class="rule" />
    <${Bans} room=${room.id} />
    ${seat.role === "host" && html`<${Close} room=${room.id} onClose=${onClose} />`}
  </${Dialog}>`;
}

/** @param {{ room: import("../../state/types.js").RoomState, onClose: () => void }} props */
function Form({ room, onClose }) {
  const { updateRoom } = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const { info } = room;
  const [title, setTitle] = useState(info.title);
  const [pin, setPin] = useState("");
  const [keepPin, setKeepPin] = useState(info.pin);
  const [waiting, setWaiting] = useState(info.waiting_room);
  const [locked, setLocked] = useState(info.locked);
  const [capacity, setCapacity] = useState(String(info.capacity));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    /** @type {import("../../net/wire.js").RoomChanges} */
    const changes = {};
    if (title !== info.title) changes.title = title;
    if (pin) changes.pin = pin;
    else if (info.pin && !keepPin) changes.pin = "";
    if (waiting !== info.waiting_room) changes.waiting_room = waiting;
    if (locked !== info.locked) changes.locked = locked;
    if (Number(capacity) !== info.capacity) changes.capacity = Math.max(0, Math.trunc(Number(capacity)) || 0);
    const done = await attempt(updateRoom(room.id, changes).then(() => true));
    if (!done) return;
    ui.toast(t("room.saved"), "good");
    onClose();
  };
  return html`<form class="dialog-form" onSubmit=${save}>
    <${TextField} label=${t("room.title")} value=${title} placeholder=${room.id} onInput=${setTitle} maxLength=${128} />
    ${info.pin && html`<${Switch} label=${t("room.pin_set")} checked=${keepPin} onChange=${setKeepPin} />`}
    <${TextField} label=${info.pin ? t("room.pin_new") : t("room.pin")} value=${pin} onInput=${setPin} maxLength=${64} autocomplete="off" />
    <${Switch} label=${t("room.waiting")} hint=${t("room.waiting_hint")} checked=${waiting} onChange=${setWaiting} />
    <${Switch} label=${t("room.locked")} hint=${t("room.locked_hint")} checked=${locked} onChange=${setLocked} />
    <${TextField} label=${t("room.capacity")} hint=${t("room.capacity_hint")} type="number" value=${capacity} onInput=${setCapacity} inputMode="numeric" />
    <div class="dialog-foot">
      <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
      <button type="submit" class="button primary">${t("dialog.save")}</button>
    </div>
  </form>`;
}

/** @param {{ room: string }} props */
function Bans({ room }) {
  const { listBans, liftBan } = useActions();
  const attempt = useAttempt();
  const bans = useSelect((state) => state.bans[room] ?? []);
  useEffect(() => void listBans(room).catch(() => {}), [room]);
  const lift = async (/** @type {string} */ name) => {
    await attempt(liftBan(room, name));
    await attempt(listBans(room));
  };
  return html`<section>
    <h3 class="section-title">${t("room.bans")}</h3>
    ${!bans.length && html`<p class="hint">${t("room.no_bans")}</p>`}
    <ul class="plain-list">${bans.map(
      (ban) => html`<li key=${ban.name}><span class="person-words"><span class="person-name">${ban.name}</span>
        <span class="hint">${t("room.banned_until", { time: fullTime(ban.until_ms) })}${ban.reason && ` – ${ban.reason}`}</span></span>
        <button type="button" class="button small" aria-label=${t("room.lift_ban", { name: ban.name })} onClick=${() => lift(ban.name)}>${t("room.lift_ban_short")}</button></li>`,
    )}</ul>
  </section>`;
}

/** @param {{ room: string, onClose: () => void }} props */
function Close({ room, onClose }) {
  const { closeRoom } = useActions();
  const attempt = useAttempt();
  const [sure, setSure] = useState(false);
  const close = async () => {
    onClose();
    await attempt(closeRoom(room));
  };
  if (!sure) return html`<button type="button" class="button danger-text" onClick=${() => setSure(true)}>${t("room.close")}</button>`;
  return html`<div role="alert"><p class="hint">${t("room.close_lead")}</p>
    <div class="dialog-foot">
      <button type="button" class="button" onClick=${() => setSure(false)}>${t("dialog.cancel")}</button>
      <button type="button" class="button danger" onClick=${close}>${t("room.close_go")}</button>
    </div></div>`;
}
