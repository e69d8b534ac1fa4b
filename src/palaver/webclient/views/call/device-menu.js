// @ts-check
/** @module Which microphone, camera and speaker are used, changed while they are in use. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useSelect } from "../hooks.js";
import { MenuButton } from "../parts/menu-button.js";

/** @type {("microphone" | "camera" | "speaker")[]} */
const KINDS = ["microphone", "camera", "speaker"];

export function DeviceMenu() {
  const actions = useActions();
  const attempt = useAttempt();
  const devices = useSelect((state) => state.devices);
  const settings = useSelect((state) => state.settings);
  const items = () => {
    void actions.refreshDevices().catch(() => {});
    return KINDS.flatMap((kind) => {
      const found = devices[`${kind}s`];
      if (!found.length) return [];
      const choices = [{ id: "", label: t("settings.default_device") }, ...found.filter((device) => device.id && device.id !== "default")];
      return [
        { title: t(`settings.${kind}`) },
        ...choices.map((device) => ({
          label: device.label || t(`settings.${kind}`),
          checked: settings[kind] === device.id,
          onPick: () => attempt(actions.chooseDevice(kind, device.id)),
        })),
      ];
    });
  };
  return html`<${MenuButton} class="call-plain" icon="settings" label=${t("call.devices")} items=${items} />`;
}
