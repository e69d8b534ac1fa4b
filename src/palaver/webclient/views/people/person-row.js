// @ts-check
/** @module One person of the list: status, role, what they send, and a press away what may be done. */
import { useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { t, tWord } from "../../texts/index.js";
import { classes, html, memo } from "../html.js";
import { useActions, useSite, useUi, useWorld } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { Menu } from "../parts/menu.js";
import { useWatch } from "../video/watch.js";
import { usePersonMenu } from "./person-menu.js";
import { reachOf } from "./reach.js";

/** @typedef {import("../../net/wire.js").Participant} Participant */

/**
 * What the list knows of a person beside themselves. A row asks for nothing by itself: there may be a thousand of them.
 * @typedef {object} Standing
 * @property {boolean} watched one watches their camera
 * @property {boolean} watches they watch one's own
 * @property {boolean} inCall one is in a call with them
 * @property {boolean} ignored
 * @property {boolean} unwanted they ask for no unsolicited messages
 */

export const PersonRow = memo((/** @type {{ person: Participant, room: string, you: string } & Standing} */ { person, room, you, ...standing }) => {
  const { watched, watches, inCall, ignored, unwanted } = standing;
  const ui = useUi();
  const actions = useActions();
  const watch = useWatch();
  const reach = reachOf(useWorld(), person, unwanted);
  const { vipName } = useSite();
  const [beside, setBeside] = useState(/** @type {import("../parts/menu.js").Box | null} */ (null));
  const own = person.session === you;
  const name = shownName(person);
  const note = person.status_text || (person.status !== "online" ? tWord("status", person.status) : person.display_name ? `@${person.handle}` : "");
  const onContextMenu = (/** @type {MouseEvent} */ event) => {
    if (own) return;
    event.preventDefault();
    setBeside({ left: event.clientX, right: event.clientX, top: event.clientY, bottom: event.clientY });
  };
  return html`<li class=${classes("person", ignored && "ignored")} onContextMenu=${onContextMenu}>
    <button type="button" class="person-main" onClick=${() => ui.set({ dialog: { kind: "profile", session: person.session } })}>
      <${Avatar} person=${person} size=${32} presence />
      <span class="person-words">
        <span class="person-line"><span class="person-name"><bdi>${name}</bdi></span>${own && html`<span class="hint">${t("people.you")}</span>`}<${RoleMark} person=${person} /></span>
        ${note && html`<span class="hint">${note}</span>`}
        <span class="hidden-text">${describe(person, note, vipName)}${ignored && `, ${t("people.ignored")}`}</span>
      </span>
      <span class="marks" aria-hidden="true">
        ${person.hand_raised_ms > 0 && html`<span class="mark hand" title=${t("hand.mark")}><${Icon} name="hand" /></span>`}
        ${watches && html`<span class="mark" title=${t("mark.watching")}><${Icon} name="eye" /></span>`}
        ${person.media.screen && html`<span class="mark" title=${t("mark.screen")}><${Icon} name="screen" /></span>`}
        ${person.in_call && html`<span class="mark" title=${person.media.microphone ? t("mark.microphone") : t("mark.muted")}><${Icon} name=${person.media.microphone ? "mic" : "micOff"} /></span>`}
        ${own && person.media.camera && html`<span class="mark live"><${Icon} name="camera" /></span>`}
      </span>
    </button>
    ${!own &&
    html`<div class="person-actions">
      ${person.media.camera && !inCall &&
      html`<${IconButton} small icon="camera" class=${classes("watch", person.media.rules.explicit && "explicit")} pressed=${watched}
        label=${watched ? t("person.unwatch", { name }) : t("person.watch", { name })}
        onClick=${() => (watched ? actions.closeCamera(person.session) : watch(person.session))} />`}
      <span class="hover-tools"><${IconButton} small icon="chat" label=${reach.label} unavailable=${unwanted} onClick=${reach.open} />
      <${IconButton} small icon="more" popup="menu" expanded=${!!beside} label=${t("people.more", { name })}
        onClick=${(/** @type {MouseEvent} */ event) => setBeside(/** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect())} /></span>
    </div>`}
    ${beside && html`<${PersonMenu} person=${person} room=${room} beside=${beside} onClose=${() => setBeside(null)} />`}
  </li>`;
});

/** @param {{ person: Participant, room: string, beside: import("../parts/menu.js").Box, onClose: () => void }} props */
function PersonMenu({ person, room, beside, onClose }) {
  const items = usePersonMenu(person, room);
  return html`<${Menu} label=${t("people.more", { name: shownName(person) })} items=${items()} beside=${beside} onClose=${onClose} />`;
}

/** @param {{ person: Participant }} props */
export function RoleMark({ person }) {
  const { vipName } = useSite();
  const icon = person.role === "host" ? "crown" : person.role === "moderator" ? "shield" : "";
  return html`
    ${icon && html`<span class="role-mark" title=${tWord("role", person.role)}><${Icon} name=${icon} /></span>`}
    ${person.vip && html`<span class="role-mark vip" title=${vipName}><${Icon} name="star" /></span>`}
  `;
}

/**
 * @param {Participant} person
 * @param {string} note what is written below the name
 * @param {string} vipName what the site calls its VIPs
 * @returns {string} what the signs of the row say, in words
 */
function describe(person, note, vipName) {
  const words = [""];
  if (person.hand_raised_ms) words.push(t("hand.mark"));
  if (person.role === "host" || person.role === "moderator") words.push(tWord("role", person.role));
  if (person.vip) words.push(vipName);
  const status = person.dnd ? t("mark.dnd") : tWord("status", person.status);
  if (status !== note) words.push(status);
  if (person.in_call) words.push(t("mark.in_call"));
  if (person.media.camera) words.push(t("mark.camera"));
  if (person.media.camera && person.media.rules.explicit) words.push(t("mark.explicit"));
  if (person.media.screen) words.push(t("mark.screen"));
  return words.join(", ");
}
