// @ts-check
/**
 * Asks the browser for a microphone, a camera or the screen, and says in one word why it would not.
 * @module
 */

/** @typedef {import("../state/types.js").MediaProblem} MediaProblem */
/** @typedef {import("./api.js").Platform} Platform */

/** The browser, or the person, said no. */
export class MediaRefused extends Error {
  /** @param {MediaProblem} code */
  constructor(code) {
    super(code);
    this.name = "MediaRefused";
    this.code = code;
  }
}

/** @type {Record<string, MediaProblem>} */
const PROBLEMS = {
  NotAllowedError: "permission_denied",
  SecurityError: "permission_denied",
  NotFoundError: "device_not_found",
  OverconstrainedError: "device_not_found",
  NotReadableError: "device_busy",
  AbortError: "device_busy",
  NotSupportedError: "not_supported",
  TypeError: "not_supported",
};

/** What the same refusals mean where a screen was asked for. @type {Record<string, MediaProblem>} */
const NO_SCREEN = { permission_denied: "cancelled", system_denied: "no_screen", device_not_found: "no_screen" };

/** 480p: enough for a face, little enough for a mesh. */
export const CAMERA_HINTS = { width: { ideal: 854 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
const VOICE_HINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const SCREEN_HINTS = { frameRate: { ideal: 15, max: 30 } };

/**
 * @param {Platform} platform
 * @param {"microphone" | "camera"} kind
 * @param {string} device id; empty for the system's choice. One that is gone is replaced by that
 * @returns {Promise<MediaStreamTrack>}
 */
export async function captureDevice(platform, kind, device) {
  const devices = devicesOf(platform);
  const stream = await asked(() => devices.getUserMedia(wanted(kind, device))).catch((error) => {
    if (device && error.code === "device_not_found") return asked(() => devices.getUserMedia(wanted(kind, "")));
    throw error;
  });
  return stream.getTracks()[0];
}

/**
 * Another device in the place of the one that is in use. Phones open one camera at a time: where the other is busy, the one in
 * use is let go of first. Never rejected.
 * @param {Platform} platform
 * @param {"microphone" | "camera"} kind
 * @param {string} device id
 * @param {MediaStreamTrack} before in use
 * @returns {Promise<{ track: MediaStreamTrack | null, problem: MediaProblem | "" }>} with a problem, the track is again of the one before; null
 *   where that goes on, or cannot be had any more
 */
export async function captureInstead(platform, kind, device, before) {
  /** @param {string} id @returns {ReturnType<typeof captureInstead>} */
  const wish = (id) => captureDevice(platform, kind, id).then((track) => ({ track, problem: "" }), ({ code }) => ({ track: null, problem: code }));
  const first = await wish(device);
  if (first.problem !== "device_busy") return first;
  const former = before.getSettings?.().deviceId ?? "";
  before.stop();
  const second = await wish(device);
  return second.track ? second : { ...(await wish(former)), problem: second.problem };
}

/**
 * Both at once, so that the browser puts one question. Never rejected.
 * @param {Platform} platform
 * @param {{ microphone: string, camera: string }} chosen
 * @returns {Promise<{ given: MediaStreamTrack[], refused: ("microphone" | "camera")[] }>} what is in neither is to be asked for alone
 */
export async function captureBoth(platform, chosen) {
  try {
    const stream = await asked(() => devicesOf(platform).getUserMedia({ ...wanted("microphone", chosen.microphone), ...wanted("camera", chosen.camera) }));
    return { given: stream.getTracks(), refused: [] };
  } catch (error) {
    if (/** @type {MediaRefused} */ (error).code !== "permission_denied") return { given: [], refused: [] };
    const standing = await Promise.all(BOTH.map((kind) => standingOf(platform, kind)));
    if (standing.includes("")) return { given: [], refused: [] };
    // Where one has been blocked for long, nobody was asked about the other; where none is, the question was waved away.
    const word = standing.includes("denied") ? "denied" : "prompt";
    return { given: [], refused: BOTH.filter((_, at) => standing[at] === word) };
  }
}

const BOTH = /** @type {const} */ (["microphone", "camera"]);

/**
 * @param {Platform} platform
 * @param {"microphone" | "camera"} kind
 * @returns {Promise<PermissionState | "">} empty where the browser does not tell
 */
async function standingOf({ permissions }, kind) {
  const standing = await permissions?.query({ name: /** @type {any} */ (kind) }).catch(() => undefined);
  return standing?.state ?? "";
}

/**
 * @param {"microphone" | "camera"} kind
 * @param {string} id
 * @returns {MediaStreamConstraints}
 */
function wanted(kind, id) {
  const exact = id ? { deviceId: { exact: id } } : {};
  return kind === "camera" ? { video: { ...CAMERA_HINTS, ...exact } } : { audio: { ...VOICE_HINTS, ...exact } };
}

/**
 * @param {Platform} platform
 * @returns {Promise<MediaStream>} its video, and its sound where the browser gives any
 */
export async function captureScreen(platform) {
  const devices = devicesOf(platform);
  if (!devices.getDisplayMedia) throw new MediaRefused("not_supported");
  return asked(() => devices.getDisplayMedia({ video: SCREEN_HINTS, audio: true })).catch((error) => {
    throw new MediaRefused(NO_SCREEN[error.code] ?? error.code);
  });
}

/**
 * @param {Platform} platform
 * @returns {Promise<import("../state/types.js").DevicesState>}
 */
export async function listDevices(platform) {
  const all = (await platform.mediaDevices?.enumerateDevices?.()) ?? [];
  const choices = (/** @type {string} */ kind) =>
    all.filter((device) => device.kind === kind && device.deviceId).map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { microphones: choices("audioinput"), cameras: choices("videoinput"), speakers: choices("audiooutput") };
}

/** What Chromium calls whatever the system has chosen. */
const SYSTEMS_CHOICE = new Set(["", "default", "communications"]);

/**
 * @param {string} device whose track ended
 * @param {{ id: string }[]} others that are there now
 * @returns {boolean} it is gone and others are left; one that is still there was taken away from the page
 */
export function isUnplugged(device, others) {
  return others.length > 0 && (SYSTEMS_CHOICE.has(device) || !others.some(({ id }) => id === device));
}

/**
 * @param {Platform} platform
 * @returns {MediaDevices}
 */
function devicesOf(platform) {
  if (platform.mediaDevices) return platform.mediaDevices;
  throw new MediaRefused(globalThis.isSecureContext === false ? "insecure_page" : "not_supported");
}

/**
 * @param {() => Promise<MediaStream>} ask
 * @returns {Promise<MediaStream>}
 */
async function asked(ask) {
  try {
    return await ask();
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    // Chromium alone tells whether it was the system that said no: "Permission denied by system".
    if (name === "NotAllowedError" && message.endsWith("by system")) throw new MediaRefused("system_denied");
    throw new MediaRefused(PROBLEMS[name] ?? "media_failed");
  }
}
