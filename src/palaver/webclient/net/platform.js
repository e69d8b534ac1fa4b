// @ts-check
/**
 * What the browser gives, gathered in one place so that tests and other surroundings can give something else.
 * @module
 */

/** @typedef {import("./api.js").Platform} Platform */
/** @typedef {import("./api.js").Clock} Clock */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimeout: (id) => globalThis.clearTimeout(id),
};

/**
 * @param {Partial<Platform>} replaced
 * @returns {Platform}
 */
export function platformWith(replaced) {
  return {
    WebSocket: globalThis.WebSocket,
    RTCPeerConnection: globalThis.RTCPeerConnection,
    mediaDevices: globalThis.navigator?.mediaDevices,
    permissions: globalThis.navigator?.permissions,
    newStream: (tracks) => new globalThis.MediaStream(tracks ?? []),
    AudioContext: globalThis.AudioContext,
    XMLHttpRequest: globalThis.XMLHttpRequest,
    locks: globalThis.navigator?.locks,
    network: typeof globalThis.addEventListener === "function" ? globalThis : undefined,
    random: Math.random,
    ...replaced,
  };
}

/**
 * A word that nobody else makes, of 96 random bits.
 * @param {() => number} random
 * @returns {string}
 */
export function randomWord(random) {
  let word = "";
  for (let part = 0; part < 4; part += 1) {
    word += Math.floor(random() * 0x1000000).toString(16).padStart(6, "0");
  }
  return word;
}
