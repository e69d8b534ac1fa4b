// @ts-check
/**
 * The whole client behind one function: a store of plain data, and actions. It knows no page.
 * @module
 */

/**
 * @param {import("./api.js").ClientOptions} options
 * @returns {import("./api.js").Client}
 */
export function createClient(options) {
  throw new Error(`not ready to talk to ${options.url}`);
}
