// @ts-check
/** @module The same session after the page was loaded anew. What it takes is kept only while no page holds it, so that no second window gets it. */
import { showAddress } from "../entry/enter.js";

/** @typedef {import("../hooks.js").World} World */
/** @typedef {{ parked: import("../../net/api.js").Parked, room: string, path: string, site: string }} Kept `site`: the token that the site gave */

const KEY = "palaver.session";
/** A page that is still here so long after it was to be left is not being left: the address was a file, or the person thought better of it. */
const STILL_HERE_MS = 3_000;

/**
 * @param {World} world
 * @param {Storage | undefined} storage of this window
 * @returns {Promise<boolean>} whether the session of before goes on
 */
export async function stay(world, storage) {
  const kept = taken(storage);
  const goOn = () => {
    storage?.removeItem(KEY);
    world.client.actions.retryNow();
  };
  // Firefox closes the sockets of a page when it leaves for another, as one who does not come back, and tells `pagehide` later.
  addEventListener("beforeunload", () => {
    if (keep(world, storage)) setTimeout(goOn, STILL_HERE_MS);
  });
  addEventListener("pagehide", () => {
    void world.client.actions.leaveCall();
    keep(world, storage);
  });
  addEventListener("pageshow", ({ persisted }) => persisted && goOn());
  if (!kept) return false;
  const { client, ui, site } = world;
  const given = site.token;
  const reloaded = wasReloaded(kept, site);
  // Before the room is drawn, which offers what only members of the site can do.
  if (reloaded && !given) site.token = kept.site;
  ui.set({ entering: true, room: kept.room });
  const stays = await client.actions.unpark(kept.parked, { end: !reloaded }).then(() => reloaded, () => false);
  ui.set({ entering: false, room: stays ? kept.room : "" });
  if (stays) showAddress(site, kept.room);
  else site.token = given;
  return stays;
}

/**
 * @param {Kept} kept
 * @param {World["site"]} site
 * @returns {boolean} the person came back to where they were, as who they were
 */
function wasReloaded({ parked, path }, { token }) {
  if (token && parked.me.user !== `site:${subjectOf(token)}`) return false;
  return Boolean(token) || path === location.pathname;
}

/**
 * @param {string} token
 * @returns {string} whom a site's token is about; the server judges it
 */
function subjectOf(token) {
  try {
    const [, claims] = token.split(".");
    return String(JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub ?? "");
  } catch {
    return "";
  }
}

/**
 * @param {World} world
 * @param {Storage | undefined} storage
 * @returns {boolean} whether the session was let go of
 */
function keep({ client, ui, site }, storage) {
  if (client.store.get().call.direct) void client.actions.leaveCall();
  const parked = client.actions.park();
  if (!parked) return false;
  /** @type {Kept} */
  const kept = { parked, room: ui.get().room, path: location.pathname, site: site.token };
  try {
    storage?.setItem(KEY, JSON.stringify(kept));
  } catch {
    // No room, or no permission: the page begins anew then.
  }
  return true;
}

/**
 * @param {Storage | undefined} storage
 * @returns {Kept | null}
 */
function taken(storage) {
  try {
    const text = storage?.getItem(KEY) ?? "";
    storage?.removeItem(KEY);
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
