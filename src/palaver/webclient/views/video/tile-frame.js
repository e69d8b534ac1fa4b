// @ts-check
/** @module Where a picture stands and how large it is: in its row, or lifted out and put anywhere, by pointer or by keys. */
import { useRef, useState } from "preact/hooks";

/** @typedef {{ width: number, left: number, top: number, floating: boolean }} Frame `width` is 0 until it was chosen */

export const MIN_WIDTH = 140;
const LIFT_PX = 6;
const STEP = 16;
const LARGE_STEP = 64;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/** The last one that was touched stands in front of the others. */
let front = 40;

/** Frames outlive their tiles, so that a camera that comes back stands where it stood. @type {Map<string, Frame>} */
const frames = new Map();

/**
 * @param {string} id
 * @param {{ current: HTMLElement | null }} tile
 */
export function useTileFrame(id, tile) {
  const [frame, setFrame] = useState(frames.get(id) ?? { width: 0, left: 0, top: 0, floating: false });
  const held = useRef(frame);
  const update = (/** @type {Partial<Frame>} */ changes) => {
    held.current = { ...held.current, ...changes };
    if (held.current.width) held.current.width = Math.round(Math.min(Math.max(held.current.width, MIN_WIDTH), innerWidth - 16));
    frames.set(id, held.current);
    setFrame(held.current);
  };
  const lifted = () => {
    const box = tile.current?.getBoundingClientRect();
    return held.current.floating || !box ? { ...held.current } : { left: box.left, top: box.top, width: box.width, floating: true };
  };
  const clamp = (/** @type {Frame} */ { left, top, ...rest }) => ({
    ...rest,
    left: Math.min(Math.max(left, 0), innerWidth - rest.width),
    top: Math.min(Math.max(top, 0), innerHeight - 80),
  });

  /** @param {PointerEvent} event */
  const startMove = (event) => {
    if (tile.current && held.current.floating) tile.current.style.zIndex = String((front += 1));
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("button, input")) return;
    const touched = event.pointerType === "touch";
    drag(event, (dx, dy, from) => {
      // A finger that moves sideways scrolls the row.
      const lifts = Math.hypot(dx, dy) >= LIFT_PX && !(touched && Math.abs(dx) >= Math.abs(dy));
      if (!held.current.floating && !lifts) return;
      update(clamp({ ...from, left: from.left + dx, top: from.top + dy, floating: true }));
    });
  };
  /** @param {PointerEvent} event */
  const startResize = (event) => {
    event.stopPropagation();
    const floating = held.current.floating;
    drag(event, (dx, dy, from) => update({ ...(floating ? from : {}), width: from.width + Math.max(dx, dy * (4 / 3)), floating }));
  };
  /**
   * @param {PointerEvent} event
   * @param {(dx: number, dy: number, from: Frame) => void} move
   */
  const drag = (event, move) => {
    const grip = /** @type {HTMLElement} */ (event.currentTarget);
    const from = lifted();
    const { clientX, clientY, pointerId } = event;
    grip.setPointerCapture(pointerId);
    const onMove = (/** @type {PointerEvent} */ now) => move(now.clientX - clientX, now.clientY - clientY, from);
    const onEnd = () => {
      grip.removeEventListener("pointermove", onMove);
      grip.removeEventListener("pointerup", onEnd);
      grip.removeEventListener("pointercancel", onEnd);
    };
    grip.addEventListener("pointermove", onMove);
    grip.addEventListener("pointerup", onEnd);
    grip.addEventListener("pointercancel", onEnd);
  };
  /** @param {KeyboardEvent} event */
  const moveByKey = (event) => {
    const way = ARROWS[event.key];
    const step = event.shiftKey ? LARGE_STEP : STEP;
    if (event.key === "Escape" && held.current.floating) update({ floating: false });
    else if (way) {
      const from = lifted();
      update(clamp({ ...from, left: from.left + way[0] * step, top: from.top + way[1] * step }));
    } else return;
    event.preventDefault();
  };
  /** @param {KeyboardEvent} event */
  const resizeByKey = (event) => {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    update({ width: lifted().width + (way[0] || way[1]) * (event.shiftKey ? LARGE_STEP : STEP) });
  };
  const style = frame.floating
    ? { position: "fixed", width: `${frame.width}px`, left: `clamp(0px, ${frame.left}px, 100vw - ${frame.width}px)`, top: `clamp(0px, ${frame.top}px, 100dvh - 80px)` }
    : frame.width
      ? { width: `${frame.width}px`, flex: "none" }
      : {};
  return { style, floating: frame.floating, startMove, startResize, moveByKey, resizeByKey, dock: () => update({ floating: false }) };
}
