// @ts-check
/** @module What stands above the first message of a thread. */
import { threadIn } from "../../state/threads.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { usePhone, useSelect, useSite, useUi } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";
import { channelOf } from "../threads.js";
import { Markdown } from "./markdown.js";

const NOBODY = { handles: new Set(), me: "" };

/** @param {{ thread: string, place: string }} props */
export function ThreadStart({ thread, place }) {
  const person = useSelect((state) => threadIn(state, thread).person);
  const welcomes = useSelect((state) => channelOf(state, threadIn(state, thread))?.welcomes ?? []);
  const { disclaimer } = useSite();
  const ui = useUi();
  const phone = usePhone();
  // Where the list of people is not in sight, which says the same.
  const alone = useSelect((state) => phone && !person && Object.keys(state.rooms[threadIn(state, thread).room]?.participants ?? {}).length === 1);
  return html`<div class="thread-start">
    ${person ? html`<${Avatar} person=${person} size=${56} />` : html`<span class="thread-sign"><${Icon} name="hash" /></span>`}
    <h2>${t(person ? "chat.empty_direct_heading" : "chat.empty_heading", { place })}</h2>
    <p class="hint">${person ? t("chat.empty_direct") : t("chat.empty")}</p>
    ${person && disclaimer && html`<p class="hint">${disclaimer}</p>`}
    ${alone && html`<button type="button" class="button small" onClick=${() => ui.set({ dialog: { kind: "share" } })}><${Icon} name="link" />${t("people.invite")}</button>`}
    ${welcomes.map((text) => html`<${Markdown} text=${text} names=${NOBODY} />`)}
  </div>`;
}
