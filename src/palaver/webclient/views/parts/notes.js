// @ts-check
/**
 * What is told and goes away by itself: notes at the edge, and words for people who listen to the page. A dialog keeps
 * everything behind it from being seen and heard, so the one that is open has them.
 * @module
 */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useUi, useUiSelect } from "../hooks.js";
import { IconButton } from "./button.js";
import { Icon } from "./icon.js";

const SIGNS = { plain: "bell", good: "check", bad: "alert" };

/** @param {{ covered?: boolean }} props `covered`: something may lie over them, which has them then */
export function Notes({ covered = false }) {
  const elsewhere = useUiSelect((ui) => covered && ui.covers > 0);
  return elsewhere ? null : html`<${Toasts} /><${Announcer} />`;
}

function Toasts() {
  const ui = useUi();
  const toasts = useUiSelect((state) => state.toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map(
      (toast) => html`<div key=${toast.id} class=${`toast ${toast.tone}`}>
        <${Icon} name=${SIGNS[toast.tone]} /><span>${toast.text}</span>
        ${toast.action && html`<button type="button" class="button small good" aria-label=${toast.action.name} onClick=${toast.action.run}>${toast.action.label}</button>`}
        <${IconButton} small icon="close" label=${t("toast.dismiss")} onClick=${() => ui.dropToast(toast.id)} />
      </div>`,
    )}
  </div>`;
}

/** What to say is chosen in `effects/alerts.js`. */
function Announcer() {
  const announcements = useUiSelect((state) => state.announcements);
  // A log is read by what is added to it, where a status is read as a whole (WAI-ARIA 1.2).
  return html`<div class="hidden-text" role="log" aria-live="polite" data-test="announcer">
    ${announcements.map(({ id, text }) => html`<p key=${id}>${text}</p>`)}
  </div>`;
}
