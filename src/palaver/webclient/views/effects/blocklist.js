// @ts-check
/** @module Whom the site says that one does not want to meet: told to the server in every room that one enters. */

/** @param {import("../hooks.js").World} world */
export function watchBlocklist({ client, site }) {
  client.store.subscribe((state, before) => {
    if (state.rooms === before.rooms || !site.blocklist?.length) return;
    for (const { id, phase } of Object.values(state.rooms)) {
      if (phase === "joined" && before.rooms[id]?.phase !== "joined") client.actions.takeBlocklist(id, site.blocklist).catch(() => undefined);
    }
  });
}
