// @ts-check
/**
 * Pictures on their way into a message, by conversation: they go on while another conversation is looked at, and are still
 * there afterwards. A message that is sent before its pictures are there becomes a parcel, which leaves when they are.
 * @module
 */
import { byteSize, refusalText, t } from "../../texts/index.js";

/** @typedef {import("../hooks.js").World} World */
/** @typedef {import("../../net/wire.js").Attachment} Attachment */

/**
 * @typedef {object} Picture
 * @property {number} id
 * @property {File} file
 * @property {string} preview an address of this page
 * @property {number} share how much of it is there, 0 to 1
 * @property {Attachment | null} attachment what came of it
 * @property {string} problem why nothing came of it
 * @property {boolean} passing another try may help
 * @property {AbortController} stop
 * @property {number} parcel that it belongs to; 0 while it waits beside the box
 */

/** @typedef {{ id: number, text: string, reply: string }} Parcel `reply`: the key of the message that is answered */

const MOST = 10;
/** @type {Picture[]} */
const NONE = [];
/** @type {Parcel[]} */
const NO_PARCELS = [];
const PASSING = new Set(["connection_lost", "not_connected", "timed_out", "too_many_requests", "unavailable", "server_fault"]);
let lastId = 0;

/**
 * @param {import("../ui.js").UiState} state
 * @param {string} thread
 * @param {number} [parcel]
 * @returns {Picture[]}
 */
export const trayOf = (state, thread, parcel = 0) => (state.trays[thread] ?? NONE).filter((picture) => picture.parcel === parcel);

/**
 * @param {import("../ui.js").UiState} state
 * @param {string} thread
 * @returns {Parcel[]} oldest first
 */
export const parcelsOf = (state, thread) => state.parcels[thread] ?? NO_PARCELS;

/**
 * @param {World} world
 * @param {string} thread
 * @param {File[]} files
 */
export function putIn(world, thread, files) {
  const { site, ui } = world;
  for (const file of files.slice(0, MOST - trayOf(ui.get(), thread).length)) {
    if (!file.type.startsWith("image/")) ui.toast(t("chat.not_picture", { name: file.name }), "bad");
    else if (file.size > site.maxUploadBytes) ui.toast(t("chat.too_big", { name: file.name, size: byteSize(site.maxUploadBytes) }), "bad");
    else void sent(world, thread, { ...fresh(), id: (lastId += 1), parcel: 0, file, preview: URL.createObjectURL(file) });
  }
}

/**
 * @param {World} world
 * @param {string} thread
 * @param {Picture} picture that did not arrive
 */
export function sendAgain(world, thread, picture) {
  void sent(world, thread, { ...picture, ...fresh() });
}

/**
 * Also one that is under way.
 * @param {World} world
 * @param {string} thread
 * @param {Picture[]} pictures
 */
export function takeOut(world, thread, pictures) {
  const ids = new Set(pictures.map(({ id }) => id));
  for (const { preview, stop } of pictures) {
    stop.abort();
    URL.revokeObjectURL(preview);
  }
  change(world.ui, thread, (tray) => tray.filter(({ id }) => !ids.has(id)));
  dispatch(world, thread);
}

/**
 * @param {World} world
 * @param {string} thread
 * @returns {Attachment[]} what is ready, which is no longer in the tray
 */
export function collected(world, thread) {
  const ready = trayOf(world.ui.get(), thread).filter(({ attachment }) => attachment);
  takeOut(world, thread, ready);
  return ready.flatMap(({ attachment }) => attachment ?? []);
}

/**
 * Sends a message as soon as the pictures are there that are on their way to it.
 * @param {World} world
 * @param {string} thread
 * @param {{ text: string, reply: string }} message
 */
export function hold({ ui }, thread, message) {
  const id = (lastId += 1);
  const isOn = (/** @type {Picture} */ picture) => picture.parcel === 0 && !picture.problem;
  change(ui, thread, (tray) => tray.map((picture) => (isOn(picture) ? { ...picture, parcel: id } : picture)));
  keepParcels(ui, thread, [...parcelsOf(ui.get(), thread), { id, ...message }]);
  ui.announce(t("upload.held"));
}

/**
 * Does not send it after all: its pictures wait beside the box again.
 * @param {World} world
 * @param {string} thread
 * @param {Parcel} parcel
 */
export function unpack({ ui }, thread, parcel) {
  keepParcels(ui, thread, parcelsOf(ui.get(), thread).filter(({ id }) => id !== parcel.id));
  change(ui, thread, (tray) => tray.map((picture) => (picture.parcel === parcel.id ? { ...picture, parcel: 0 } : picture)));
}

/**
 * Sends the parcels of which everything is there.
 * @param {World} world
 * @param {string} thread
 */
export function dispatch(world, thread) {
  const { client, ui } = world;
  for (const parcel of parcelsOf(ui.get(), thread)) {
    const pictures = trayOf(ui.get(), thread, parcel.id);
    const known = client.store.get().threads[thread];
    if (!known || pictures.some(({ attachment }) => !attachment)) continue;
    const attachments = pictures.flatMap(({ attachment }) => attachment ?? []);
    unpack(world, thread, parcel);
    takeOut(world, thread, pictures);
    const replyTo = known.messages.find(({ key }) => key === parcel.reply)?.id || null;
    if (parcel.text || attachments.length) client.actions.post(thread, { text: parcel.text, attachments, replyTo });
  }
}

/**
 * What a lost connection stopped is tried again when it is back.
 * @param {World} world
 */
export function watchTrays(world) {
  const { client, ui } = world;
  client.store.subscribe(({ connection }, before) => {
    if (connection.phase !== "open" || before.connection.phase === "open") return;
    for (const [thread, tray] of Object.entries(ui.get().trays)) {
      for (const picture of tray) if (picture.passing) sendAgain(world, thread, picture);
    }
  });
}

/** @param {World} world */
export function emptyTrays(world) {
  world.ui.set({ parcels: {} });
  for (const [thread, tray] of Object.entries(world.ui.get().trays)) takeOut(world, thread, tray);
}

/** What is true of a picture before it was tried. */
const fresh = () => ({ share: 0, attachment: null, problem: "", passing: false, stop: new AbortController() });

/**
 * @param {World} world
 * @param {string} thread
 * @param {Picture} picture
 */
async function sent(world, thread, picture) {
  const { client, ui } = world;
  const { id, file, stop } = picture;
  const isNew = !ui.get().trays[thread]?.some((one) => one.id === id);
  change(ui, thread, (tray) => (isNew ? [...tray, picture] : tray.map((one) => (one.id === id ? picture : one))));
  const note = (/** @type {Partial<Picture>} */ changes) => change(ui, thread, (tray) => tray.map((one) => (one.id === id ? { ...one, ...changes } : one)));
  try {
    const attachment = await client.actions.uploadPicture(file, (done, total) => note({ share: total ? done / total : 0 }), stop.signal);
    note({ attachment, share: 1 });
    if (ui.get().trays[thread]?.some((one) => one.id === id && one.parcel === 0)) ui.announce(t("upload.ready", { name: file.name }));
    dispatch(world, thread);
  } catch (error) {
    if (stop.signal.aborted) return;
    const refusal = /** @type {import("../../net/protocol.js").AskRefused} */ (error);
    note({ problem: refusalText(refusal), passing: PASSING.has(refusal.code) });
    const words = `${t("upload.failed", { name: file.name })} ${refusalText(refusal)}`;
    // Who has gone on to another conversation believes that it was sent.
    if (client.store.get().openThread === thread) ui.announce(words);
    else ui.toast(words, "bad", { stays: true });
  }
}

/**
 * @param {import("../ui.js").Ui} ui
 * @param {string} thread
 * @param {(tray: Picture[]) => Picture[]} to
 */
function change(ui, thread, to) {
  const { [thread]: tray = NONE, ...others } = ui.get().trays;
  const now = to(tray);
  ui.set({ trays: now.length ? { ...others, [thread]: now } : others });
}

/**
 * @param {import("../ui.js").Ui} ui
 * @param {string} thread
 * @param {Parcel[]} parcels
 */
function keepParcels(ui, thread, parcels) {
  const { [thread]: _, ...others } = ui.get().parcels;
  ui.drafts.write(thread, { held: parcels.map(({ text }) => text) });
  ui.set({ parcels: parcels.length ? { ...others, [thread]: parcels } : others });
}
