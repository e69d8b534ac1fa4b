// @ts-check
/** @module The row of cameras above the conversation: one's own with its viewers, and those one watches. */
import { shownName } from "../../state/keys.js";
import { problemText, refusalText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useSelect, useUi } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { Tile } from "./tile.js";
import { useWatch } from "./watch.js";

export function CameraDock() {
  // Whoever is in the call stands on its stage already.
  const watching = useSelect((state) => Object.values(state.cameras.watching).filter(({ session }) => !state.call.peers[session]));
  const own = useSelect((state) => state.call.phase === "out" && (state.media.camera || state.media.screen));
  const problem = useSelect((state) => (state.call.phase === "out" ? problemText(state.media.problems) : ""));
  if (!watching.length && !own) return problem ? html`<${DeviceProblem} problem=${problem} />` : null;
  return html`<section class="dock scrolls" aria-label=${t("camera.dock")}>
    ${own && html`<${OwnTile} />`}
    ${watching.map((camera) => html`<${WatchedTile} key=${camera.session} camera=${camera} />`)}
  </section>`;
}

/** @param {{ problem: string }} props in words */
export function DeviceProblem({ problem }) {
  const { setMedia } = useActions();
  return html`<div class="problem dock-problem"><${Icon} name="alert" /><span role="alert">${problem}</span>
    <${IconButton} small icon="close" label=${t("toast.dismiss")} onClick=${() => void setMedia({})} /></div>`;
}

function OwnTile() {
  const media = useSelect((state) => state.media);
  const count = useSelect((state) => state.cameras.watchers.length);
  const actions = useActions();
  const attempt = useAttempt();
  const ui = useUi();
  const viewers = count ? t("camera.viewers", { count }) : t("camera.no_viewers");
  const foot = html`
    <button type="button" class="tile-chip" aria-label=${viewers} onClick=${() => ui.set({ dialog: { kind: "watchers" } })}><${Icon} name="eye" /><span class="tile-words">${viewers}</span><span class="tile-count">${count}</span></button>
    <button type="button" class="tile-chip" aria-pressed=${!media.microphone} aria-label=${media.microphone ? t("call.mute") : t("call.unmute")}
      onClick=${() => attempt(actions.setMedia({ microphone: !media.microphone }))}><${Icon} name=${media.microphone ? "mic" : "micOff"} /></button>`;
  return html`<${Tile} id="own" own name=${t("call.you")} label=${t("camera.own")} stream=${media.cameraStream} video=${media.camera} foot=${foot}
    onClose=${() => attempt(actions.setMedia({ camera: false, microphone: false }))} />`;
}

/** @param {{ camera: import("../../state/types.js").WatchedCamera }} props */
function WatchedTile({ camera }) {
  const actions = useActions();
  const watch = useWatch();
  const name = shownName(camera.person);
  const { session, phase } = camera;
  const again = () => {
    actions.closeCamera(session);
    watch(session);
  };
  const over = phase === "closed" || phase === "refused";
  const words = phase === "refused" ? refusalText(camera.refusal) : phase === "closed" ? t(closedText(camera.reason), { name }) : phase === "interrupted" ? t("camera.interrupted") : "";
  const notice = over
    ? html`<p>${words}</p><button type="button" class="button small" onClick=${again}>${t("camera.again")}</button>`
    : phase === "interrupted"
      ? html`<span class="spinner"></span><p>${words}</p>`
      : phase === "playing"
        ? undefined
        : html`<span class="spinner"></span><p>${t("camera.opening")}</p>`;
  return html`<${Tile} id=${session} name=${name} label=${t("camera.of", { name })} stream=${over ? "" : (camera.stream?.id ?? "")} video=${camera.stream?.video ?? false}
    notice=${notice} onClose=${() => actions.closeCamera(session)} />`;
}

/**
 * @param {string} reason
 * @returns {import("../../texts/index.js").Key}
 */
function closedText(reason) {
  if (reason === "turned_away") return "camera.turned_away";
  if (reason === "left") return "camera.left";
  return reason === "failed" ? "camera.failed" : "camera.off";
}
