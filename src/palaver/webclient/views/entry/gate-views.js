// @ts-check
/** @module What may stand between the entrance and a room: a PIN, the waiting room, a no. */
import { useState } from "preact/hooks";
import { refusalText, t, tWord } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useSelect, useUi, useWorld } from "../hooks.js";
import { TextField } from "../parts/fields.js";
import { enter } from "./enter.js";
import { Brand } from "./entry-view.js";

/** @param {{ children?: any }} props */
export function Gate({ children }) {
  return html`<main class="entrance"><div class="entrance-card"><${Brand} /><div class="entrance-form">${children}</div></div></main>`;
}

/** @param {{ room: string, wrong: boolean }} props */
export function PinView({ room, wrong }) {
  const world = useWorld();
  const [pin, setPin] = useState("");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void enter(world, { room, pin });
  };
  return html`<${Gate}>
    <div><h1>${t("gate.pin_heading", { room })}</h1><p class="hint">${t("gate.pin_lead")}</p></div>
    <form class="entrance-form" onSubmit=${submit}>
      <${TextField} label=${t("gate.pin")} type="password" value=${pin} onInput=${setPin} problem=${wrong ? t("gate.pin_wrong") : ""} inputMode="numeric" autofocus />
      <button type="submit" class="button primary wide" disabled=${!pin}>${t("gate.pin_enter")}</button>
    </form>
    <${Elsewhere} room=${room} />
  </${Gate}>`;
}

/** @param {{ room: string }} props */
export function WaitingView({ room }) {
  return html`<${Gate}>
    <div class="splash" role="status">
      <span class="spinner"></span>
      <h1>${t("gate.waiting_heading")}</h1>
      <p class="hint">${t("gate.waiting_lead", { room })}</p>
    </div>
    <${Elsewhere} room=${room} label=${t("gate.waiting_cancel")} leave />
  </${Gate}>`;
}

/** @param {{ room: string }} props */
export function RefusedView({ room }) {
  const world = useWorld();
  const refusal = useSelect((state) => state.rooms[room]?.refusal ?? null);
  const reason = useSelect((state) => state.rooms[room]?.reason ?? "");
  const left = !refusal;
  return html`<${Gate}>
    <div>
      <h1>${left ? t("gate.left_heading", { room }) : t("gate.refused_heading", { room })}</h1>
      <p class="hint">${left ? reason && reason !== "left" && tWord("ended", reason) : refusalText(refusal)}</p>
    </div>
    <button type="button" class="button primary wide" onClick=${() => enter(world, { room })}>${left ? t("gate.back") : t("gate.again")}</button>
    <${Elsewhere} room=${room} />
  </${Gate}>`;
}

/** @param {{ room: string, label?: string, leave?: boolean }} props */
function Elsewhere({ room, label, leave }) {
  const ui = useUi();
  const actions = useActions();
  const attempt = useAttempt();
  const others = useSelect((state) => Object.values(state.rooms).find((other) => other.phase === "joined" && other.id !== room)?.id ?? "");
  const go = async () => {
    if (leave) await attempt(actions.leave(room));
    ui.set({ room: others });
  };
  return html`<button type="button" class="button wide" onClick=${go}>${label ?? t("gate.elsewhere")}</button>`;
}
