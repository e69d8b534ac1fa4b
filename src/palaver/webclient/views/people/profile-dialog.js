// @ts-check
/** @module Who somebody is, larger, with the same things to do as in the menu. */
import { shownName } from "../../state/keys.js";
import { clockTime, t, tWord } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useClient, useRoom, useSelect, useUi, useWorld } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { useWatch } from "../video/watch.js";
import { usePersonMenu } from "./person-menu.js";
import { useReach } from "./reach.js";
import { SiteProfile } from "./site-profile.js";
import { RoleMark } from "./person-row.js";

/** @param {{ session: string, onClose: () => void }} props */
export function ProfileDialog({ session, onClose }) {
  const room = useRoom();
  const person = room?.participants[session];
  if (!room || !person) return null;
  return html`<${Dialog} heading=${shownName(person)} onClose=${onClose}><${Card} person=${person} room=${room.id} own=${room.you === session} onClose=${onClose} /></${Dialog}>`;
}

/** @param {{ person: import("../../net/wire.js").Participant, room: string, own: boolean, onClose: () => void }} props */
function Card({ person, room, own, onClose }) {
  const world = useWorld();
  const ui = useUi();
  const { actions } = useClient();
  const open = useWatch();
  const items = usePersonMenu(person, room);
  const reach = useReach(person);
  const inCall = useSelect((state) => !!state.call.peers[person.session]);
  const watched = useSelect((state) => !!state.cameras.watching[person.session]);
  const name = shownName(person);
  const { profile } = person;
  const link = /^https?:\/\//i.test(profile.url) ? profile.url : profile.url.startsWith("/") ? `${world.site.websiteUrl.replace(/\/$/, "")}${profile.url}` : "";
  const message = () => {
    if (!reach.unwanted) onClose();
    reach.open();
  };
  const watch = () => {
    onClose();
    if (watched) actions.closeCamera(person.session);
    else open(person.session);
  };
  return html`<div class="profile">
    <div class="profile-head">
      <${Avatar} person=${person} size=${72} presence />
      <div>
        <div class="profile-handle">@${person.handle} <${RoleMark} person=${person} /></div>
        <div>${profile.emoji} ${person.dnd ? t("mark.dnd") : tWord("status", person.status)}${person.status_text && ` – ${person.status_text}`}</div>
        <div class="hint">${tWord("role", person.role)}, ${t("person.since", { time: clockTime(person.joined_ms) })}</div>
        ${/^https?:/.test(link) && html`<a href=${link} target="_blank" rel="noopener noreferrer">${t("person.website")}</a>`}
      </div>
    </div>
    <${SiteProfile} person=${person} />
    ${own
      ? html`<button type="button" class="button wide" onClick=${() => ui.set({ dialog: { kind: "settings" } })}>${t("me.settings")}</button>`
      : html`<div class="profile-first">
            <button type="button" class="button primary" aria-disabled=${reach.unwanted ? "true" : undefined} onClick=${message}><${Icon} name="chat" />${reach.label}</button>
            ${person.media.camera && !inCall && html`<button type="button" class="button" onClick=${watch}><${Icon} name=${watched ? "eyeOff" : "eye"} />${watched ? t("person.unwatch", { name }) : t("person.watch", { name })}</button>`}
          </div>
          <div class="profile-more">
            ${items().slice(3).map((item) => {
              if (!item || item === "line" || "title" in item) return null;
              const pick = () => {
                onClose();
                item.onPick?.();
              };
              return html`<button type="button" key=${item.label} class=${classes("menu-item", item.danger && "danger")} onClick=${pick}>
                ${item.icon && html`<${Icon} name=${item.icon} />`}<span>${item.label}</span></button>`;
            })}
          </div>`}
  </div>`;
}
