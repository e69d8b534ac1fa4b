// @ts-check
/** @module Light or dark, and how large the text is. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, usePreference, useSelect } from "../hooks.js";
import { Choices } from "../parts/fields.js";

/** @type {("system" | "light" | "dark")[]} */
const THEMES = ["system", "light", "dark"];
/** @type {("small" | "normal" | "large")[]} */
const SIZES = ["small", "normal", "large"];

export function LookSection() {
  const { saveSettings } = useActions();
  const theme = useSelect((state) => state.settings.theme);
  const [size, setSize] = usePreference("textSize");
  return html`
    <${Choices} label=${t("settings.theme")} value=${theme} onChange=${(/** @type {typeof theme} */ next) => saveSettings({ theme: next })}
      choices=${THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))} />
    <${Choices} label=${t("settings.text_size")} value=${size} onChange=${setSize} choices=${SIZES.map((value) => ({ value, label: t(`size.${value}`) }))} />
  `;
}
