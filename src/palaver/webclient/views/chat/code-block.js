// @ts-check
/** @module A block of code, as it was written. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { copy } from "../clipboard.js";
import { useUi } from "../hooks.js";
import { IconButton } from "../parts/button.js";

/** @param {{ text: string, language: string }} props */
export function CodeBlock({ text, language }) {
  const ui = useUi();
  return html`<div class="code">
    <${IconButton} icon="copy" label=${t("chat.code_copy")} small onClick=${() => copy(ui, text)} />
    <pre tabindex="0" aria-label=${language || undefined}><code>${text}</code></pre>
  </div>`;
}
