// @ts-check
/** @module Those who call one directly: a card each, wherever one is on the page. It takes no focus from who is writing. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useSelect, useWorld } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";
import { showDirect } from "../threads.js";

export function RingCards() {
  const rings = useSelect((state) => state.rings);
  if (!rings.length) return null;
  return html`<section class="rings" aria-label=${t("ring.label")}>${rings.map((person) => html`<${RingCard} key=${person.session} person=${person} />`)}</section>`;
}

/** @param {{ person: import("../../state/types.js").Author }} props */
function RingCard({ person }) {
  const world = useWorld();
  const actions = useActions();
  const attempt = useAttempt();
  const name = shownName(person);
  const inCall = useSelect((state) => state.call.phase !== "out");
  const accept = (/** @type {boolean} */ camera) => {
    if (world.client.actions.openDirect(person.session)) showDirect(world, person.session);
    void attempt(actions.acceptCall(person.session, { camera }));
  };
  return html`<div class="ring" role="group" aria-label=${t("ring.of", { name })}>
    <${Avatar} person=${person} size=${44} />
    <div class="ring-words"><strong><bdi>${name}</bdi></strong><span class="hint">${inCall ? t("ring.leaves") : t("ring.lead")}</span></div>
    <div class="ring-choice">
      <button type="button" class="button good" onClick=${() => accept(false)}><${Icon} name="phone" />${t("ring.accept")}</button>
      <button type="button" class="button good" aria-label=${t("ring.accept_camera")} title=${t("ring.accept_camera")} onClick=${() => accept(true)}><${Icon} name="camera" /></button>
      <button type="button" class="button danger" onClick=${() => actions.refuseCall(person.session)}><${Icon} name="phoneOff" />${t("ring.refuse")}</button>
    </div>
  </div>`;
}
