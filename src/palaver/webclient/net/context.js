// @ts-check
/**
 * What the parts of a client share. Types only.
 * @module
 */

/**
 * @typedef {object} Context
 * @property {import("../state/store.js").Store<import("../state/types.js").ClientState>} store
 * @property {import("./connection.js").Connection} connection
 * @property {import("./api.js").Clock} clock
 * @property {import("./api.js").Platform} platform
 */

export {};
