// @ts-check
/** @module Words that are looked for in the open conversation, as far back as the server has it: each place is a press away. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { threadIn } from "../../state/threads.js";
import { clockTime, dayName, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useUi, useUiSelect, useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { foundIn, showMessage } from "./finding.js";
import { focusBox } from "./focus.js";

/** Pages of older messages that are fetched by themselves, and again at each press. */
const PAGES = 6;
/** With so many found, one looks at them before more are fetched. */
const ENOUGH = 20;

/** The way in, above a conversation. */
export function SearchButton() {
  const ui = useUi();
  const on = useUiSelect((state) => state.searching);
  return html`<${IconButton} icon="search" label=${t("search.open")} pressed=${on} onClick=${() => ui.set({ searching: !on })} />`;
}

/** @param {{ thread: string, place: string }} props */
export function Search({ thread, place }) {
  const world = useWorld();
  const { client, ui } = world;
  const { messages, more, paging } = useSelect((state) => {
    const { messages: all, more: older, paging: phase } = threadIn(state, thread);
    return { messages: all, more: older, paging: phase };
  });
  const [words, setWords] = useState("");
  const [pages, setPages] = useState(PAGES);
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const found = useMemo(() => foundIn(messages, words), [messages, words]);
  const asked = words.trim() !== "";
  const goesOn = asked && more && pages > 0 && found.length < ENOUGH;

  // Before the next key: whoever opens it by keys goes on typing.
  useLayoutEffect(() => root.current?.querySelector("input")?.focus(), []);
  useEffect(() => {
    if (!goesOn || paging) return;
    setPages(pages - 1);
    client.actions.fetchOlder(thread).catch(() => setPages(0));
  }, [goesOn, paging, pages]);

  const close = () => {
    ui.set({ searching: false });
    focusBox();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") return close();
    const stops = /** @type {HTMLElement[]} */ ([...(root.current?.querySelectorAll("input, .search-found") ?? [])]);
    const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (event.key === "Enter" && at === 0 && stops[1]) stops[1].click();
    if (to === undefined || at < 0) return undefined;
    event.preventDefault();
    return stops[Math.max(0, Math.min(to, stops.length - 1))].focus();
  };
  const far = more ? t("search.back_to", { day: dayName(messages[0]?.sent_ms ?? Date.now(), Date.now()) }) : t("search.all");
  return html`<section ref=${root} class="chat-search" role="search" aria-label=${t("search.label", { place })} onKeyDown=${onKeyDown}>
    <div class="chat-search-row">
      <div class="search"><${Icon} name="search" />
        <input class="input" type="search" value=${words} aria-label=${t("search.label", { place })} placeholder=${t("search.label", { place })}
          onInput=${(/** @type {Event} */ event) => setWords(/** @type {HTMLInputElement} */ (event.currentTarget).value)} /></div>
      <${IconButton} icon="close" label=${t("search.close")} onClick=${close} />
    </div>
    ${asked &&
    html`<p class="hint" role="status">${goesOn ? t("search.going_on") : `${found.length ? t("search.found", { count: found.length }) : t("search.none")} ${far}`}</p>
      <ul class="search-list scrolls">
        ${found.map(
          ({ entry, text }) => html`<li key=${entry.key}><button type="button" class="search-found" onClick=${() => void showMessage(world, thread, entry.id)}>
            <span class="search-head"><bdi>${shownName(entry.author)}</bdi><time>${dayName(entry.sent_ms, Date.now())}, ${clockTime(entry.sent_ms)}</time></span>
            <span class="search-text" dir="auto">${text}</span></button></li>`,
        )}
        ${more && !goesOn && html`<li><button type="button" class="button small" onClick=${() => setPages(PAGES)}>${t("search.further")}</button></li>`}
      </ul>`}
  </section>`;
}
