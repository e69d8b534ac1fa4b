// @ts-check
/** @module Who watches one's camera, and turning one of them away. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useRoom, useSelect } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";

/** @param {{ onClose: () => void }} props */
export function WatchersDialog({ onClose }) {
  const { turnAway } = useActions();
  const attempt = useAttempt();
  const room = useRoom();
  const watchers = useSelect((state) => state.cameras.watchers);
  return html`<${Dialog} heading=${t("camera.viewers_heading")} onClose=${onClose}>
    ${!watchers.length && html`<p class="hint">${t("camera.no_viewers")}</p>`}
    <ul class="plain-list">${watchers.map((viewer) => {
      const name = shownName(viewer);
      return html`<li key=${viewer.session}><${Avatar} person=${viewer} size=${30} /><span class="person-name">${name}</span>
        <button type="button" class="button small" aria-label=${t("camera.turn_away", { name })} onClick=${() => attempt(turnAway(room?.id ?? "", [viewer.handle], true))}>${t("camera.turn_away_short")}</button></li>`;
    })}</ul>
  </${Dialog}>`;
}
