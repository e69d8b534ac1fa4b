// @ts-check
/** @module Moving pictures and loudness: a stream by its id, and bars that follow a stream's sound. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { classes, html } from "../html.js";
import { useClient, useSelect } from "../hooks.js";

/**
 * @param {{ stream: string, muted?: boolean, volume?: number, mirrored?: boolean, contain?: boolean, label: string,
 *   refer?: { current: HTMLVideoElement | null }, onBlocked?: (blocked: boolean) => void }} props
 */
export function StreamVideo({ stream, muted = false, volume = 1, mirrored, contain, label, refer, onBlocked }) {
  const own = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const video = refer ?? own;
  const client = useClient();
  const speaker = useSelect((state) => state.settings.speaker);
  const wanted = useRef(muted);
  wanted.current = muted;
  useLayoutEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    const source = client.calls.stream(stream);
    if (element.srcObject !== source) element.srcObject = source;
    const touched = new AbortController();
    const withSound = () => {
      touched.abort();
      element.muted = wanted.current;
      element.play().then(() => onBlocked?.(false), () => {});
    };
    // Browsers hold back sound until the page was touched: until then the picture moves in silence.
    element.play().catch((problem) => {
      if (problem.name !== "NotAllowedError" || touched.signal.aborted) return;
      onBlocked?.(true);
      element.muted = true;
      element.play().catch(() => {});
      for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, withSound, { signal: touched.signal });
    });
    return () => {
      touched.abort();
      element.srcObject = null;
    };
  }, [stream, client]);
  useLayoutEffect(() => {
    if (!video.current) return;
    video.current.muted = muted;
    video.current.volume = volume;
  }, [muted, volume]);
  useEffect(() => {
    /** @type {any} */ (video.current)?.setSinkId?.(speaker)?.catch(() => {});
  }, [speaker]);
  return html`<video ref=${video} class=${classes("stream", mirrored && "mirrored", contain && "contain")} autoplay playsinline muted=${muted} aria-label=${label}></video>`;
}

/**
 * @param {string} stream
 * @param {boolean} [wanted]
 * @returns {number} loudness, 0 to 1
 */
export function useLevel(stream, wanted = true) {
  const client = useClient();
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!stream || !wanted) return undefined;
    const stop = client.calls.level(stream, setLevel);
    return () => {
      stop();
      setLevel(0);
    };
  }, [client, stream, wanted]);
  return level;
}

/** @param {{ stream: string, label: string, bars?: number }} props */
export function LevelMeter({ stream, label, bars = 12 }) {
  const level = useLevel(stream);
  const lit = Math.round(Math.min(1, level * 1.6) * bars);
  return html`<span class="level" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(level * 100)}>
    ${Array.from({ length: bars }, (_, at) => html`<i key=${at} class=${at < lit ? "lit" : ""}></i>`)}
  </span>`;
}
