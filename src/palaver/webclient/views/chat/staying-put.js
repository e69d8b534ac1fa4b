// @ts-check
/** @module Where a list of messages stands while it grows: with the newest, or with what somebody reads further up. */
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR_BOTTOM = 80;

/** @typedef {{ current: HTMLElement | null }} Refer */

/**
 * @param {Refer} box what scrolls
 * @param {Refer} inside its blocks of messages
 * @param {import("../../state/types.js").MessageEntry[]} messages
 */
export function useStayingPut(box, inside, messages) {
  const held = useRef({ bottom: true, top: 0, last: messages.at(-1)?.key });
  /** The message that is read, and how far below the upper edge it stands. */
  const read = useRef({ element: /** @type {Element | null} */ (null), top: 0 });
  const [behind, setBehind] = useState(0);
  const [away, setAway] = useState(false);

  const toLatest = useCallback((/** @type {boolean} */ smooth) => {
    held.current.bottom = true;
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }, []);
  // Blocks that were out of sight, pictures and older messages take their room above what is read.
  const settle = useCallback(() => {
    const { element, top } = read.current;
    if (held.current.bottom) toLatest(false);
    else if (box.current && element?.isConnected) box.current.scrollTop += distance(element, box.current) - top;
  }, []);

  useLayoutEffect(() => {
    const last = messages.at(-1);
    const seen = messages.findLastIndex(({ key }) => key === held.current.last);
    if (last?.state === "sending") held.current.bottom = true;
    else if (!held.current.bottom && seen >= 0) setBehind((count) => count + messages.length - 1 - seen);
    held.current.last = last?.key;
    settle();
  }, [messages]);

  useLayoutEffect(() => {
    if (!inside.current || !box.current) return undefined;
    // The window shrinks, too, when a phone's keyboard opens.
    const watcher = new ResizeObserver(settle);
    watcher.observe(inside.current);
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);

  /** To be called when somebody scrolled. */
  const follow = () => {
    const element = box.current;
    if (!element || !inside.current) return;
    // When the window shrinks, a late event may tell of a distance that nobody scrolled: only going up leaves the bottom.
    const up = element.scrollTop < held.current.top - 1;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM;
    const bottom = near || (held.current.bottom && !up);
    held.current.top = element.scrollTop;
    held.current.bottom = bottom;
    if (!bottom) {
      const first = firstInSight(firstInSight(inside.current, element), element);
      read.current = { element: first, top: first ? distance(first, element) : 0 };
    }
    setAway(!bottom);
    if (bottom) setBehind(0);
  };

  /** Puts something into the middle, and keeps it there. @param {Element} element */
  const bring = (element) => {
    if (!box.current) return;
    held.current.bottom = false;
    element.scrollIntoView({ block: "center", behavior: "instant" });
    read.current = { element, top: distance(element, box.current) };
  };
  return { away, behind, follow, toLatest, bring };
}

/**
 * @param {Element} element
 * @param {Element} box
 */
const distance = (element, box) => element.getBoundingClientRect().top - box.getBoundingClientRect().top;

/**
 * @param {Element | null} parent
 * @param {Element} box
 * @returns {Element | null} the first child of which something shows
 */
function firstInSight(parent, box) {
  const edge = box.getBoundingClientRect().top;
  return [...(parent?.children ?? [])].find((child) => child.getBoundingClientRect().bottom > edge) ?? null;
}
