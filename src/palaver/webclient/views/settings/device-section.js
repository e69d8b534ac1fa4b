// @ts-check
/** @module Which camera, microphone and speaker are used, and whom one's camera is for. */
import { useEffect } from "preact/hooks";
import { problemText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, usePreference, useSelect, useSite } from "../hooks.js";
import { DeviceSelects } from "../parts/device-selects.js";
import { Switch } from "../parts/fields.js";
import { LevelMeter, StreamVideo } from "../parts/media.js";
import { offeredRules } from "./camera-rules.js";

export function DeviceSection() {
  const actions = useActions();
  const attempt = useAttempt();
  const devices = useSelect((state) => state.devices);
  const media = useSelect((state) => state.media);
  const problem = problemText(media.problems);
  const { features } = useSite();
  const [callKeys, setCallKeys] = usePreference("callKeys");
  const vip = useSelect((state) => Object.values(state.rooms).some((room) => room.participants[room.you]?.vip));
  const change = (/** @type {import("../../net/wire.js").CameraRules} */ rules) => {
    actions.saveSettings({ rules });
    void attempt(actions.setMedia({ rules }));
  };
  useEffect(() => void actions.refreshDevices().catch(() => {}), []);
  const named = devices.cameras.some((device) => device.label) || devices.microphones.some((device) => device.label);
  return html`
    ${media.cameraStream &&
    html`<div class="preview-frame">${media.camera && html`<${StreamVideo} stream=${media.cameraStream} muted mirrored label=${t("camera.own")} />`}
      ${media.microphone && html`<${LevelMeter} stream=${media.cameraStream} label=${t("call.level")} />`}</div>`}
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${!named && html`<p class="hint">${t("settings.no_devices")}</p>`}
    <${DeviceSelects} kinds=${["camera", "microphone", "speaker"]} />
    <${Switch} label=${t("settings.call_keys")} hint=${t("settings.call_keys_hint")} checked=${callKeys} onChange=${setCallKeys} />
    <div role="group" aria-label=${t("settings.camera_rules")}>
      <h3 class="section-title">${t("settings.camera_rules")}</h3>
      ${offeredRules({ vip, explicit: features.includes("explicit") }).map(
        (rule) => html`<${Switch} key=${rule} label=${t(`rules.${rule}`)} checked=${media.rules[rule]}
          onChange=${(/** @type {boolean} */ on) => change({ ...media.rules, [rule]: on })} />`,
      )}
    </div>
  `;
}
