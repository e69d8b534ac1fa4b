// @ts-check
/** @module Which of the big views is on: the entrance, a gate before the room, or the room itself. */
import { RingCards } from "./call/ring-cards.js";
import { html } from "./html.js";
import { EndedView } from "./entry/ended-view.js";
import { EntryView } from "./entry/entry-view.js";
import { LeftView, PinView, RefusedView, WaitingView } from "./entry/gate-views.js";
import { Splash } from "./entry/splash.js";
import { useSelect, useSite, useUiSelect } from "./hooks.js";
import { Notes } from "./parts/notes.js";
import { Banner } from "./shell/banner.js";
import { Shell } from "./shell/shell.js";
import { t } from "../texts/index.js";

export function AppView() {
  return html`<${Stage} /><${RingCards} /><${Notes} covered />`;
}

function Stage() {
  const roomId = useUiSelect((ui) => ui.room);
  const seated = useSelect((state) => state.rooms[roomId]?.phase === "joined" && state.connection.phase !== "ended");
  return seated ? html`<${Shell} />` : html`<div class="outside"><${Banner} arriving /></div><${Outside} />`;
}

/** What stands before the room, or in its place. */
function Outside() {
  const site = useSite();
  const roomId = useUiSelect((ui) => ui.room);
  const entering = useUiSelect((ui) => ui.entering);
  const known = useSelect((state) => state.me !== null);
  const connection = useSelect((state) => state.connection.phase);
  const phase = useSelect((state) => state.rooms[roomId]?.phase ?? "");
  const code = useSelect((state) => state.rooms[roomId]?.refusal?.code ?? "");

  if (phase === "joined") return html`<${EndedView} />`;
  if (!known) return site.token && entering ? html`<${Splash} text=${t("gate.connecting")} />` : html`<${EntryView} />`;
  if (connection === "ended") return entering ? html`<${EntryView} />` : html`<${EndedView} />`;
  if (phase === "waiting") return html`<${WaitingView} room=${roomId} />`;
  if (phase === "refused" && (code === "pin_required" || code === "wrong_pin")) return html`<${PinView} room=${roomId} wrong=${code === "wrong_pin"} />`;
  if (phase === "refused") return html`<${RefusedView} room=${roomId} />`;
  if (phase === "left") return html`<${LeftView} room=${roomId} />`;
  if (phase === "joining" || entering) return html`<${Splash} text=${t("gate.joining", { room: roomId })} />`;
  return html`<${EntryView} />`;
}
