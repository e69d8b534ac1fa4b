// @ts-check
/** @module The reactions under a message; a press joins in or takes one's own away. */
import { nameList, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt } from "../hooks.js";

/** @param {{ entry: import("../../state/types.js").MessageEntry, me: string }} props */
export function Reactions({ entry, me }) {
  const { react } = useActions();
  const attempt = useAttempt();
  if (!entry.reactions.length || entry.retracted) return null;
  return html`<div class="reactions">
    ${entry.reactions.map(({ emoji, by }) => {
      const own = by.includes(me);
      const label = t("message.reacted", { emoji, count: by.length, names: nameList(by) });
      return html`<button key=${emoji} type="button" class="reaction" aria-pressed=${own} aria-label=${label} title=${label}
        onClick=${() => attempt(react(entry.id, emoji, !own))}><span>${emoji}</span>${by.length}</button>`;
    })}
  </div>`;
}
