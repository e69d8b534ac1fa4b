// @ts-check
/** @module Addresses of single messages: that of their room, and behind `#` the channel and the message's number. */
import { channelKey } from "../../state/keys.js";
import { roomAddress, showAddress } from "../entry/enter.js";
import { showThread } from "../threads.js";
import { showMessage } from "./finding.js";

/** @typedef {import("../hooks.js").World} World */

/**
 * @param {World["site"]} site
 * @param {{ room: string, channel: string }} place
 * @param {number} id
 * @returns {string}
 */
export function messageAddress(site, { room, channel }, id) {
  return `${roomAddress(site, room)}#${encodeURIComponent(channel)}/${id}`;
}

/**
 * Goes to a message, where one sits in its room.
 * @param {World} world
 * @param {string} address
 * @returns {boolean} whether it is the address of one
 */
export function follow(world, address) {
  const { client, site, ui } = world;
  const [whole, part = ""] = address.split("#");
  const [page] = whole.split("?");
  const [, channel = "", id = ""] = /^([^/]+)\/([1-9]\d{0,15})$/.exec(part) ?? [];
  const { rooms, threads } = client.store.get();
  const room = Object.values(rooms).find((each) => each.phase === "joined" && roomAddress(site, each.id) === page);
  const key = room && channelKey(room.id, plain(channel));
  if (!key || !threads[key]) return false;
  ui.set({ room: room.id });
  // It is followed once, not whenever the page is loaded anew.
  showAddress(site, room.id);
  showThread(world, key);
  void showMessage(world, key, Number(id));
  return true;
}

/**
 * Follows the address with which one came, as soon as one sits in its room, and others that are put in its place.
 * @param {World} world
 * @param {string} asked
 * @param {Pick<EventTarget, "addEventListener">} [window] replaced in tests
 */
export function watchLinks(world, asked, window = globalThis) {
  const stop = world.client.store.subscribe((state, before) => {
    // What a session that goes on has is there before anything may be asked in it.
    if (state.connection.phase !== "open" || (state.rooms === before.rooms && state.connection === before.connection)) return;
    if (follow(world, asked)) stop();
  });
  if (!asked.includes("#")) stop();
  window.addEventListener("hashchange", (event) => void follow(world, /** @type {HashChangeEvent} */ (event).newURL));
}

/**
 * @param {string} part of an address
 * @returns {string}
 */
function plain(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
