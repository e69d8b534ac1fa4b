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
 * Makes a meeting whose link cannot be guessed, takes the host's seat in it, and shows the link.
 * @param {World} world
 * @param {{ name?: string, meeting: { title: string, waiting: boolean } }} how
 * @returns {Promise<unknown>} what stood in the way; undefined where nothing did
 */
export async function startMeeting(world, { name, meeting }) {
  const { client, ui } = world;
  try {
    if (name) client.actions.saveSettings({ name });
    const { me, connection } = client.store.get();
    if (!me || connection.phase === "ended" || connection.phase === "idle") await client.actions.identify({ name });
    const room = await client.actions.createRoom("", { title: meeting.title.trim(), waiting_room: meeting.waiting, hosted: true, listed: false });
    const problem = await enter(world, { room });
    const main = client.store.get().rooms[room]?.channels[0];
    if (main) client.actions.openThread(main);
    ui.set({ dialog: problem ? null : { kind: "share" } });
    return problem;
  } catch (problem) {
    return problem;
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
