// @ts-check
/** @module What one may choose for oneself, in five sections. */
import { useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { AlertSection } from "./alert-section.js";
import { DeviceSection } from "./device-section.js";
import { LookSection } from "./look-section.js";
import { PeopleSection } from "./people-section.js";
import { SelfSection } from "./self-section.js";

/** @type {{ id: string, icon: string, title: import("../../texts/index.js").Key, view: any }[]} */
const SECTIONS = [
  { id: "self", icon: "person", title: "settings.profile", view: SelfSection },
  { id: "look", icon: "sun", title: "settings.look", view: LookSection },
  { id: "alerts", icon: "bell", title: "settings.alerts", view: AlertSection },
  { id: "devices", icon: "camera", title: "settings.devices", view: DeviceSection },
  { id: "people", icon: "people", title: "settings.people", view: PeopleSection },
];

/** @param {{ section?: string, onClose: () => void }} props */
export function SettingsDialog({ section = "self", onClose }) {
  const [open, setOpen] = useState(section);
  const shown = SECTIONS.find(({ id }) => id === open) ?? SECTIONS[0];
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = SECTIONS[(SECTIONS.indexOf(shown) + by + SECTIONS.length) % SECTIONS.length].id;
    setOpen(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<${Dialog} heading=${t("settings.heading")} wide class="settings" onClose=${onClose}>
    <div class="settings-frame">
      <div class="settings-tabs" role="tablist" aria-label=${t("settings.heading")} onKeyDown=${onKeyDown}>
        ${SECTIONS.map(
          ({ id, icon, title }) => html`<button key=${id} id=${`tab-${id}`} type="button" role="tab" aria-selected=${id === shown.id} aria-controls="settings-section" tabindex=${id === shown.id ? 0 : -1}
            onClick=${() => setOpen(id)}><${Icon} name=${icon} />${t(title)}</button>`,
        )}
      </div>
      <div class="settings-section" id="settings-section" role="tabpanel" aria-labelledby=${`tab-${shown.id}`}><${shown.view} /></div>
    </div>
  </${Dialog}>`;
}
