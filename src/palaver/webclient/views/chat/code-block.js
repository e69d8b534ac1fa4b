// @ts-check
/** @module A block of code, as it was written. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useUi } from "../hooks.js";
import { IconButton } from "../parts/button.js";

/** @param {{ text: string, language: string }} props */
export function CodeBlock({ text, language }) {
  const ui = useUi();
  const copy = () => navigator.clipboard?.writeText(text).then(() => ui.toast(t("chat.copied"), "good"), () => {});
  return html`<div class="code">
    <${IconButton} icon="copy" label=${t("chat.code_copy")} small onClick=${copy} />
    <pre tabindex="0" aria-label=${language || undefined}><code>${text}</code></pre>
  </div>`;
}
