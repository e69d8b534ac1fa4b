// @ts-check
/**
 * @module The same session after the page was loaded anew, or killed. What a reload takes is kept only while no page holds it,
 * so that no second window gets it; what a crash leaves is the client's to keep (`net/holding.js`).
 */
import { roomAddress, showAddress } from "../entry/enter.js";

/** @typedef {import("../hooks.js").World} World */
/** @typedef {import("../../net/api.js").Parked} Parked */
/** @typedef {{ parked: Parked, room: string, site: string }} Kept `site`: the token that the site gave */

const KEY = "palaver.session";
/** A page that is still here so long after it was to be left is not being left: the address was a file, or the person thought better of it. */
const STILL_HERE_MS = 3_000;
const CLOSES_SOCKETS_FIRST = navigator.userAgent.includes("Firefox/");

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
  addEventListener("beforeunload", (event) => {
    const asks = wouldLose(world.client.store.get());
    if (asks) event.preventDefault();
    // Who is asked may stay, and shall have lost nothing. Only Firefox cannot wait for the answer: it closes the sockets
    // of a page that leaves, as one who does not come back, and tells `pagehide` later.
    if (asks && !CLOSES_SOCKETS_FIRST) return;
    if (keep(world, storage)) setTimeout(goOn, STILL_HERE_MS);
  });
  addEventListener("pagehide", () => {
    void world.client.actions.leaveCall();
    keep(world, storage);
  });
  addEventListener("pageshow", ({ persisted }) => persisted && goOn());
  const { client, ui, site } = world;
  const cameBack = (/** @type {Parked} */ parked) => isTheirs(parked, site);
  const reloaded = kept !== null && cameBack(kept.parked);
  if (kept && !reloaded) await client.actions.endParked(kept.parked);
  const parked = reloaded ? kept.parked : await client.actions.claim(cameBack);
  if (!parked) return false;
  const room = reloaded ? kept.room : (parked.rooms.find((id) => isHere(site, id)) ?? parked.rooms[0]);
  const given = site.token;
  // Before the room is drawn, which offers what only members of the site can do.
  if (!given && reloaded) site.token = kept.site;
  ui.set({ entering: true, room });
  const stays = await client.actions.unpark(parked).then(() => true, () => false);
  ui.set({ entering: false, room: stays ? room : "" });
  if (stays) showAddress(site, room);
  else site.token = given;
  return stays;
}

/**
 * @param {import("../../state/types.js").ClientState} state
 * @returns {boolean} something would be cut off that another visit does not bring back
 */
function wouldLose({ call, uploads, transfers }) {
  const moves = Object.values(transfers).some(({ phase }) => phase === "connecting" || phase === "moving");
  return call.phase !== "out" || moves || Object.keys(uploads).length > 0;
}

/**
 * @param {Parked} parked
 * @param {World["site"]} site
 * @returns {boolean} the person came back to where they were, as who they were
 */
function isTheirs({ me, rooms }, site) {
  return site.token ? me.user === `site:${subjectOf(site.token)}` : rooms.some((room) => isHere(site, room));
}

/**
 * @param {World["site"]} site
 * @param {string} room
 * @returns {boolean}
 */
function isHere(site, room) {
  return new URL(roomAddress(site, room)).pathname === location.pathname;
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
  const kept = { parked, room: ui.get().room, site: site.token };
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
