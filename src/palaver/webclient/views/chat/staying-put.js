// @ts-check
/** @module Where a list of messages stands while it grows: with the newest, or with what somebody reads further up. */
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR_BOTTOM = 80;

/** @typedef {{ current: HTMLElement | null }} Refer */
/**
 * Where somebody reads back: the first message in sight, how far below the upper edge it stands, the newest one by then, and how many
 * had come below.
 * @typedef {{ id: number, top: number, last: string, behind: number }} Place
 */

/**
 * @param {Refer} box what scrolls
 * @param {Refer} inside its blocks of messages
 * @param {import("../../state/types.js").MessageEntry[]} messages
 * @param {string} thread
 * @param {Map<string, Place>} places to which one is led back, by thread; none where one was at the end
 */
export function useStayingPut(box, inside, messages, thread, places) {
  const held = useRef({ bottom: true, top: 0, last: messages.at(-1)?.key ?? "", behind: 0 });
  /** The message that is read, and how far below the upper edge it stands. */
  const read = useRef({ element: /** @type {Element | null} */ (null), top: 0 });
  const [behind, setBehind] = useState(0);
  const [away, setAway] = useState(false);
  const count = (/** @type {number} */ below) => setBehind((held.current.behind = below));

  const toLatest = useCallback((/** @type {boolean} */ smooth) => {
    held.current.bottom = true;
    if (!box.current) return;
    box.current.scrollTo({ top: box.current.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    // Where blocks turned out smaller than they were taken for, the end is higher now: nobody scrolled up.
    held.current.top = box.current.scrollTop;
  }, []);
  // Blocks that were out of sight, pictures and older messages take their room above what is read.
  const settle = useCallback(() => {
    const { element, top } = read.current;
    if (held.current.bottom) toLatest(false);
    else if (box.current && element?.isConnected) {
      box.current.scrollTop += distance(element, box.current) - top;
      held.current.top = box.current.scrollTop;
    }
  }, []);

  useLayoutEffect(() => {
    const place = places.get(thread);
    const element = place && inside.current?.querySelector(`article[data-message="${place.id}"]`);
    if (place && element) {
      held.current = { bottom: false, top: 0, last: place.last, behind: place.behind };
      read.current = { element, top: place.top };
      setAway(true);
    }
    return () => {
      const message = box.current && !held.current.bottom && messageInSight(inside.current, box.current);
      const { last, behind: below } = held.current;
      if (box.current && message) places.set(thread, { id: Number(message.dataset.message), top: distance(message, box.current), last, behind: below });
      else places.delete(thread);
    };
  }, []);

  useLayoutEffect(() => {
    const last = messages.at(-1);
    const seen = messages.findLastIndex(({ key }) => key === held.current.last);
    if (last?.state === "sending") held.current.bottom = true;
    else if (!held.current.bottom && seen >= 0) count(held.current.behind + messages.length - 1 - seen);
    held.current.last = last?.key ?? "";
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
    // Of where `settle` or `bring` put it, which may be the end until blocks that were never in sight have their room.
    const moved = element.scrollTop !== held.current.top;
    const bottom = held.current.bottom ? near || !up : near && moved;
    held.current.top = element.scrollTop;
    held.current.bottom = bottom;
    if (!bottom && moved) {
      const first = firstInSight(firstInSight(inside.current, element), element);
      read.current = { element: first, top: first ? distance(first, element) : 0 };
    }
    setAway(!bottom);
    if (bottom) count(0);
  };

  /** Puts something into the middle, and keeps it there. @param {Element} element */
  const bring = (element) => {
    if (!box.current) return;
    held.current.bottom = false;
    element.scrollIntoView({ block: "center", behavior: "instant" });
    held.current.top = box.current.scrollTop;
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
  return [...(parent?.children ?? [])].find((child) => shows(child, box)) ?? null;
}

/**
 * @param {Element | null} inside
 * @param {Element} box
 * @returns {HTMLElement | undefined} the first message of which something shows, and which the server has
 */
function messageInSight(inside, box) {
  const block = firstInSight(inside, box);
  const near = [block, block?.nextElementSibling].flatMap((each) => [.../** @type {NodeListOf<HTMLElement> | []} */ (each?.querySelectorAll("article[data-message]") ?? [])]);
  return near.find((message) => shows(message, box));
}

/**
 * @param {Element} element
 * @param {Element} box
 * @returns {boolean} it does not end above the upper edge
 */
const shows = (element, box) => element.getBoundingClientRect().bottom > box.getBoundingClientRect().top;
