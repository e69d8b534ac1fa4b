// @ts-check
/** @module The panels of a phone, at its lower edge. */
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useRoom, useSelect, useUi, useUiSelect } from "../hooks.js";
import { Icon } from "../parts/icon.js";
import { urgentIn } from "../quiet.js";

/** @typedef {"threads" | "chat" | "call" | "people"} Panel */

export function TabBar() {
  const ui = useUi();
  const panel = useUiSelect((state) => state.panel);
  const room = useRoom();
  const inCall = useSelect((state) => state.call.phase !== "out");
  const unread = useSelect((state) => Object.values(state.threads).reduce((sum, thread) => sum + (thread.key === state.openThread ? 0 : urgentIn(state, thread)), 0));
  const open = useSelect((state) => (state.threads[state.openThread] ? urgentIn(state, state.threads[state.openThread]) : 0));
  const people = Object.keys(room?.participants ?? {}).length;
  const waiting = Object.keys(room?.waiting ?? {}).length;
  /** @type {{ panel: Panel, icon: string, label: string, count: number, strong?: boolean }[]} */
  const tabs = [
    { panel: "threads", icon: "hash", label: t("tabs.threads"), count: unread, strong: true },
    { panel: "chat", icon: "chat", label: t("tabs.chat"), count: panel === "chat" ? 0 : open, strong: true },
    ...(inCall ? [{ panel: /** @type {Panel} */ ("call"), icon: "phone", label: t("tabs.call"), count: 0 }] : []),
    { panel: "people", icon: "people", label: t("tabs.people"), count: waiting || people, strong: waiting > 0 },
  ];
  return html`<nav class="tabs" aria-label=${t("tabs.label")}>
    ${tabs.map(
      (tab) => html`<button key=${tab.panel} type="button" aria-current=${tab.panel === panel ? "page" : undefined} onClick=${() => ui.set({ panel: tab.panel })}>
        <span class="tab-sign"><${Icon} name=${tab.icon} />${tab.count > 0 && html`<span class=${classes("badge", tab.strong && "strong")} aria-hidden="true">${tab.count}</span>`}</span>
        <span>${tab.label}</span>${(tab.panel === "threads" || tab.panel === "chat") && tab.count > 0 && html`<span class="hidden-text">${t("rail.unread", { count: tab.count })}</span>`}
      </button>`,
    )}
  </nav>`;
}
