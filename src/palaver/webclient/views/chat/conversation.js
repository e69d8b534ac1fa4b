// @ts-check
/** @module The thread on view: its messages, who is typing, and the box to write in. Pictures may be dropped anywhere. */
import { useEffect, useState } from "preact/hooks";
import { threadIn } from "../../state/threads.js";
import { t } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useSelect, useUi, useUiSelect, useWorld } from "../hooks.js";
import { Icon } from "../parts/icon.js";
import { channelOf, threadPlace } from "../threads.js";
import { Composer } from "./composer.js";
import { follow } from "./links.js";
import { MessageList } from "./message-list.js";
import { Search } from "./search.js";
import { Transfers } from "./transfers.js";
import { TypingLine } from "./typing-line.js";
import { putIn } from "./trays.js";

export function Conversation() {
  const ui = useUi();
  const key = useSelect((state) => (state.threads[state.openThread] ? state.openThread : ""));
  useEffect(() => {
    ui.set({ reading: true });
    return () => ui.set({ reading: false });
  }, [ui]);
  return key ? html`<${Thread} key=${key} thread=${key} />` : null;
}

/** @param {{ thread: string }} props */
function Thread({ thread }) {
  const world = useWorld();
  const place = useSelect((state) => threadPlace(state, threadIn(state, thread)));
  const pictures = useSelect((state) => world.site.maxUploadBytes > 0 && !state.me?.rules.includes("noimage") && channelOf(state, threadIn(state, thread))?.pictures !== false);
  const unread = useSelect((state) => threadIn(state, thread).unread);
  const searching = useUiSelect((state) => state.searching);
  const [over, setOver] = useState(false);

  useEffect(() => {
    // Messages that came while nobody looked: the line stands before them when somebody looks again.
    const { readTo } = threadIn(world.client.store.get(), thread);
    if (unread > 0 && readTo) world.ui.set({ unreadLine: { thread, after: readTo } });
  }, [unread > 0, thread]);

  const onClick = (/** @type {MouseEvent} */ event) => {
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (link instanceof HTMLAnchorElement && !elsewhere && follow(world, link.href)) event.preventDefault();
  };
  const holdsFiles = (/** @type {DragEvent} */ event) => pictures && [...(event.dataTransfer?.types ?? [])].includes("Files");
  return html`<section
    class=${classes("conversation", over && "over")}
    onClick=${onClick}
    onDragOver=${(/** @type {DragEvent} */ event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    }}
    onDragLeave=${(/** @type {DragEvent} */ event) => {
      if (!(/** @type {Element} */ (event.currentTarget).contains(/** @type {Node | null} */ (event.relatedTarget)))) setOver(false);
    }}
    onDrop=${(/** @type {DragEvent} */ event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      putIn(world, thread, [...(event.dataTransfer?.files ?? [])]);
    }}
  >
    ${searching && html`<${Search} thread=${thread} place=${place} />`}
    <${MessageList} thread=${thread} place=${place} />
    <div class="writing">
      <${TypingLine} thread=${thread} />
      <${Transfers} thread=${thread} />
      <${Composer} thread=${thread} place=${place} pictures=${pictures} />
    </div>
    ${over && html`<div class="drop-note"><${Icon} name="picture" />${t("chat.drop", { place })}</div>`}
  </section>`;
}
