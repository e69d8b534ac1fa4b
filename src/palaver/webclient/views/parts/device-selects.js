// @ts-check
/** @module A choice for each kind of device of which there is one; it is remembered, and changed over at once. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useSelect } from "../hooks.js";
import { Select } from "./fields.js";

/** @typedef {"camera" | "microphone" | "speaker"} Kind */

/** @param {{ kinds: Kind[], onChosen?: (kind: Kind) => void }} props */
export function DeviceSelects({ kinds, onChosen }) {
  const actions = useActions();
  const attempt = useAttempt();
  const devices = useSelect((state) => state.devices);
  const settings = useSelect((state) => state.settings);
  const choose = async (/** @type {Kind} */ kind, /** @type {string} */ id) => {
    await attempt(actions.chooseDevice(kind, id));
    onChosen?.(kind);
  };
  return kinds.map((kind) => {
    const found = devices[`${kind}s`].filter((device) => device.id && device.id !== "default");
    if (!found.length) return null;
    return html`<${Select} key=${kind} label=${t(`settings.${kind}`)} value=${settings[kind]} onChange=${(/** @type {string} */ id) => choose(kind, id)}
      choices=${[{ value: "", label: t("settings.default_device") }, ...found.map((device) => ({ value: device.id, label: device.label || device.id.slice(0, 8) }))]} />`;
  });
}
