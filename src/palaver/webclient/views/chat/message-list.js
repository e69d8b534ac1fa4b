// @ts-check
/** @module The messages of a thread: loads older ones at the top, stays with the newest at the bottom, moves by arrow keys. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { threadIn } from "../../state/threads.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useNow, useSelect, useUi, useUiSelect } from "../hooks.js";
import { Icon } from "../parts/icon.js";
import { blocksOf, rowsOf } from "./grouping.js";
import { MessageBlock } from "./message-block.js";
import { useMessageContext } from "./message-context.js";
import { useStayingPut } from "./staying-put.js";
import { useLineAbove } from "./line-above.js";
import { ThreadStart } from "./thread-start.js";

const NEAR_TOP = 240;

/** @param {{ thread: string, place: string }} props */
export function MessageList({ thread, place }) {
  const { fetchOlder } = useActions();
  const ui = useUi();
  const { messages, more, paging } = useSelect((state) => {
    const { messages: all, more: older, paging: phase } = threadIn(state, thread);
    return { messages: all, more: older, paging: phase };
  });
  const after = useUiSelect((state) => (state.unreadLine?.thread === thread ? state.unreadLine.after : 0));
  const { context, names } = useMessageContext(thread);
  const editing = useUiSelect((state) => state.editing);
  // At midnight, "today" becomes "yesterday".
  const today = new Date(useNow(60_000)).toDateString();
  const drawn = useRef(/** @type {import("./grouping.js").Block[]} */ ([]));
  const blocks = useMemo(() => (drawn.current = blocksOf(rowsOf(messages, after), drawn.current)), [messages, after]);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const inside = useRef(/** @type {HTMLDivElement | null} */ (null));
  const { away, behind, follow, toLatest, bring } = useStayingPut(box, inside, messages, thread, ui.places);
  const above = useLineAbove(box, after, blocks);
  const target = useUiSelect((state) => (state.target?.thread === thread ? state.target.id : 0));
  const [current, setCurrent] = useState("");

  const older = () => {
    if (more && paging !== "loading") void fetchOlder(thread).catch(() => {});
  };

  useEffect(() => {
    // Nothing can be scrolled, so nobody could ask by scrolling.
    if (box.current && box.current.scrollHeight <= box.current.clientHeight) older();
  }, [messages, more]);

  useEffect(() => {
    const article = target ? inside.current?.querySelector(`article[data-message="${target}"]`) : null;
    if (!(article instanceof HTMLElement)) return;
    ui.set({ target: null });
    bring(article);
    article.focus({ preventScroll: true });
    article.classList.add("found");
    article.addEventListener("animationend", () => article.classList.remove("found"), { once: true });
  }, [target, blocks]);

  const toUnread = () => {
    const line = above.line();
    if (!line) return;
    bring(line);
    const articles = [...(inside.current?.querySelectorAll("article") ?? [])];
    articles.find((article) => line.compareDocumentPosition(article) & Node.DOCUMENT_POSITION_FOLLOWING)?.focus({ preventScroll: true });
  };

  const onScroll = () => {
    follow();
    above.look();
    if (box.current && box.current.scrollTop < NEAR_TOP) older();
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.matches?.("article") || event.altKey) return;
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
      <div ref=${inside} role=${blocks.length ? "list" : undefined}>
        ${blocks.map(
          (block) => html`<${MessageBlock} key=${block.key} block=${block} context=${context} names=${mentions(block) ? names : undefined} today=${today}
            tabStop=${holds(block, tabStop)} editing=${holds(block, editing)} onFocus=${setCurrent} />`,
        )}
      </div>
    </div>
    ${above.count > 0 &&
    html`<button type="button" class="button small to-unread" onClick=${toUnread}>
      <${Icon} name="arrowUp" />${t("chat.first_new", { count: above.count })}
    </button>`}
    ${away &&
    html`<button type="button" class="button small to-latest" onClick=${() => toLatest(true)}>
      <${Icon} name="arrowDown" />${behind ? t("chat.latest_count", { count: behind }) : t("chat.latest")}
    </button>`}
  </div>`;
}

/**
 * @param {import("./grouping.js").Block} block
 * @param {string} key of a message
 * @returns {string} the key, where the message is in the block
 */
const holds = ({ rows }, key) => (key && rows.some((row) => row.key === key) ? key : "");

/** @param {import("./grouping.js").Block} block whether somebody may be mentioned in it: such a block is drawn again with everybody who comes */
const mentions = ({ rows }) => rows.some((row) => row.kind === "message" && row.entry.text.includes("@"));
