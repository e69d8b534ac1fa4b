// @ts-check
/** @module Short tones, made on the spot; there are no files. */

/** @typedef {"message" | "direct" | "joined" | "left" | "call" | "watch" | "hand" | "knock" | "ring"} Sound */

/** @type {Sound[]} */
export const SOUNDS = ["direct", "message", "ring", "call", "hand", "knock", "watch", "joined", "left"];

/** Frequency in hertz, start and length in seconds. @type {Record<Sound, [number, number, number][]>} */
const TONES = {
  message: [[660, 0, 0.12]],
  direct: [[660, 0, 0.12], [880, 0.11, 0.2]],
  joined: [[440, 0, 0.1], [554, 0.09, 0.14]],
  left: [[554, 0, 0.1], [440, 0.09, 0.14]],
  call: [[523, 0, 0.14], [659, 0.13, 0.14], [784, 0.26, 0.24]],
  ring: [[587, 0, 0.16], [740, 0.15, 0.16], [587, 0.5, 0.16], [740, 0.65, 0.3]],
  hand: [[784, 0, 0.1], [1047, 0.1, 0.16]],
  knock: [[392, 0, 0.07], [392, 0.12, 0.07], [523, 0.24, 0.16]],
  watch: [[988, 0, 0.08], [988, 0.14, 0.1]],
};
const VOLUME = 0.07;
const MIN_GAP_MS = 250;

/** @type {AudioContext | null} */
let context = null;
let lastAt = 0;
/** Tones that are not over yet. */
let sounding = 0;

/** @param {Sound} name */
export function play(name) {
  const now = Date.now();
  // Browsers hold sound back until the page was touched; what was missed by then is not made up for.
  if (now - lastAt < MIN_GAP_MS || !globalThis.AudioContext || navigator.userActivation?.hasBeenActive === false) return;
  lastAt = now;
  context ??= new AudioContext();
  // Also where it is about to rest: the one that is said last holds.
  void context.resume().catch(() => {});
  const start = context.currentTime + 0.02;
  for (const [frequency, at, length] of TONES[name]) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.type = "sine";
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, start + at);
    gain.gain.linearRampToValueAtTime(VOLUME, start + at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + at + length);
    tone.connect(gain).connect(context.destination);
    sounding += 1;
    tone.onended = rest;
    tone.start(start + at);
    tone.stop(start + at + length + 0.02);
  }
}

/** Nothing sounds any more: the machine need not go on playing silence. */
function rest() {
  sounding -= 1;
  if (sounding === 0) void context?.suspend().catch(() => {});
}
