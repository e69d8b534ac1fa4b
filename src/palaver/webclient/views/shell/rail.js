// @ts-check
/** @module Rooms, their channels and one's direct conversations, with what is unread in them. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useActions, useAttempt, usePhone, useRoom, useSeat, useSelect, useSite, useUi, useWorld } from "../hooks.js";
import { showAddress } from "../entry/enter.js";
import { Avatar } from "../parts/avatar.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { MenuButton } from "../parts/menu-button.js";
import { Contacts } from "../people/contacts.js";
import { useHasPast } from "../people/past-dialog.js";
import { isQuiet, toggleQuiet, urgentIn } from "../quiet.js";
import { channelOf, channelsIn, directs, showThread, threadName } from "../threads.js";
import { MeCard } from "./me-card.js";

export function Rail() {
  return html`<nav class="rail" aria-label=${t("rail.label")}>
    <${RoomHead} />
    <div class="rail-lists scrolls">
      <${Channels} />
      <${Directs} />
      <${Contacts} />
      <${OtherRooms} />
    </div>
    <${MeCard} />
  </nav>`;
}

function RoomHead() {
  const phone = usePhone();
  const room = useRoom();
  const site = useSite();
  const seat = useSeat();
  const world = useWorld();
  const ui = useUi();
  const attempt = useAttempt();
  const actions = useActions();
  if (!room) return null;
  const name = room.info.title || room.id;
  const runs = seat?.role === "host" || seat?.role === "moderator";
  const leave = async (/** @type {string} */ id) => {
    await attempt(actions.leave(id));
    const other = Object.values(world.client.store.get().rooms).find((each) => each.id !== id && each.phase === "joined");
    if (other) showRoom(world, other.id);
  };
  const items = () => [
    { label: t("menu.share"), icon: "link", onPick: () => ui.set({ dialog: { kind: "share" } }) },
    runs && { label: t("menu.room"), icon: "settings", onPick: () => ui.set({ dialog: { kind: "room" } }) },
    runs && {
      label: room.info.locked ? t("menu.unlock") : t("menu.lock"),
      icon: "lock",
      onPick: () => attempt(actions.updateRoom(room.id, { locked: !room.info.locked })),
    },
    { label: t("rail.join_room"), icon: "plus", onPick: () => ui.set({ dialog: { kind: "rooms" } }) },
    { label: t("menu.meeting"), icon: "people", onPick: () => ui.set({ dialog: { kind: "meeting" } }) },
    /** @type {const} */ ("line"),
    { label: t("menu.leave"), icon: "door", onPick: () => leave(room.id) },
    room.info.hosted && runs && { label: t("menu.end"), icon: "phoneOff", danger: true, onPick: () => ui.set({ dialog: { kind: "end" } }) },
  ];
  return html`<div class="rail-head">
    <div class="rail-room">${phone ? html`<h1>${name}</h1>` : html`<strong title=${name}>${name}</strong>`}${site.title !== name && html`<span class="hint">${site.title}</span>`}</div>
    ${room.info.locked && html`<${Icon} name="lock" />`}
    <${MenuButton} icon="down" label=${t("rail.room_menu")} items=${items} />
  </div>`;
}

function Channels() {
  const room = useRoom();
  const seat = useSeat();
  const ui = useUi();
  const runs = seat?.role === "host" || seat?.role === "moderator";
  const channels = useSelect((state) => (room ? channelsIn(state, room.id) : []));
  if (!room) return null;
  return html`<section class="rail-section">
    <div class="rail-title"><h2>${t("rail.channels")}</h2>
      ${runs && html`<${IconButton} small icon="plus" label=${t("rail.add_channel")} popup="dialog" onClick=${() => ui.set({ dialog: { kind: "channel" } })} />`}
    </div>
    <ul>${channels.map((key) => html`<li key=${key}><${ThreadLine} thread=${key} /></li>`)}</ul>
  </section>`;
}

function Directs() {
  const ui = useUi();
  const past = useHasPast();
  const keys = useSelect(directs);
  return html`<section class="rail-section">
    <div class="rail-title"><h2>${t("rail.direct")}</h2>
      ${past && html`<${IconButton} small icon="clock" label=${t("past.heading")} popup="dialog" onClick=${() => ui.set({ dialog: { kind: "past" } })} />`}
    </div>
    ${keys.length === 0 && html`<p class="hint rail-note">${t("rail.no_direct")}</p>`}
    ${keys.length > 0 && html`<ul>${keys.map((key) => html`<li key=${key}><${ThreadLine} thread=${key} /></li>`)}</ul>`}
  </section>`;
}

/** @param {{ thread: string }} props */
function ThreadLine({ thread: key }) {
  const world = useWorld();
  const { icon, offered, thread, name, open, person, quiet, urgent } = useSelect((state) => {
    const found = state.threads[key];
    const seat = found?.person && Object.values(state.rooms).map((room) => room.participants[found.person?.session ?? ""]).find(Boolean);
    return { icon: found && channelOf(state, found)?.members ? "people" : "hash", offered: Object.values(state.transfers).some((one) => one.thread === key && one.incoming && one.phase === "offered"), thread: found, name: found ? threadName(state, found) : "", open: state.openThread === key, person: seat || found?.person, quiet: isQuiet(state, key), urgent: !!found && urgentIn(state, found) > 0 };
  });
  if (!thread) return null;
  const direct = thread.kind === "direct";
  const close = () => world.client.actions.closeDirect(key);
  const counted = thread.mentions && !direct ? t("rail.mentions", { count: thread.mentions }) : t("rail.unread", { count: thread.unread });
  return html`<div class=${classes("line", open && "open", urgent && "unread", quiet && "quiet", direct && "direct")}>
    <button type="button" class="line-button" aria-current=${open ? "page" : undefined} onClick=${() => showThread(world, key)}>
      ${direct && person ? html`<${Avatar} person=${person} size=${24} presence=${"status" in person} />` : html`<${Icon} name=${icon} />`}
      <span class="line-name" title=${name}><bdi>${name}</bdi></span>
      ${offered && html`<span class="badge strong" title=${t("file.offered_mark")}><${Icon} name="file" /><span class="hidden-text">${t("file.offered_mark")}</span></span>`}
      ${thread.unread > 0 &&
      html`<span class=${classes("badge", urgent && (thread.mentions > 0 || direct) && "strong")} aria-hidden="true">${thread.mentions || thread.unread}</span>
        <span class="hidden-text">${counted}</span>`}
    </button>
    <${IconButton} small icon=${quiet ? "bellOff" : "bell"} class=${quiet ? "line-quiet" : "line-tool"} pressed=${quiet} label=${t("rail.mute", { place: direct ? name : `#${name}` })} onClick=${() => toggleQuiet(world.client, key)} />
    ${direct && html`<${IconButton} small icon="close" class="line-tool" label=${t("rail.close_direct", { name })} onClick=${close} />`}
  </div>`;
}

/**
 * @param {import("../hooks.js").World} world
 * @param {string} id
 */
function showRoom(world, id) {
  world.ui.set({ room: id });
  showThread(world, world.client.store.get().rooms[id].channels[0]);
  showAddress(world.site, id);
}

function OtherRooms() {
  const world = useWorld();
  const room = useRoom();
  const others = useSelect((state) => Object.values(state.rooms).filter((other) => other.id !== room?.id && other.phase === "joined").map((other) => other.id));
  const names = useSelect((state) => others.map((id) => state.rooms[id].info.title || id));
  const unread = useSelect((state) =>
    others.map((id) => state.rooms[id].channels.reduce((sum, key) => sum + (state.threads[key] ? urgentIn(state, state.threads[key]) : 0), 0)),
  );
  if (!others.length) return null;
  return html`<section class="rail-section">
    <div class="rail-title"><h2>${t("rail.rooms")}</h2></div>
    <ul>${others.map(
      (id, at) => html`<li key=${id}><div class=${classes("line", unread[at] > 0 && "unread")}>
        <button type="button" class="line-button" onClick=${() => showRoom(world, id)}><${Icon} name="door" /><span class="line-name" title=${names[at]}><bdi>${names[at]}</bdi></span>
          ${unread[at] > 0 && html`<span class="badge" aria-hidden="true">${unread[at]}</span><span class="hidden-text">${t("rail.unread", { count: unread[at] })}</span>`}
        </button></div></li>`,
    )}</ul>
  </section>`;
}
