// @ts-check
/** @module How others see one: name, status, do not disturb. */
import { useState } from "preact/hooks";
import { t, tWord } from "../../texts/index.js";
import { html } from "../html.js";
import { setDnd } from "../effects/standing.js";
import { useActions, useAttempt, usePreference, useSeat, useWorld } from "../hooks.js";
import { Select, Switch, TextField } from "../parts/fields.js";
import { STATUSES } from "../shell/me-card.js";

export function SelfSection() {
  const seat = useSeat();
  const actions = useActions();
  const attempt = useAttempt();
  const world = useWorld();
  const [idleAway, setIdleAway] = usePreference("idleAway");
  const [name, setName] = useState(seat?.display_name || seat?.handle || "");
  const [text, setText] = useState(seat?.status_text ?? "");
  if (!seat) return null;
  const changed = name !== (seat.display_name || seat.handle) || text !== seat.status_text;
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const asked = [];
    if (name !== (seat.display_name || seat.handle)) asked.push(actions.rename(name.trim()));
    if (text !== seat.status_text) asked.push(actions.setStatus({ text }));
    if (await attempt(Promise.all(asked))) world.ui.toast(t("settings.saved"), "good");
  };
  return html`
    <form class="dialog-form" onSubmit=${save}>
      <${TextField} label=${t("settings.display_name")} hint=${t("settings.display_hint", { handle: seat.handle })} value=${name} onInput=${setName} maxLength=${128} />
      <${Select} label=${t("settings.status")} value=${seat.status} onChange=${(/** @type {string} */ status) => attempt(actions.setStatus({ status }))}
        choices=${[...new Set([...STATUSES, seat.status])].map((value) => ({ value, label: tWord("status", value) }))} />
      <${TextField} label=${t("settings.status_text")} value=${text} onInput=${setText} maxLength=${128} />
      <div class="dialog-foot"><button type="submit" class="button primary" disabled=${!changed || !name.trim()}>${t("dialog.save")}</button></div>
    </form>
    <${Switch} label=${t("settings.dnd")} hint=${t("settings.dnd_hint")} checked=${seat.dnd} onChange=${(/** @type {boolean} */ dnd) => attempt(setDnd(world, dnd))} />
    <${Switch} label=${t("settings.idle_away")} hint=${t("settings.idle_away_hint")} checked=${idleAway} onChange=${setIdleAway} />
  `;
}
