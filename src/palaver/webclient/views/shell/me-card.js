// @ts-check
/** @module Oneself, at the foot of the rail: how one is seen, and the way to the settings. */
import { shownName } from "../../state/keys.js";
import { t, tWord } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, usePhone, useSeat, useUi, useWorld } from "../hooks.js";
import { setDnd } from "../effects/standing.js";
import { toggleHand } from "../people/hands.js";
import { useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.js";
import { IconButton } from "../parts/button.js";
import { Menu } from "../parts/menu.js";

export const STATUSES = ["online", "away", "busy", "lunch", "brb"];

export function MeCard() {
  const seat = useSeat();
  const ui = useUi();
  const world = useWorld();
  const phone = usePhone();
  const actions = useActions();
  const attempt = useAttempt();
  const [beside, setBeside] = useState(/** @type {DOMRect | null} */ (null));
  if (!seat) return null;
  const items = () => [
    ...STATUSES.map((status) => ({
      label: tWord("status", status),
      checked: seat.status === status,
      onPick: () => attempt(actions.setStatus({ status })),
    })),
    /** @type {const} */ ("line"),
    { label: seat.hand_raised_ms ? t("hand.lower") : t("hand.raise"), icon: "hand", onPick: () => attempt(toggleHand(world.client, world.ui.get().room)) },
    { label: t("settings.dnd"), icon: "mute", checked: seat.dnd, onPick: () => attempt(setDnd(world, !seat.dnd)) },
    seat.operator && { label: t("me.hidden"), icon: "eyeOff", checked: seat.status === "hidden", onPick: () => attempt(actions.setStatus({ status: seat.status === "hidden" ? "online" : "hidden" })) },
    { label: t("me.settings"), icon: "settings", onPick: () => ui.set({ dialog: { kind: "settings" } }) },
    !phone && { label: t("keys.heading"), icon: "keys", onPick: () => ui.set({ dialog: { kind: "keys" } }) },
    /** @type {const} */ ("line"),
    { label: t("menu.sign_out"), icon: "door", onPick: () => attempt(actions.signOut()) },
  ];
  const status = seat.dnd ? t("settings.dnd") : seat.status_text || tWord("status", seat.status);
  return html`<div class="me-card" role="group" aria-label=${t("me.label")}>
    <button type="button" class="me-button" aria-haspopup="menu" aria-expanded=${!!beside}
      onClick=${(/** @type {MouseEvent} */ event) => setBeside(beside ? null : /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect())}>
      <${Avatar} person=${seat} size=${34} presence />
      <span class="me-words"><strong>${shownName(seat)}</strong><span class="hint">${status}</span></span>
      <span class="hidden-text">, ${t("me.menu")}</span>
    </button>
    ${beside && html`<${Menu} label=${t("me.menu")} items=${items()} beside=${beside} onClose=${() => setBeside(null)} />`}
    <${IconButton} icon="settings" label=${t("me.settings")} onClick=${() => ui.set({ dialog: { kind: "settings" } })} />
  </div>`;
}
