// @ts-check
/** @module Whether anybody would read a report. Asked when a menu opens, as it looks at everybody who is here. */

/**
 * @param {import("../hooks.js").World} world
 * @param {string} session whom or whose message one would report
 * @returns {boolean} the site wants to know, or somebody else who runs the room is here
 */
export function mayReport({ client, site, ui }, session) {
  if (site.features.includes("reports")) return true;
  const room = client.store.get().rooms[ui.get().room];
  return Object.values(room?.participants ?? {}).some(
    (person) => person.session !== room.you && person.session !== session && (person.operator || person.role === "host" || person.role === "moderator"),
  );
}
