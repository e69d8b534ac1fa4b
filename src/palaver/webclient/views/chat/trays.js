// @ts-check
/**
 * Pictures on their way into a message, by conversation: they go on while another conversation is looked at, and are still
 * there afterwards.
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
 */

const MOST = 10;
/** @type {Picture[]} */
const NONE = [];
const PASSING = new Set(["connection_lost", "not_connected", "timed_out", "too_many_requests", "unavailable", "server_fault"]);
let lastId = 0;

/**
 * @param {import("../ui.js").UiState} state
 * @param {string} thread
 * @returns {Picture[]}
 */
export const trayOf = (state, thread) => state.trays[thread] ?? NONE;

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
    else void sent(world, thread, { ...fresh(), id: (lastId += 1), file, preview: URL.createObjectURL(file) });
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
export function takeOut({ ui }, thread, pictures) {
  const ids = new Set(pictures.map(({ id }) => id));
  for (const { preview, stop } of pictures) {
    stop.abort();
    URL.revokeObjectURL(preview);
  }
  change(ui, thread, (tray) => tray.filter(({ id }) => !ids.has(id)));
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

/** @param {World} world */
export function emptyTrays(world) {
  for (const [thread, tray] of Object.entries(world.ui.get().trays)) takeOut(world, thread, tray);
}

/** What is true of a picture before it was tried. */
const fresh = () => ({ share: 0, attachment: null, problem: "", passing: false, stop: new AbortController() });

/**
 * @param {World} world
 * @param {string} thread
 * @param {Picture} picture
 */
async function sent({ client, ui }, thread, picture) {
  const { id, file, stop } = picture;
  const isNew = !trayOf(ui.get(), thread).some((one) => one.id === id);
  change(ui, thread, (tray) => (isNew ? [...tray, picture] : tray.map((one) => (one.id === id ? picture : one))));
  const note = (/** @type {Partial<Picture>} */ changes) => change(ui, thread, (tray) => tray.map((one) => (one.id === id ? { ...one, ...changes } : one)));
  try {
    const attachment = await client.actions.uploadPicture(file, (done, total) => note({ share: total ? done / total : 0 }), stop.signal);
    note({ attachment, share: 1 });
    ui.announce(t("upload.ready", { name: file.name }));
  } catch (error) {
    if (stop.signal.aborted) return;
    const refusal = /** @type {import("../../net/protocol.js").AskRefused} */ (error);
    note({ problem: refusalText(refusal), passing: PASSING.has(refusal.code) });
    ui.announce(`${t("upload.failed", { name: file.name })} ${refusalText(refusal)}`);
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
