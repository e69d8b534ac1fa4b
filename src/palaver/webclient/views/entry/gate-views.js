// @ts-check
/** @module What may stand between the entrance and a room: a PIN, the waiting room, a no; and where one is when a seat is gone. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { fullTime, refusalText, t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useActions, useAttempt, useSelect, useUi, useWorld } from "../hooks.js";
import { TextField } from "../parts/fields.js";
import { enter } from "./enter.js";
import { Brand } from "./entry-view.js";

/** @typedef {import("../../texts/index.js").Key} Key */

/** @param {{ children?: any }} props */
export function Gate({ children }) {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    // What had the focus is gone with the room: who listens to the page shall hear why, and who goes by keys begin here.
    const heading = document.activeElement === document.body ? main.current?.querySelector("h1") : null;
    heading?.setAttribute("tabindex", "-1");
    heading?.focus();
  }, []);
  return html`<main ref=${main} class="entrance"><div class="entrance-card"><${Brand} /><div class="entrance-form">${children}</div></div></main>`;
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
  const title = useSelect((state) => state.rooms[room]?.info.title || room);
  return html`<${Gate}>
    <div class="splash" role="status">
      <span class="spinner"></span>
      <h1>${t("gate.waiting_heading")}</h1>
      <p class="hint">${t("gate.waiting_lead", { room: title })}</p>
    </div>
    <${Elsewhere} room=${room} label=${t("gate.waiting_cancel")} leave />
  </${Gate}>`;
}

/** @param {{ room: string }} props */
export function RefusedView({ room }) {
  const world = useWorld();
  const refusal = useSelect((state) => state.rooms[room]?.refusal ?? null);
  const title = useSelect((state) => state.rooms[room]?.info.title || room);
  const banned = refusal?.code === "banned";
  const again = html`<button type="button" class=${classes("button wide", !banned && "primary")} onClick=${() => enter(world, { room })}>${t("gate.again")}</button>`;
  return html`<${Gate}>
    <div>
      <h1>${t("gate.refused_heading", { room: title })}</h1>
      <p role="status">${refusalText(refusal)}</p>
    </div>
    ${!banned && again}
    <${Elsewhere} room=${room} primary=${banned} />
    ${banned && again}
  </${Gate}>`;
}

/** Why a seat is gone: the heading, and what it means. @type {Record<string, [Key, Key?]>} */
const LEFT = {
  left: ["gate.heading_left"],
  kicked: ["gate.heading_removed", "gate.why_kicked"],
  banned: ["gate.heading_removed", "gate.why_banned"],
  closed: ["gate.heading_closed", "gate.why_closed"],
  lost: ["gate.heading_lost", "gate.why_lost"],
  timed_out: ["gate.heading_lost", "gate.why_timed_out"],
  signed_out: ["gate.heading_signed_out", "gate.why_signed_out"],
  replaced: ["gate.heading_replaced", "gate.why_replaced"],
};

/** The seat is gone, the session is not. @param {{ room: string }} props */
export function LeftView({ room }) {
  const world = useWorld();
  const { reason, farewell, title } = useSelect((state) => {
    const { reason: word, farewell: said, info } = state.rooms[room];
    return { reason: word, farewell: said, title: info.title || room };
  });
  const [heading, why] = LEFT[reason] ?? LEFT.left;
  const banned = reason === "banned";
  // Nobody is left in a room that was closed, and one that shuts its door on somebody does so again.
  const elsewhere = banned || reason === "closed";
  const back = html`<button type="button" class=${classes("button wide", !elsewhere && "primary")} onClick=${() => enter(world, { room })}>${banned ? t("gate.again") : t("gate.back")}</button>`;
  return html`<${Gate}>
    <div role="status">
      <h1>${t(heading, { room: title })}</h1>
      ${why && html`<p>${t(why)}</p>`}
      <${Farewell} ...${farewell} />
    </div>
    ${!elsewhere && back}
    <${Elsewhere} room=${room} primary=${elsewhere} />
    ${elsewhere && back}
  </${Gate}>`;
}

/** What somebody said who took a seat away, and for how long. @param {{ by?: string, text?: string, until_ms?: number }} props */
export function Farewell({ by, text, until_ms }) {
  return html`
    ${!!until_ms && html`<p>${t("gate.ended_until", { time: fullTime(until_ms) })}</p>`}
    ${text && html`<blockquote class="reason" aria-label=${t("gate.reason")} dir="auto">${text}</blockquote>`}
    ${by && html`<p class="hint">${t("gate.ended_by", { name: by })}</p>`}
  `;
}

/** @param {{ room: string, label?: string, leave?: boolean, primary?: boolean }} props */
function Elsewhere({ room, label, leave, primary }) {
  const ui = useUi();
  const actions = useActions();
  const attempt = useAttempt();
  const others = useSelect((state) => Object.values(state.rooms).find((other) => other.phase === "joined" && other.id !== room)?.id ?? "");
  const go = async () => {
    if (leave) await attempt(actions.leave(room));
    ui.set({ room: others });
  };
  return html`<button type="button" class=${classes("button wide", primary && "primary")} onClick=${go}>${label ?? t("gate.elsewhere")}</button>`;
}
