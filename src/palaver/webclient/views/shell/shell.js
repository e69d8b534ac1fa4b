// @ts-check
/** @module The room: rooms and conversations at the left, what is said in the middle, people at the right. On a phone, one of them. */
import { useEffect } from "preact/hooks";
import { t } from "../../texts/index.js";
import { CallStage } from "../call/call-stage.js";
import { Conversation } from "../chat/conversation.js";
import { BOX_ID } from "../chat/focus.js";
import { Lightbox } from "../chat/lightbox.js";
import { html } from "../html.js";
import { usePhone, useRoom, useSelect, useUiSelect, useWorld } from "../hooks.js";
import { PeoplePanel } from "../people/people-panel.js";
import { Dialogs } from "../settings/dialogs.js";
import { CameraDock } from "../video/dock.js";
import { Banner } from "./banner.js";
import { Header, SideHeader } from "./header.js";
import { Rail } from "./rail.js";
import { TabBar } from "./tab-bar.js";

export function Shell() {
  const { client, ui } = useWorld();
  const phone = usePhone();
  const room = useRoom();
  const panel = useUiSelect((state) => state.panel);
  const side = useUiSelect((state) => state.side);
  const inCall = useSelect((state) => state.call.phase !== "out");
  const open = useSelect((state) => (state.threads[state.openThread] ? state.openThread : ""));
  const main = room?.channels[0] ?? "";

  useEffect(() => {
    if (!open && main) client.actions.openThread(main);
  }, [open, main]);
  useEffect(() => {
    const narrow = phone || matchMedia("(max-width: 1000px)").matches;
    if (inCall) ui.set({ panel: "call", side: narrow ? "" : "chat" });
    else ui.set({ panel: ui.get().panel === "call" ? "chat" : ui.get().panel, side: narrow ? "" : "people" });
  }, [inCall]);

  return html`<div class="shell" data-panel=${panel} data-side=${side} data-call=${inCall ? "in" : "out"}>
    <${SkipLinks} />
    ${(!phone || panel === "threads") && html`<${Rail} />`}
    ${phone ? html`<${PhoneMain} panel=${panel} inCall=${inCall} />` : html`<${WideMain} side=${side} inCall=${inCall} />`}
    ${phone && html`<${TabBar} />`}
    <${Lightbox} />
    <${Dialogs} />
  </div>`;
}

/** @param {{ side: string, inCall: boolean }} props */
function WideMain({ side, inCall }) {
  return html`
    <main class="centre">
      <${Banner} />
      <${Header} />
      <${CameraDock} />
      ${inCall ? html`<${CallStage} />` : html`<${Conversation} />`}
    </main>
    ${side === "people" && html`<aside class="side" aria-label=${t("people.label")}><${PeoplePanel} /></aside>`}
    ${side === "chat" && inCall && html`<aside class="side chat-side" aria-label=${t("tabs.chat")}><${SideHeader} /><${Conversation} /></aside>`}
    ${side === "chat" && !inCall && html`<aside class="side" aria-label=${t("people.label")}><${PeoplePanel} /></aside>`}
  `;
}

/**
 * One panel at a time. The pictures stay while another one is looked at: their sound would go with them.
 * @param {{ panel: string, inCall: boolean }} props
 */
function PhoneMain({ panel, inCall }) {
  const call = inCall && panel === "call";
  const chat = !call && panel !== "threads" && panel !== "people";
  return html`<main class=${panel === "threads" ? "over-rail" : "centre"}>
    <${Banner} />
    ${chat && html`<${Header} />`}
    <div class=${chat ? "seen" : "unseen"}><${CameraDock} /></div>
    ${inCall && html`<div class=${call ? "seen" : "unseen"}><${CallStage} /></div>`}
    ${chat && html`<${Conversation} />`}
    ${panel === "people" && html`<${PeoplePanel} />`}
  </main>`;
}

function SkipLinks() {
  const { ui } = useWorld();
  const jump = (/** @type {Partial<import("../ui.js").UiState>} */ to, /** @type {string} */ id) => () => {
    ui.set(to);
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(id)?.focus()));
  };
  return html`<nav class="skips" aria-label=${t("skip.label")}>
    <button type="button" class="skip" onClick=${jump({ panel: "chat" }, BOX_ID)}>${t("skip.message")}</button>
    <button type="button" class="skip" onClick=${jump({ panel: "chat" }, "messages")}>${t("skip.messages")}</button>
    <button type="button" class="skip" onClick=${jump({ panel: "people", side: "people" }, "people-search")}>${t("skip.people")}</button>
  </nav>`;
}
