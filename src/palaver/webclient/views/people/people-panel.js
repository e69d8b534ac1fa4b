// @ts-check
/** @module Who is here, who asks to be let in, and the way to each of them. */
import { useState } from "preact/hooks";
import { directKey, fold, shownName } from "../../state/keys.js";
import { handsUp, sortedRoster } from "../../state/room.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useAttempt, usePhone, useRoom, useSeat, useSelect, useUi } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";
import { PersonRow } from "./person-row.js";
import { isUnwanted } from "./reach.js";
import { isIn, mayActOn } from "./relations.js";

/** @typedef {import("../../net/wire.js").Participant} Participant */

const SEARCH_FROM = 1;

export function PeoplePanel() {
  const room = useRoom();
  const ui = useUi();
  const phone = usePhone();
  const [search, setSearch] = useState("");
  const standingOf = useStanding();
  if (!room) return null;
  const all = sortedRoster(room);
  const words = fold(search);
  const found = words ? all.filter((person) => fold(`${person.handle} ${person.display_name}`).includes(words)) : all;
  const calling = found.filter((person) => person.in_call);
  const hands = new Set(handsUp(found));
  const groups = [
    { title: t("hand.heading"), members: [...hands] },
    { title: t("people.in_call"), members: calling.filter((person) => !hands.has(person)) },
    { title: t("people.here"), members: found.filter((person) => !person.in_call && !hands.has(person)) },
  ].filter((group) => group.members.length > 0);
  const ofCall = groups.find((group) => group.title === t("people.in_call")) ?? groups[0];
  const heading = html`${t("people.label")} <span class="badge">${all.length}</span>`;
  return html`<div class="people" id="people">
    <div class="people-head">${phone ? html`<h1>${heading}</h1>` : html`<h2>${heading}</h2>`}</div>
    ${all.length > SEARCH_FROM &&
    html`<div class="search people-search"><${Icon} name="search" />
      <input id="people-search" class="input" type="search" aria-label=${t("people.search")} placeholder=${t("people.search")} value=${search}
        onInput=${(/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value)} />
    </div>`}
    <div class="people-lists scrolls">
      <${WaitingList} room=${room} />
      ${groups.map(
        (group) => html`<section key=${group.title}>
          <${Title} text=${group.title} count=${group.members.length} />
          ${group === ofCall && html`<${QuietAll} room=${room.id} members=${calling} />`}
          <ul aria-label=${group.title}>${group.members.map((person) => html`<${PersonRow} key=${person.session} person=${person} room=${room.id} you=${room.you} ...${standingOf(person)} />`)}</ul>
        </section>`,
      )}
      ${words && !found.length && html`<p class="hint people-note">${t("people.none_found")}</p>`}
      ${all.length === 1 &&
      html`<div class="people-alone"><p class="hint">${t("people.alone")}</p>
        <button type="button" class="button small" onClick=${() => ui.set({ dialog: { kind: "share" } })}><${Icon} name="link" />${t("people.invite")}</button>
      </div>`}
    </div>
  </div>`;
}

/** @returns {(person: Participant) => import("./person-row.js").Standing} how one stands to somebody of the list */
function useStanding() {
  const seat = useSeat();
  const { watching, watchers, peers, relations } = useSelect(({ cameras, call, ...state }) => ({ ...cameras, peers: call.peers, relations: state.relations }));
  const directs = useSelect((state) => Object.keys(state.threads));
  return (person) => ({
    watched: !!watching[person.session],
    watches: watchers.some((viewer) => viewer.session === person.session),
    inCall: !!peers[person.session],
    ignored: isIn(relations.ignores, person) || isIn(relations.blocks, person),
    unwanted: isUnwanted(person, directs.includes(directKey(person)), seat?.operator ?? false),
  });
}

/** @param {{ room: import("../../state/types.js").RoomState }} props */
function WaitingList({ room }) {
  const { decideWaiting } = useActions();
  const attempt = useAttempt();
  const waiting = Object.values(room.waiting);
  if (!waiting.length) return null;
  const decide = (/** @type {Participant} */ person, /** @type {boolean} */ admit) => attempt(decideWaiting(room.id, person.session, admit));
  return html`<section class="waiting">
    <${Title} text=${t("people.waiting")} count=${waiting.length} />
    <ul>${waiting.map((person) => {
      const name = shownName(person);
      return html`<li key=${person.session} class="waiting-row">
        <${Avatar} person=${person} size=${30} /><span class="person-name">${name}</span>
        <span class="waiting-choice"><button type="button" class="button small good" aria-label=${t("people.admit", { name })} onClick=${() => decide(person, true)}>${t("people.admit_short")}</button>
        <button type="button" class="button small" aria-label=${t("people.refuse", { name })} onClick=${() => decide(person, false)}>${t("people.refuse_short")}</button></span>
      </li>`;
    })}</ul>
    ${waiting.length > 1 && html`<button type="button" class="button small wide" onClick=${() => waiting.forEach((person) => decide(person, true))}>${t("people.admit_all")}</button>`}
  </section>`;
}

/** @param {{ room: string, members: Participant[] }} props */
function QuietAll({ room, members }) {
  const { requestMute } = useActions();
  const attempt = useAttempt();
  const seat = useSeat();
  const ui = useUi();
  const loud = members.filter((person) => person.media.microphone && mayActOn(seat, person));
  if (loud.length < 2) return null;
  const ask = async () => {
    await Promise.all(loud.map((person) => attempt(requestMute(room, person.session))));
    ui.toast(t("people.asked_mute_all"), "good");
  };
  return html`<button type="button" class="button small people-quiet" onClick=${ask}><${Icon} name="micOff" />${t("people.mute_all")}</button>`;
}

/** @param {{ text: string, count: number }} props */
function Title({ text, count }) {
  const level = usePhone() ? "h2" : "h3";
  return html`<${level} class="people-title">${text} <span>${count}</span></${level}>`;
}
