// @ts-check
/** @module The session is over and will not come back by itself: why, and the way back in. */
import { refusalText, t, tWord } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useSite, useUi, useWorld } from "../hooks.js";
import { enter } from "./enter.js";
import { Farewell, Gate } from "./gate-views.js";

/** @type {Record<string, import("../../texts/index.js").Key>} */
const HEADINGS = { kicked: "ended.heading_kicked", banned: "ended.heading_banned", left: "ended.heading_left" };

export function EndedView() {
  const world = useWorld();
  const ui = useUi();
  const site = useSite();
  const connection = useSelect((state) => state.connection);
  const name = useSelect((state) => state.me?.name ?? state.settings.name);
  const { ended, refusal, reason } = connection;
  const back = () => enter(world, { name, token: site.token || undefined, room: ui.get().room });
  return html`<${Gate}>
    <div role="status">
      <h1>${t(HEADINGS[reason] ?? "gate.ended_heading")}</h1>
      <p>${refusal ? refusalText(refusal) : tWord("ended", reason)}</p>
      <${Farewell} ...${ended} />
    </div>
    <button type="button" class="button primary wide" onClick=${back}>${t("gate.back")}</button>
  </${Gate}>`;
}
