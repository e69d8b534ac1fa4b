// @ts-check
/** @module One's own switches in a call: microphone with its level, camera, screen, layout, devices, leaving. */
import { ownHand, toggleHand } from "../people/hands.js";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { preferenceOf, useActions, useAttempt, useClient, useSelect, useUi } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { LevelMeter } from "../parts/media.js";
import { DeviceMenu } from "./device-menu.js";
import { MutedNote } from "./muted-note.js";

/** @param {{ focused: boolean }} props `focused`: one picture is large */
export function CallBar({ focused }) {
  const client = useClient();
  const actions = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const media = useSelect((state) => state.media);
  const joining = useSelect((state) => state.call.phase === "joining");
  const set = (/** @type {import("../../net/wire.js").MediaChanges} */ changes) => attempt(actions.setMedia(changes));
  const room = useSelect((state) => state.call.room);
  const handUp = useSelect((state) => !!ownHand(state, room));
  const leave = () => {
    ui.set({ pinned: "", layout: "auto" });
    if (handUp) void attempt(actions.lowerHand(room));
    void attempt(actions.leaveCall());
  };
  return html`<div class="call-bar" role="toolbar" aria-label=${t("call.controls")}>
    <div class="call-notes" role="status">${joining ? html`<span class="call-note">${t("call.joining")}</span>` : html`<${MutedNote} />`}</div>
    <${CallSwitch} icon=${media.microphone ? "mic" : "micOff"} label=${media.microphone ? t("call.mute") : t("call.unmute")} look=${media.microphone ? "" : "off"}
      shortcut="M" busy=${media.asking === "microphone"} onClick=${() => set({ microphone: !media.microphone })} />
    ${media.microphone && media.cameraStream && html`<${LevelMeter} stream=${media.cameraStream} label=${t("call.level")} bars=${6} />`}
    <${CallSwitch} icon=${media.camera ? "camera" : "cameraOff"} label=${media.camera ? t("call.camera_off") : t("call.camera_on")} look=${media.camera ? "" : "off"}
      shortcut="V" busy=${media.asking === "camera"} onClick=${() => set({ camera: !media.camera })} />
    ${client.calls.screenSupported &&
    html`<${CallSwitch} icon=${media.screen ? "screenOff" : "screen"} label=${media.screen ? t("call.unshare") : t("call.share")} look=${media.screen ? "on" : ""}
      busy=${media.asking === "screen"} onClick=${() => set({ screen: !media.screen })} />`}
    ${room && html`<${CallSwitch} icon="hand" label=${handUp ? t("hand.lower") : t("hand.raise")} look=${handUp ? "up" : ""} shortcut="R" onClick=${() => attempt(toggleHand(client, room))} />`}
    <${DeviceMenu} />
    <${IconButton} class="call-plain" icon=${focused ? "grid" : "focus"} label=${focused ? t("call.grid") : t("call.speaker")}
      onClick=${() => ui.set({ layout: focused ? "grid" : "speaker", pinned: "" })} />
    <${CallSwitch} icon="phoneOff" label=${t("call.leave")} look="leave" onClick=${leave} />
  </div>`;
}

/** @param {{ icon: string, label: string, look: "" | "on" | "off" | "up" | "leave", shortcut?: string, busy?: boolean, onClick: () => void }} props */
function CallSwitch({ icon, label, look, shortcut = "", busy = false, onClick }) {
  const keys = useSelect((state) => shortcut !== "" && preferenceOf(state, "callKeys"));
  return html`<button type="button" class=${classes("call-switch", look)} aria-label=${label} title=${keys ? `${label} (${shortcut})` : label}
    aria-keyshortcuts=${keys ? shortcut : undefined} aria-disabled=${busy ? "true" : undefined} onClick=${() => busy || onClick()}><${Icon} name=${icon} /></button>`;
}
