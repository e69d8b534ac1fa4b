// @ts-check
/** @module One's own switches in a call: microphone with its level, camera, screen, layout, devices, leaving. */
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useActions, useAttempt, useClient, useSelect, useUi } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { LevelMeter } from "../parts/media.js";
import { DeviceMenu } from "./device-menu.js";

/** @param {{ focused: boolean }} props `focused`: one picture is large */
export function CallBar({ focused }) {
  const client = useClient();
  const actions = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const media = useSelect((state) => state.media);
  const joining = useSelect((state) => state.call.phase === "joining");
  const set = (/** @type {import("../../net/wire.js").MediaChanges} */ changes) => attempt(actions.setMedia(changes));
  const leave = () => {
    ui.set({ pinned: "", layout: "auto" });
    void attempt(actions.leaveCall());
  };
  return html`<div class="call-bar" role="toolbar" aria-label=${t("call.controls")}>
    ${joining && html`<span class="call-joining" role="status">${t("call.joining")}</span>`}
    <button type="button" class=${classes("call-switch", !media.microphone && "off")} aria-label=${media.microphone ? t("call.mute") : t("call.unmute")} title=${media.microphone ? t("call.mute") : t("call.unmute")}
      disabled=${media.asking === "microphone"} onClick=${() => set({ microphone: !media.microphone })}>
      <${Icon} name=${media.microphone ? "mic" : "micOff"} />
    </button>
    ${media.microphone && media.cameraStream && html`<${LevelMeter} stream=${media.cameraStream} label=${t("call.level")} bars=${6} />`}
    <button type="button" class=${classes("call-switch", !media.camera && "off")} aria-label=${media.camera ? t("call.camera_off") : t("call.camera_on")} title=${media.camera ? t("call.camera_off") : t("call.camera_on")}
      disabled=${media.asking === "camera"} onClick=${() => set({ camera: !media.camera })}><${Icon} name=${media.camera ? "camera" : "cameraOff"} /></button>
    ${client.calls.screenSupported &&
    html`<button type="button" class=${classes("call-switch", media.screen && "on")} aria-label=${media.screen ? t("call.unshare") : t("call.share")} title=${media.screen ? t("call.unshare") : t("call.share")}
      disabled=${media.asking === "screen"} onClick=${() => set({ screen: !media.screen })}><${Icon} name=${media.screen ? "screenOff" : "screen"} /></button>`}
    <${DeviceMenu} />
    <${IconButton} class="call-plain" icon=${focused ? "grid" : "focus"} label=${focused ? t("call.grid") : t("call.speaker")}
      onClick=${() => ui.set({ layout: focused ? "grid" : "speaker", pinned: "" })} />
    <button type="button" class="call-switch leave" aria-label=${t("call.leave")} title=${t("call.leave")} onClick=${leave}><${Icon} name="phoneOff" /></button>
  </div>`;
}
