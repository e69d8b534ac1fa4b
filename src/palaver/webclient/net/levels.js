// @ts-check
/**
 * How loud a stream is, ten times a second.
 * @module
 */

/** @typedef {import("./api.js").Platform} Platform */
/** @typedef {import("./api.js").Clock} Clock */
/** @typedef {{ level: () => number, close: () => void }} Ear */

const EVERY_MS = 100;
/** Nobody has listened for so long. */
export const RESTED_MS = 5_000;
/** Speech is around here; louder shows as full. */
const FULL_RMS = 0.25;

export class Levels {
  #platform;
  #clock;
  /** @type {AudioContext | null} */
  #context = null;
  #ears = 0;
  /** @type {any} */
  #rest = null;

  /**
   * @param {Platform} platform
   * @param {Clock} clock
   */
  constructor(platform, clock) {
    this.#platform = platform;
    this.#clock = clock;
  }

  /**
   * @param {MediaStream | null} stream
   * @param {(level: number) => void} listener 0 to 1; 0 while the stream has no sound
   * @returns {() => void} ends it
   */
  listen(stream, listener) {
    if (!stream || !this.#platform.AudioContext) return () => undefined;
    /** @type {MediaStreamTrack | undefined} */
    let heard;
    /** @type {Ear | null} */
    let ear = null;
    /** @type {any} */
    let timer = null;
    const measure = () => {
      // A source stays with the track that it began with, as when another microphone is chosen.
      const [track] = stream.getAudioTracks();
      if (track !== heard) {
        ear?.close();
        ear = track ? this.#ear(stream) : null;
        heard = track;
      }
      listener(ear?.level() ?? 0);
      timer = this.#clock.setTimeout(measure, EVERY_MS);
    };
    measure();
    return () => {
      this.#clock.clearTimeout(timer);
      ear?.close();
    };
  }

  /**
   * @param {MediaStream} stream with sound
   * @returns {Ear | null}
   */
  #ear(stream) {
    const AudioContextClass = this.#platform.AudioContext;
    if (!AudioContextClass) return null;
    this.#context ??= new AudioContextClass();
    const context = this.#context;
    this.#ears += 1;
    this.#clock.clearTimeout(this.#rest);
    void context.resume?.().catch(() => undefined);
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    const source = context.createMediaStreamSource(stream);
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      level() {
        analyser.getFloatTimeDomainData(samples);
        return loudness(samples);
      },
      close: () => {
        source.disconnect();
        this.#ears -= 1;
        if (this.#ears > 0) return;
        // Its thread would go on computing silence; and Chromium frees no source of a stream before its context ends.
        void context.suspend?.().catch(() => undefined);
        this.#rest = this.#clock.setTimeout(() => this.close(), RESTED_MS);
      },
    };
  }

  close() {
    this.#clock.clearTimeout(this.#rest);
    void this.#context?.close().catch(() => undefined);
    this.#context = null;
  }
}

/**
 * @param {Float32Array} samples -1 to 1
 * @returns {number} 0 to 1
 */
export function loudness(samples) {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  const rms = Math.sqrt(squares / samples.length);
  return Math.min(1, Math.sqrt(rms / FULL_RMS));
}
