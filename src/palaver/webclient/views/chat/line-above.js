// @ts-check
/** @module Whether what is new begins further up than one sees, until one has been there. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useSelect } from "../hooks.js";

/**
 * @param {{ current: HTMLElement | null }} box what scrolls
 * @param {number} after id of the last message that was read; 0 where there is no line
 * @param {import("./grouping.js").Block[]} blocks
 * @returns {{ count: number, look: () => void, line: () => Element | null }} `count`: new messages; 0 where one has seen the first. `look` is to be called when somebody scrolled
 */
export function useLineAbove(box, after, blocks) {
  const [isAbove, setAbove] = useState(false);
  /** The line that was in sight already. */
  const seen = useRef(0);
  const attending = useSelect((state) => state.attending);
  const line = () => box.current?.querySelector(".new-line") ?? null;
  const look = () => {
    if (after === 0) return setAbove(false);
    const found = line();
    if (!found || !box.current || seen.current === after) return setAbove(false);
    const above = found.getBoundingClientRect().bottom < box.current.getBoundingClientRect().top;
    if (!above && attending) seen.current = after;
    return setAbove(above);
  };
  useLayoutEffect(look, [after, blocks, attending]);
  if (!isAbove) return { count: 0, look, line };
  const entries = blocks.flatMap(({ rows }) => rows.map((row) => (row.kind === "message" ? row.entry : null)));
  return { count: entries.filter((entry) => entry && entry.id > after && !entry.mine).length, look, line };
}
