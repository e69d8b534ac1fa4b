// @ts-check
/** @module People one keeps at hand on this machine: whether they are here, and the way to them from every room. */
import { directKey, personKey, shownName } from "../../state/keys.js";
import { isMe } from "../../state/threads.js";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { keepPreference, preferenceOf, usePreference, useSelect, useWorld } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { IconButton } from "../parts/button.js";
import { showDirect, showThread } from "../threads.js";

/** @typedef {{ handle: string, display_name: string, user: string | null }} Contact as they were called last */
/** @typedef {import("../../net/wire.js").Participant} Participant */
/** @typedef {import("../../state/types.js").ClientState} ClientState */

const MOST = 200;

/**
 * @param {ClientState} state
 * @param {Contact} contact
 * @returns {Participant | undefined} their seat in any room one sits in
 */
function seatOf(state, contact) {
  const key = personKey(contact);
  for (const room of Object.values(state.rooms)) {
    const found = Object.values(room.participants).find((person) => personKey(person) === key && !isMe(state.me, person));
    if (found) return found;
  }
  return undefined;
}

/**
 * @param {Participant} person
 * @returns {{ kept: boolean, toggle: () => void }}
 */
export function useContact(person) {
  const { client } = useWorld();
  const key = personKey(person);
  const kept = useSelect((state) => preferenceOf(state, "contacts").some((one) => personKey(one) === key));
  const toggle = () => {
    const others = preferenceOf(client.store.get(), "contacts").filter((one) => personKey(one) !== key);
    const { handle, display_name, user } = person;
    keepPreference(client, "contacts", kept ? others : [...others, { handle, display_name, user }].slice(-MOST));
  };
  return { kept, toggle };
}

/** The section of the rail. */
export function Contacts() {
  const [contacts, keep] = usePreference("contacts");
  const seats = useSelect((state) => contacts.map((contact) => seatOf(state, contact)));
  if (!contacts.length) return null;
  const order = contacts.map((contact, at) => ({ contact, seat: seats[at] }));
  order.sort((one, other) => Number(!one.seat) - Number(!other.seat) || shownName(one.contact).localeCompare(shownName(other.contact)));
  return html`<section class="rail-section">
    <div class="rail-title"><h2>${t("contact.heading")}</h2></div>
    <ul aria-label=${t("contact.heading")}>${order.map(({ contact, seat }) => html`<li key=${personKey(contact)}><${Line} contact=${contact} seat=${seat}
      onRemove=${() => keep(contacts.filter((one) => one !== contact))} /></li>`)}</ul>
  </section>`;
}

/** @param {{ contact: Contact, seat: Participant | undefined, onRemove: () => void }} props */
function Line({ contact, seat, onRemove }) {
  const world = useWorld();
  const name = shownName(seat ?? contact);
  const open = () => {
    const key = directKey(contact);
    if (seat) showDirect(world, seat.session);
    else if (world.client.store.get().threads[key]) showThread(world, key);
    else world.ui.toast(t("contact.away", { name }));
  };
  return html`<div class=${classes("line direct", !seat && "gone")}>
    <button type="button" class="line-button" onClick=${open}>
      <${Avatar} person=${seat ?? contact} size=${24} presence=${!!seat} />
      <span class="line-name"><bdi>${name}</bdi></span>
      <span class="hidden-text">, ${seat ? t("contact.here_mark") : t("contact.away_mark")}</span>
    </button>
    <${IconButton} small icon="close" class="line-tool" label=${t("contact.remove", { name })} onClick=${onRemove} />
  </div>`;
}

/**
 * Says when somebody of them comes, and was in none of one's rooms before.
 * @param {import("../hooks.js").World} world
 */
export function watchContacts({ client, ui }) {
  client.onEvent((event) => {
    if (event.type !== "participant_joined") return;
    const { participant } = event;
    const state = client.store.get();
    const key = personKey(participant);
    const there = Object.values(state.rooms).flatMap((room) => Object.values(room.participants)).filter((one) => personKey(one) === key);
    if (there.length > 1 || isMe(state.me, participant)) return;
    if (preferenceOf(state, "contacts").some((one) => personKey(one) === key)) ui.toast(t("contact.came", { name: shownName(participant) }));
  });
}
