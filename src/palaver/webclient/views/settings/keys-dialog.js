// @ts-check
/** @module What keys do, by where one is. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { preferenceOf, useSelect } from "../hooks.js";
import { Dialog } from "../parts/dialog.js";

/** @typedef {import("../../texts/index.js").Key} Key */

const COMMAND = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

/** Where one is, and there: the keys, those beside each other pressed together, and what they do. @type {[Key, [string[][], Key][]][]} */
const GROUPS = [
  [
    "keys.everywhere",
    [
      [[["Alt", "↑ ↓"]], "keys.thread"],
      [[["Alt", "Shift", "↑ ↓"]], "keys.unread"],
      [[[COMMAND, "Shift", "F"]], "search.open"],
      [[["?"]], "keys.list"],
    ],
  ],
  [
    "keys.box",
    [
      [[["Enter"]], "chat.send"],
      [[["Shift", "Enter"]], "keys.line"],
      [[["↑"]], "keys.edit_last"],
      [[["@"], [":"]], "keys.complete"],
      [[["Esc"]], "chat.cancel_reply"],
    ],
  ],
  [
    "keys.message",
    [
      [[["↑"], ["↓"]], "keys.move"],
      [[["R"]], "message.reply"],
      [[["E"]], "message.edit"],
      [[["+"]], "message.react"],
      [[["Delete"]], "message.retract"],
    ],
  ],
  [
    "keys.call",
    [
      [[["M"]], "keys.microphone"],
      [[["V"]], "keys.camera"],
      [[["R"]], "keys.hand"],
      [[["Space"]], "keys.speak"],
    ],
  ],
];

/** @param {{ onClose: () => void }} props */
export function KeysDialog({ onClose }) {
  const single = useSelect((state) => preferenceOf(state, "callKeys"));
  return html`<${Dialog} heading=${t("keys.heading")} onClose=${onClose} wide>
    <div class="keys">
      ${GROUPS.map(
        ([heading, rows]) => html`<section key=${heading}>
          <h3 class="section-title">${t(heading)}</h3>
          <dl>
            ${rows.map(
              ([ways, what]) => html`<div key=${what}>
                <dt>${ways.map((keys, at) => html`${at > 0 && " "}<span class="key-way">${keys.map((name) => html`<kbd>${name}</kbd>`)}</span>`)}</dt>
                <dd>${t(what)}</dd>
              </div>`,
            )}
          </dl>
        </section>`,
      )}
    </div>
    ${!single && html`<p class="hint">${t("keys.off")}</p>`}
  </${Dialog}>`;
}
