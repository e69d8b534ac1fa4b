// @ts-check
/**
 * The state before anything happened.
 * @module
 */

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("./types.js").Settings} Settings */

/** @type {import("./types.js").CameraRules} */
export const NO_RULES = Object.freeze({
  explicit: false,
  avoid_explicit: false,
  mutual_required: false,
  mutual_open: false,
  vip_only: false,
});

/** @type {Settings} */
export const DEFAULT_SETTINGS = Object.freeze({
  name: "",
  microphone: "",
  camera: "",
  speaker: "",
  rules: NO_RULES,
  sounds: true,
  notifications: false,
  theme: "system",
  view: {},
});

/**
 * @param {Settings} [settings]
 * @returns {ClientState}
 */
export function initialState(settings = DEFAULT_SETTINGS) {
  return {
    connection: { phase: "idle", retryAt: 0, attempts: 0, reason: "", refusal: null, ended: null },
    me: null,
    rooms: Object.create(null),
    threads: {},
    openThread: "",
    attending: true,
    relations: { ignores: [], blocks: [], turned_away: [], invited: [] },
    listing: [],
    bans: {},
    media: {
      microphone: false,
      camera: false,
      screen: false,
      rules: settings.rules,
      cameraStream: "",
      screenStream: "",
      asking: "",
      problems: {},
    },
    call: { phase: "out", room: "", peers: {}, direct: null },
    rings: [],
    cameras: { watching: {}, watchers: [] },
    devices: { microphones: [], cameras: [], speakers: [] },
    uploads: {},
    transfers: {},
    notices: [],
    settings,
  };
}
