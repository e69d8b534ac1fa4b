// @ts-check
/** @module Into another room, and staying in this one. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useWorld } from "../hooks.js";
import { enter } from "../entry/enter.js";
import { Dialog } from "../parts/dialog.js";
import { TextField } from "../parts/fields.js";
import { Icon } from "../parts/icon.js";
import { showThread } from "../threads.js";

/** @param {{ onClose: () => void }} props */
export function RoomsDialog({ onClose }) {
  const world = useWorld();
  const listing = useSelect((state) => state.listing.filter((room) => state.rooms[room.id]?.phase !== "joined"));
  const [name, setName] = useState("");
  useEffect(() => void world.client.actions.listRooms().catch(() => {}), []);
  const go = async (/** @type {string} */ room) => {
    onClose();
    await enter(world, { room });
    const main = world.client.store.get().rooms[room]?.channels[0];
    if (main) showThread(world, main);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.trim()) void go(name.trim());
  };
  return html`<${Dialog} heading=${t("rooms.heading")} onClose=${onClose}>
    <form class="row-form" onSubmit=${submit}>
      <${TextField} label=${t("rooms.name")} hint=${t("entry.room_hint")} value=${name} onInput=${setName} maxLength=${128} />
      <button type="submit" class="button primary" disabled=${!name.trim()}>${t("rooms.go")}</button>
    </form>
    <section>
      <h3 class="section-title">${t("rooms.listed")}</h3>
      ${!listing.length && html`<p class="hint">${t("rooms.none")}</p>`}
      <ul class="plain-list">${listing.map(
        (room) => html`<li key=${room.id}>
          <button type="button" class="menu-item" onClick=${() => go(room.id)}>
            <${Icon} name=${room.locked || room.pin ? "lock" : "door"} /><span class="person-words"><span class="person-name">${room.title || room.id}</span>
            <span class="hint">${t("rooms.people", { count: room.participants })}</span></span>
          </button></li>`,
      )}</ul>
    </section>
  </${Dialog}>`;
}
