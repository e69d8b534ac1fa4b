// @ts-check
/** @module One picture of the row of cameras: whose it is, moving it, sizing it, its sound, full screen, closing it. */
import { useRef, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { StreamVideo } from "../parts/media.js";
import { PipButton } from "../parts/pip-button.js";
import { useLoudness, Volume } from "../parts/volume.js";
import { useTileFrame } from "./tile-frame.js";

/**
 * @typedef {object} Props
 * @property {string} id
 * @property {string} name whose it is, as it stands on the picture
 * @property {string} label what it is, as it is read aloud
 * @property {string} stream id; empty while there is none
 * @property {boolean} [video] the stream has moving pictures
 * @property {boolean} [own]
 * @property {boolean} [screen]
 * @property {any} [notice] what stands over the picture instead of it
 * @property {() => void} [onClose]
 * @property {any} [foot] further controls
 */

/** @param {Props} props */
export function Tile({ id, name, label, stream, video = true, own = false, screen = false, notice, onClose, foot }) {
  const tile = useRef(/** @type {HTMLElement | null} */ (null));
  const moving = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const frame = useTileFrame(id, tile);
  const [{ silenced, volume }, changeLoudness] = useLoudness(id);
  const muted = own || silenced;
  const [blocked, setBlocked] = useState(false);
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : tile.current?.requestFullscreen?.());
  return html`<figure ref=${tile} class=${classes("tile", frame.floating && "floating", own && "own")} style=${frame.style} aria-label=${label} data-session=${id} tabindex="-1"
    onPointerDown=${frame.startMove} onDblClick=${(/** @type {MouseEvent} */ event) => !(/** @type {Element} */ (event.target).closest("button, input")) && full()}>
    ${stream && html`<${StreamVideo} stream=${stream} muted=${muted} volume=${volume} mirrored=${own && !screen} contain=${screen} label=${label} refer=${moving} onBlocked=${setBlocked} />`}
    ${(notice || !stream || !video) && html`<div class="tile-notice">${notice ?? html`<span class="spinner"></span>`}</div>`}
    ${blocked && !notice && html`<div class="tile-foot"><button type="button" class="tile-chip"><${Icon} name="speakerOff" />${t("camera.sound_on")}</button></div>`}
    <div class="tile-bar">
      <figcaption>${name}</figcaption>
      <div class="tile-tools">
        ${!own && stream && html`<${IconButton} small icon=${muted ? "speakerOff" : "speaker"} label=${muted ? t("camera.unmute", { name }) : t("camera.mute", { name })} onClick=${() => changeLoudness({ silenced: !muted })} />
          <${Volume} name=${name} value=${volume} onChange=${(/** @type {number} */ now) => changeLoudness({ volume: now })} />`}
        ${frame.floating && html`<${IconButton} small icon="dock" label=${t("camera.dock_back")} onClick=${frame.dock} />`}
        <${IconButton} small icon="move" label=${t("camera.move")} onKeyDown=${frame.moveByKey} />
        ${stream && video && !notice && html`<${PipButton} video=${moving} />`}
        ${document.fullscreenEnabled && html`<${IconButton} small icon="expand" label=${t("camera.fullscreen")} onClick=${full} />`}
        ${onClose && html`<${IconButton} small icon="close" label=${own ? t("camera.close") : t("camera.close_of", { name })} onClick=${onClose} />`}
      </div>
    </div>
    ${foot && html`<div class="tile-foot">${foot}</div>`}
    <button type="button" class="tile-grip" aria-label=${t("camera.resize")} title=${t("camera.resize")} onPointerDown=${frame.startResize} onKeyDown=${frame.resizeByKey}></button>
  </figure>`;
}
