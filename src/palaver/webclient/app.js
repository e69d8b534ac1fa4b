// @ts-check
/**
 * Puts the page together: reads what the server told it, makes the client, draws the first view.
 * @module
 */
import { h, render } from "preact";
import { createClient } from "./net/client.js";
import { vaultOf } from "./net/vault.js";
import { AppView } from "./views/app-view.js";
import { Drafts, watchDrafts } from "./views/chat/drafts.js";
import { watchLinks } from "./views/chat/links.js";
import { watchTrays } from "./views/chat/trays.js";
import { watchCallKeys } from "./views/effects/call-keys.js";
import { watchAttention } from "./views/effects/attention.js";
import { watchLook } from "./views/effects/look.js";
import { watchPageKeys } from "./views/effects/page-keys.js";
import { watchNotices } from "./views/effects/notices.js";
import { watchEvents } from "./views/effects/alerts.js";
import { watchRings } from "./views/effects/ringing.js";
import { stay } from "./views/effects/staying.js";
import { watchStanding } from "./views/effects/standing.js";
import { watchWaking } from "./views/effects/waking.js";
import { watchViewport } from "./views/effects/viewport.js";
import { watchContacts } from "./views/people/contacts.js";
import { enter } from "./views/entry/enter.js";
import { WorldContext } from "./views/hooks.js";
import { createUi } from "./views/ui.js";

/** @type {import("./views/hooks.js").Site} */
const site = JSON.parse(document.getElementById("palaver-constants")?.textContent ?? "{}");

// A token must not stay where it can be copied, bookmarked or read over a shoulder.
const address = new URL(location.href);
if (address.searchParams.has("jwt")) {
  address.searchParams.delete("jwt");
  history.replaceState(null, "", address);
}

/**
 * @template {"localStorage" | "sessionStorage" | "indexedDB"} T
 * @param {T} name
 * @returns {Window[T] | undefined} nothing where the browser keeps nothing for this page
 */
function storageOf(name) {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}

const client = createClient({
  url: new URL(site.wsPath, location.href).href.replace(/^http/, "ws"),
  storage: storageOf("localStorage"),
  vault: vaultOf(storageOf("indexedDB")),
});
const world = { client, site, ui: createUi(new Drafts(storageOf("sessionStorage"))) };

watchLook(world);
watchAttention(world);
watchNotices(world);
watchEvents(world);
watchRings(world);
watchContacts(world);
watchDrafts(world);
watchLinks(world, location.href);
watchTrays(world);
watchStanding(world);
watchViewport();
watchWaking(world);
watchCallKeys(world);
watchPageKeys(world);

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
render(h(WorldContext.Provider, { value: world, children: h(AppView, {}) }), root);

void stay(world, storageOf("sessionStorage")).then((stays) => {
  if (!stays && site.token) void enter(world, { token: site.token, room: site.room });
});
