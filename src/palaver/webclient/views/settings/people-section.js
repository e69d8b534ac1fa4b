// @ts-check
/** @module Whom one blocked, ignores or turned away, and ending that: somebody blocked stands in no other list. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, useRoom, useSelect } from "../hooks.js";

/** @typedef {import("../../texts/index.js").Key} Key */
/** @typedef {{ kind: "blocks" | "ignores" | "turned_away", undo: "block" | "ignore" | "turnAway", heading: Key, action: Key, short: Key }} Kept */

/** @type {Kept[]} */
const KEPT = [
  { kind: "blocks", undo: "block", heading: "settings.blocks", action: "settings.unblock", short: "settings.unblock_short" },
  { kind: "ignores", undo: "ignore", heading: "settings.ignores", action: "settings.unignore", short: "settings.unignore_short" },
  { kind: "turned_away", undo: "turnAway", heading: "settings.turned_away", action: "settings.show_camera", short: "settings.show_camera_short" },
];

export function PeopleSection() {
  const actions = useActions();
  const attempt = useAttempt();
  const room = useRoom();
  const relations = useSelect((state) => state.relations);
  const lists = KEPT.filter(({ kind }) => relations[kind].length > 0);
  return html`
    <p class="hint">${t("settings.people_lead")}</p>
    ${!lists.length && html`<p>${t("settings.people_none")}</p>`}
    ${lists.map(({ kind, undo, heading, action, short }) => html`<section key=${kind}>
      <h3 class="section-title">${t(heading)}</h3>
      <ul class="plain-list">${relations[kind].map((key) => {
        const name = nameOf(key);
        return html`<li key=${key}><span class="person-name"><bdi>${name}</bdi></span>
          <button type="button" class="button small" aria-label=${t(action, { name })} onClick=${() => attempt(actions[undo](room?.id ?? "", [name], false))}>${t(short)}</button></li>`;
      })}</ul>
    </section>`)}
  `;
}

/**
 * @param {string} key `name:ana`, `user:site:ana`
 * @returns {string}
 */
function nameOf(key) {
  const [kind, ...rest] = key.split(":");
  return kind === "user" ? rest.slice(1).join(":") || rest.join(":") : rest.join(":");
}
