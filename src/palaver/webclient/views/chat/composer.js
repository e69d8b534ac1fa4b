// @ts-check
/** @module The box to write in. Enter sends, Shift and Enter makes a line, the up arrow edits what was said last. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useUiSelect, useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { EmojiPicker } from "./emoji-picker.js";
import { BOX_ID, focusBox } from "./focus.js";
import { UploadTray } from "./uploads.js";

/** @param {{ thread: string, place: string, uploads: import("./uploads.js").Uploads, pictures: boolean }} props */
export function Composer({ thread, place, uploads, pictures }) {
  const { client, ui } = useWorld();
  const { actions } = client;
  const [text, setText] = useState(ui.drafts.get(thread) ?? "");
  const [picking, setPicking] = useState(/** @type {DOMRect | null} */ (null));
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const chooser = useRef(/** @type {HTMLInputElement | null} */ (null));
  const replyKey = useUiSelect((state) => state.replies[thread] ?? "");
  const replied = useSelect((state) => (replyKey ? state.threads[thread]?.messages.find((entry) => entry.key === replyKey) : undefined));

  useEffect(() => {
    // A keyboard that slides in over half of a phone must be asked for.
    if (!matchMedia("(pointer: coarse)").matches) box.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const write = (/** @type {string} */ next) => {
    setText(next);
    ui.drafts.set(thread, next);
    actions.typing(thread, next !== "");
  };
  const stopReplying = () => {
    const { [thread]: _, ...replies } = ui.get().replies;
    ui.set({ replies });
  };
  const send = () => {
    if (uploads.busy) return;
    const attachments = uploads.take();
    if (!text.trim() && !attachments.length) return;
    const draft = { text: text.trim() ? text : "", attachments };
    if (replied?.id) actions.reply(thread, replied.id, draft);
    else actions.post(thread, draft);
    stopReplying();
    setText("");
    ui.drafts.delete(thread);
    ui.set({ unreadLine: null });
    box.current?.focus();
  };
  const insert = (/** @type {string} */ words) => {
    const area = box.current;
    const at = area?.selectionStart ?? text.length;
    write(text.slice(0, at) + words + text.slice(area?.selectionEnd ?? at));
    focusBox();
    requestAnimationFrame(() => area?.setSelectionRange(at + words.length, at + words.length));
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "") {
      const own = client.store.get().threads[thread].messages.findLast((entry) => entry.mine && !entry.retracted && entry.id > 0);
      if (!own) return;
      event.preventDefault();
      ui.set({ editing: own.key });
    } else if (event.key === "Escape" && replied) {
      stopReplying();
    }
  };
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length || !pictures) return;
    event.preventDefault();
    uploads.add(files);
  };
  const onChoose = () => {
    uploads.add([...(chooser.current?.files ?? [])]);
    if (chooser.current) chooser.current.value = "";
  };

  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), send())}>
    ${replied &&
    html`<div class="replying"><${Icon} name="reply" /><span>${t("chat.replying", { name: shownName(replied.author) })}</span><em>${replied.text.slice(0, 120)}</em>
      <${IconButton} small icon="close" label=${t("chat.cancel_reply")} onClick=${stopReplying} /></div>`}
    <${UploadTray} uploads=${uploads} />
    <div class="composer-row">
      ${pictures &&
      html`<${IconButton} icon="picture" label=${t("chat.attach")} onClick=${() => chooser.current?.click()} />
        <input ref=${chooser} type="file" accept="image/*" multiple hidden onChange=${onChoose} />`}
      <textarea ref=${box} id=${BOX_ID} rows="1" dir="auto" value=${text} aria-label=${t("chat.box", { place })} placeholder=${t("chat.box", { place })}
        title=${t("chat.hint")} enterkeyhint="send" onInput=${(/** @type {Event} */ event) => write(/** @type {HTMLTextAreaElement} */ (event.currentTarget).value)}
        onKeyDown=${onKeyDown} onPaste=${onPaste}></textarea>
      <${IconButton} icon="smile" label=${t("chat.emoji")} popup="dialog" expanded=${!!picking}
        onClick=${(/** @type {MouseEvent} */ event) => setPicking(/** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect())} />
      <button type="submit" class="icon-button send" aria-label=${t("chat.send")} title=${t("chat.send")} disabled=${uploads.busy || (!text.trim() && !uploads.pictures.length)}><${Icon} name="send" /></button>
    </div>
    ${picking && html`<${EmojiPicker} beside=${picking} onPick=${insert} onClose=${() => setPicking(null)} />`}
  </form>`;
}
