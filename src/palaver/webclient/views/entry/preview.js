// @ts-check
/** @module A look at the own camera and microphone before anybody else sees them. Nothing is sent anywhere. */
import { useEffect, useRef, useState } from "preact/hooks";
import { problemText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useClient, useSelect } from "../hooks.js";
import { DeviceSelects } from "../parts/device-selects.js";
import { Icon } from "../parts/icon.js";
import { LevelMeter, StreamVideo } from "../parts/media.js";

export function Preview() {
  const client = useClient();
  const { setMedia } = useActions();
  const [on, setOn] = useState(false);
  const media = useSelect((state) => state.media);
  const problem = problemText(media.problems);
  const wanted = useRef(false);
  useEffect(
    () => () => {
      if (wanted.current) void setMedia({ camera: false, microphone: false });
    },
    [],
  );
  if (!client.calls.supported) return html`<p class="hint">${t("entry.no_calls")}</p>`;
  const toggle = async () => {
    wanted.current = !on;
    setOn(!on);
    await setMedia({ camera: !on, microphone: !on }).catch(() => setOn(false));
  };
  return html`<div class="preview">
    ${on &&
    html`<div class="preview-frame">
      ${media.camera && media.cameraStream
        ? html`<${StreamVideo} stream=${media.cameraStream} muted mirrored label=${t("entry.preview")} />`
        : html`<${Icon} name="cameraOff" />`}
      <p class="preview-note">${t("entry.preview_lead")}</p>
      ${media.microphone && media.cameraStream && html`<${LevelMeter} stream=${media.cameraStream} label=${t("call.level")} />`}
    </div>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <div class="preview-devices"><${DeviceSelects} kinds=${["camera", "microphone"]} onChosen=${(/** @type {string} */ kind) => void setMedia({ [kind]: true }).catch(() => undefined)} /></div>`}
    <button type="button" class="button small" aria-pressed=${on} onClick=${toggle}>
      <${Icon} name=${on ? "cameraOff" : "camera"} /> ${on ? t("entry.preview_off") : t("entry.preview_on")}
    </button>
  </div>`;
}
