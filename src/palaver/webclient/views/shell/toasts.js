// @ts-check
/** @module Short notes that go away by themselves. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useUi, useUiSelect } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";

const SIGNS = { plain: "bell", good: "check", bad: "alert" };

export function Toasts() {
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
