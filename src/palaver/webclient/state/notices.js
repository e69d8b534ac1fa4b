// @ts-check
/**
 * Things to tell the person once.
 * @module
 */

/** @typedef {import("./types.js").ClientState} ClientState */
/** @typedef {import("./types.js").Notice} Notice */

const MOST = 50;

/**
 * @param {ClientState} state
 * @param {Partial<Notice> & { kind: Notice["kind"] }} notice
 * @returns {ClientState}
 */
export function noticed(state, notice) {
  const id = (state.notices.at(-1)?.id ?? 0) + 1;
  const whole = { person: null, report: null, refusal: null, text: "", on: false, ...notice, id };
  return { ...state, notices: [...state.notices, whole].slice(-MOST) };
}

/**
 * @param {ClientState} state
 * @param {number} id
 * @returns {ClientState}
 */
export function dismissed(state, id) {
  return { ...state, notices: state.notices.filter((notice) => notice.id !== id) };
}
