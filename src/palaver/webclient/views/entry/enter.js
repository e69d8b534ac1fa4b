// @ts-check
/** @module The way in: say who one is, then take a seat; and the address that leads others there. */

/** @typedef {import("../hooks.js").World} World */

/**
 * @param {World} world
 * @param {{ name?: string, token?: string, room: string, pin?: string }} how an empty room means the site's own
 * @returns {Promise<unknown>} what stood in the way; undefined where nothing did
 */
export async function enter({ client, site, ui }, { name, token, room, pin }) {
  ui.set({ entering: true, room: room || site.defaultRoom });
  try {
    const { me, connection } = client.store.get();
    if (name) client.actions.saveSettings({ name });
    if (!me || connection.phase === "ended" || connection.phase === "idle") await client.actions.identify({ name, token });
    const target = (room || client.store.get().me?.default_room || site.defaultRoom).normalize("NFC").trim();
    ui.set({ room: target });
    await client.actions.join(target, { create: true, ...(pin ? { pin } : {}) });
    showAddress(site, target);
    return undefined;
  } catch (problem) {
    return problem;
  } finally {
    ui.set({ entering: false });
  }
}

/**
 * @param {import("../hooks.js").Site} site
 * @param {string} room
 * @returns {string} where others find the room
 */
export function roomAddress(site, room) {
  return new URL(`${site.root}/r/${encodeURIComponent(room)}`, location.href).href;
}

/**
 * @param {import("../hooks.js").Site} site
 * @param {string} room
 */
export function showAddress(site, room) {
  const address = roomAddress(site, room);
  if (location.href !== address) history.replaceState(null, "", address);
}
