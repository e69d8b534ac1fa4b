// @ts-check
/**
 * Where each picture of a call stands, as rectangles in the stage. Pure sums, so that no picture has to be taken down and
 * put up again when the layout changes.
 * @module
 */

/** @typedef {{ left: number, top: number, width: number, height: number }} Rect */

const GAP = 10;
const SHAPE = 16 / 9;
const TALLEST = 3 / 4;
/** Where there is width, more would be cut off cameras, which are wide themselves. */
const TALLEST_ON_WIDE = 1;
/** One alone may fill a phone. */
const TALLEST_ALONE = 9 / 16;
const STRIP = 0.2;

/**
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @param {number} [tallest] width by height of the tallest picture there may be
 * @returns {Rect[]} a grid of equal pictures, as large as can be
 */
export function gridOf(count, width, height, tallest = tallestOf(count, width > height)) {
  if (!count || width <= 0 || height <= 0) return [];
  let best = { area: -1, columns: 1, w: 0, h: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const freeW = (width - GAP * (columns - 1)) / columns;
    const freeH = (height - GAP * (rows - 1)) / rows;
    // On a phone that is held upright, pictures may be taller than wide rather than tiny.
    const w = freeW / freeH > SHAPE ? freeH * SHAPE : freeW;
    const h = Math.min(freeH, w / tallest);
    if (w * h > best.area) best = { area: w * h, columns, w, h };
  }
  const { columns, w, h } = best;
  const rows = Math.ceil(count / columns);
  const top = (height - rows * h - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, at) => {
    const row = Math.floor(at / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (width - inRow * w - (inRow - 1) * GAP) / 2;
    return { left: left + (at % columns) * (w + GAP), top: top + row * (h + GAP), width: w, height: h };
  });
}

/**
 * @param {number} count
 * @param {boolean} wide
 * @returns {number}
 */
function tallestOf(count, wide) {
  if (wide) return TALLEST_ON_WIDE;
  return count === 1 ? TALLEST_ALONE : TALLEST;
}

/**
 * @param {number} count
 * @param {number} main which one is large
 * @param {number} width
 * @param {number} height
 * @returns {Rect[]} one large picture, the others in a strip beside or below it, in several lines where they would be too small in one
 */
export function speakerOf(count, main, width, height) {
  if (count <= 1) return gridOf(count, width, height);
  const wide = width > height * 1.1;
  const thickness = Math.max(90, (wide ? width : height) * STRIP);
  const [left, top] = wide ? [width - thickness, 0] : [0, height - thickness];
  const strip = wide ? gridOf(count - 1, thickness, height, SHAPE) : gridOf(count - 1, width, thickness);
  const others = strip.map((rect) => ({ ...rect, left: rect.left + left, top: rect.top + top }));
  const large = wide ? { left: 0, top: 0, width: width - thickness - GAP, height } : { left: 0, top: 0, width, height: height - thickness - GAP };
  return [...others.slice(0, main), large, ...others.slice(main)];
}
