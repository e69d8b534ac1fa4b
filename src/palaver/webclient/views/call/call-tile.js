// @ts-check
/** @module One picture of the call: moving pictures or an avatar, the name, the microphone, pinning it, its sound. */
import { useRef, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { Avatar } from "../parts/avatar.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { StreamVideo } from "../parts/media.js";
import { PipButton } from "../parts/pip-button.js";
import { useLoudness, Volume } from "../parts/volume.js";
import { usePoorConnection } from "./quality.js";

/** @typedef {{ connecting: import("../../texts/index.js").Key, interrupted: import("../../texts/index.js").Key, failed: import("../../texts/index.js").Key }} PhaseTexts */
/** @type {Record<string, import("../../texts/index.js").Key | "">} */
const PHASES = { calling: "call.calling", connecting: "call.connecting", interrupted: "call.interrupted", failed: "call.failed", connected: "" };

/**
 * @param {import("./call-stage.js").Picture & { rect: import("./layout.js").Rect | undefined, pinned: boolean, speaking: boolean, small: boolean, onPin: () => void }} props
 */
export function CallTile({ id, session, name, stream, video, own, screen, muted, hand, phase, person, rect, pinned, speaking, small, onPin }) {
  const tile = useRef(/** @type {HTMLElement | null} */ (null));
  const moving = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [{ silenced, volume }, changeLoudness] = useLoudness(id);
  const [blocked, setBlocked] = useState(false);
  const label = own ? t(screen ? "camera.own_screen" : "camera.own") : t(screen ? "camera.screen_of" : "camera.of", { name });
  const phaseText = PHASES[phase];
  const poor = usePoorConnection(own || screen ? "" : session);
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : tile.current?.requestFullscreen?.());
  const style = rect && { left: `${rect.left}px`, top: `${rect.top}px`, width: `${rect.width}px`, height: `${rect.height}px` };
  const face = Math.max(28, Math.min(96, (rect?.height ?? 120) * 0.42));
  return html`<figure ref=${tile} class=${classes("call-tile", speaking && !screen && "speaking", small && "small", screen && "screen")} style=${style} aria-label=${label} data-session=${id} tabindex="-1"
    onDblClick=${(/** @type {MouseEvent} */ event) => !(/** @type {Element} */ (event.target).closest("button, input")) && full()}>
    ${stream && html`<${StreamVideo} stream=${stream} muted=${own || silenced} volume=${volume} mirrored=${own && !screen} contain=${screen} label=${label} refer=${moving} onBlocked=${setBlocked} />`}
    ${!video && !phaseText && html`<div class="call-face"><${Avatar} person=${person} size=${face} /></div>`}
    ${phaseText && html`<div class="call-phase" role="status"><span class="spinner"></span>${t(phaseText)}</div>`}
    ${blocked && html`<div class="call-sound"><button type="button" class="tile-chip"><${Icon} name="speakerOff" />${t("camera.sound_on")}</button></div>`}
    <figcaption class=${classes(hand && "hand-up")}>${hand && html`<${Icon} name="hand" /><span class="hidden-text">${t("hand.mark")}</span>`}${muted && !screen && html`<${Icon} name="micOff" /><span class="hidden-text">${t("call.muted_mark")}</span>`}${screen && html`<${Icon} name="screen" />`}
      ${poor && !phaseText && html`<span class="poor" title=${t("call.poor")}><${Icon} name="poor" /><span class="hidden-text">${t("call.poor")}</span></span>`}<span>${name}</span></figcaption>
    <div class="call-tools">
      ${!own && !screen && html`<${IconButton} small icon=${silenced ? "speakerOff" : "speaker"} label=${silenced ? t("camera.unmute", { name }) : t("camera.mute", { name })} onClick=${() => changeLoudness({ silenced: !silenced })} />
        <${Volume} name=${name} value=${volume} onChange=${(/** @type {number} */ now) => changeLoudness({ volume: now })} />`}
      <${IconButton} small icon="pin" pressed=${pinned} label=${pinned ? t("call.unpin", { name }) : t("call.pin", { name })} onClick=${onPin} />
      ${video && html`<${PipButton} video=${moving} />`}
      ${document.fullscreenEnabled && html`<${IconButton} small icon="expand" label=${t("camera.fullscreen")} onClick=${full} />`}
    </div>
  </figure>`;
}
