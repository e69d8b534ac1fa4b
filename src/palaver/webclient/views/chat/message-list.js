// @ts-check
/** @module The messages of a thread: loads older ones at the top, stays with the newest at the bottom, moves by arrow keys. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { threadIn } from "../../state/threads.js";
import { dayName, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useNow, useSelect, useUiSelect } from "../hooks.js";
import { Icon } from "../parts/icon.js";
import { rowsOf } from "./grouping.js";
import { MessageView } from "./message.js";
import { useMessageContext } from "./message-context.js";
import { ThreadStart } from "./thread-start.js";

const NEAR_TOP = 240;
const NEAR_BOTTOM = 80;
const NO_NAMES = { handles: new Set(), me: "" };

/** @param {{ thread: string, place: string }} props */
export function MessageList({ thread, place }) {
  const { fetchOlder } = useActions();
  const { messages, more, paging } = useSelect((state) => {
    const { messages: all, more: older, paging: phase } = threadIn(state, thread);
    return { messages: all, more: older, paging: phase };
  });
  const after = useUiSelect((state) => (state.unreadLine?.thread === thread ? state.unreadLine.after : 0));
  const { context, names } = useMessageContext(thread);
  const now = useNow(60_000);
  const rows = useMemo(() => rowsOf(messages, after), [messages, after]);
  const byId = useMemo(() => new Map(messages.map((entry) => [entry.id, entry])), [messages]);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const inside = useRef(/** @type {HTMLOListElement | null} */ (null));
  const held = useRef({ bottom: true, top: 0, first: "", height: 0, seen: messages.length });
  const [behind, setBehind] = useState(0);
  const [away, setAway] = useState(false);
  const [current, setCurrent] = useState("");

  const older = () => {
    if (more && paging !== "loading") void fetchOlder(thread).catch(() => {});
  };

  useEffect(() => {
    // Nothing can be scrolled, so nobody could ask by scrolling.
    if (box.current && box.current.scrollHeight <= box.current.clientHeight) older();
  }, [messages, more]);

  const toBottom = useCallback((/** @type {boolean} */ smooth) => {
    const element = box.current;
    if (!element) return;
    held.current.bottom = true;
    element.scrollTo({ top: element.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const first = messages[0]?.key ?? "";
    const last = messages.at(-1);
    if (first !== held.current.first && held.current.first && !held.current.bottom) {
      element.scrollTop += element.scrollHeight - held.current.height;
    } else if (held.current.bottom || last?.state === "sending") {
      toBottom(false);
    } else if (messages.length > held.current.seen) {
      setBehind((count) => count + messages.length - held.current.seen);
    }
    held.current = { ...held.current, first, height: element.scrollHeight, seen: messages.length };
  }, [messages]);

  useLayoutEffect(() => {
    if (!inside.current || !box.current) return undefined;
    // Pictures and fonts grow after they were placed, and the window shrinks when a phone's keyboard opens.
    const watcher = new ResizeObserver(() => {
      if (held.current.bottom) toBottom(false);
      if (box.current) held.current.height = box.current.scrollHeight;
    });
    watcher.observe(inside.current);
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    // When the window shrinks, a late event may tell of a distance that nobody scrolled: only going up leaves the bottom.
    const up = element.scrollTop < held.current.top - 1;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM;
    const bottom = near || (held.current.bottom && !up);
    held.current.top = element.scrollTop;
    held.current.bottom = bottom;
    setAway(!bottom);
    if (bottom) setBehind(0);
    if (element.scrollTop < NEAR_TOP) older();
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.matches?.("article")) return;
    const all = /** @type {HTMLElement[]} */ ([...(inside.current?.querySelectorAll("article") ?? [])]);
    const at = all.indexOf(target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  };
  const tabStop = messages.some((entry) => entry.key === current) ? current : (messages.at(-1)?.key ?? "");

  return html`<div class="log-frame">
    <div class="log scrolls" ref=${box} onScroll=${onScroll} onKeyDown=${onKeyDown} role="region" aria-label=${t("chat.log", { place })} id="messages" tabindex="-1">
      <div class="log-top">
        ${more
          ? html`<button type="button" class="button small" disabled=${paging === "loading"} onClick=${older}>
              ${paging === "loading" ? t("chat.older") : t("chat.load_older")}
            </button>`
          : html`<${ThreadStart} thread=${thread} place=${place} />`}
      </div>
      <ol ref=${inside} class="messages">
        ${rows.map((row) => {
          if (row.kind === "day") return html`<li key=${row.key} class="day"><span>${dayName(row.ms, now)}</span></li>`;
          if (row.kind === "new") return html`<li key="new" class="new-line"><span>${t("chat.new")}</span></li>`;
          const { entry, lead } = row;
          const replied = entry.reply_to === null ? undefined : (byId.get(entry.reply_to) ?? null);
          return html`<${MessageView} key=${row.key} entry=${entry} lead=${lead} replied=${replied} context=${context} names=${entry.text.includes("@") ? names : NO_NAMES}
            tabStop=${entry.key === tabStop} onFocus=${setCurrent} />`;
        })}
      </ol>
    </div>
    ${away &&
    html`<button type="button" class="button small to-latest" onClick=${() => toBottom(true)}>
      <${Icon} name="arrowDown" />${behind ? t("chat.latest_count", { count: behind }) : t("chat.latest")}
    </button>`}
  </div>`;
}
