// @ts-check
/** @module The box to write in. Enter sends, Shift and Enter makes a line, the up arrow edits what was said last; @ and : offer a choice. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { refusalText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useUiSelect, useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { MenuButton } from "../parts/menu-button.js";
import { isComposing } from "./composing.js";
import { EmojiPicker } from "./emoji-picker.js";
import { BOX_ID, focusBox } from "./focus.js";
import { plainText } from "./markdown.js";
import { withSign } from "./completion.js";
import { useSuggestions } from "./suggestions.js";
import { Parcels } from "./parcels.js";
import { collected, dispatch, hold, putIn, trayOf } from "./trays.js";
import { UploadTray } from "./upload-tray.js";

/** @param {{ thread: string, place: string, pictures: boolean }} props */
export function Composer({ thread, place, pictures }) {
  const world = useWorld();
  const { client, ui } = world;
  const { actions } = client;
  const [text, setText] = useState(ui.drafts.get(thread).text);
  const [picking, setPicking] = useState(/** @type {DOMRect | null} */ (null));
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  /** Where the caret goes when the text is drawn; -1 for where it is. */
  const setCaret = useRef(-1);
  const files = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chooser = useRef(/** @type {HTMLInputElement | null} */ (null));
  const replyKey = useUiSelect(() => ui.drafts.get(thread).reply);
  const tray = useUiSelect((state) => trayOf(state, thread));
  const busy = tray.some((picture) => !picture.attachment && !picture.problem);
  const replied = useSelect((state) => (replyKey ? state.threads[thread]?.messages.find((entry) => entry.key === replyKey) : undefined));

  useEffect(() => {
    // A keyboard that slides in over half of a phone must be asked for; and who came into a call is there.
    if (!matchMedia("(pointer: coarse)").matches && !document.activeElement?.matches(".call")) box.current?.focus();
  }, []);
  // What was ready while there was no such conversation.
  useEffect(() => dispatch(world, thread), []);
  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
    if (setCaret.current >= 0) area.setSelectionRange(setCaret.current, setCaret.current);
    setCaret.current = -1;
  }, [text]);

  const write = (/** @type {string} */ next) => {
    setText(next);
    ui.drafts.write(thread, { text: next });
    actions.typing(thread, next !== "");
  };
  const stopReplying = () => ui.reply(thread, "");
  const onUnpacked = (/** @type {import("./trays.js").Parcel} */ parcel) => {
    write([parcel.text, text].filter(Boolean).join("\n"));
    if (!replyKey) ui.reply(thread, parcel.reply);
    focusBox();
  };
  const send = () => {
    const words = text.trim() ? text : "";
    const attachments = busy ? [] : collected(world, thread);
    if (!busy && !words && !attachments.length) return;
    if (busy) hold(world, thread, { text: words, reply: replyKey });
    else actions.post(thread, { text: words, attachments, replyTo: replied?.id || null });
    setText("");
    ui.drafts.write(thread, { text: "", reply: "" });
    ui.set({ unreadLine: null });
    box.current?.focus();
  };
  const replace = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ words) => {
    write(text.slice(0, from) + words + text.slice(to));
    focusBox();
    setCaret.current = from + words.length;
  };
  const insert = (/** @type {string} */ words) => replace(box.current?.selectionStart ?? text.length, box.current?.selectionEnd ?? text.length, words);
  const suggestions = useSuggestions(thread, text, replace);
  const onInput = (/** @type {Event} */ event) => {
    const area = /** @type {HTMLTextAreaElement} */ (event.currentTarget);
    const whole = /** @type {InputEvent} */ (event).data === ":" ? withSign(area.value, area.selectionStart) : null;
    if (whole) setCaret.current = whole.caret;
    write(whole?.text ?? area.value);
    suggestions.follow(area);
  };
  const onCaret = (/** @type {Event} */ event) => suggestions.follow(/** @type {HTMLTextAreaElement} */ (event.currentTarget));
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (isComposing(event) || suggestions.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "" && !event.altKey) {
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
    putIn(world, thread, files);
  };
  const onChoose = () => {
    putIn(world, thread, [...(chooser.current?.files ?? [])]);
    if (chooser.current) chooser.current.value = "";
  };

  const present = useSelect((state) => {
    const session = state.threads[thread]?.kind === "direct" ? (state.threads[thread].person?.session ?? "") : "";
    return Object.values(state.rooms).some((room) => room.participants[session]) ? session : "";
  });
  const offer = () => {
    for (const file of files.current?.files ?? []) void actions.offerFile(present, file).catch((problem) => ui.toast(refusalText(problem), "bad"));
    if (files.current) files.current.value = "";
  };
  const more = () => [
    present !== "" && client.calls.supported && { label: t("file.send"), icon: "file", onPick: () => files.current?.click() },
    "geolocation" in navigator && { label: t("place.share"), icon: "place", onPick: () => ui.set({ dialog: { kind: "place", thread, place } }) },
  ];

  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), send())}>
    ${replied &&
    html`<div class="replying"><${Icon} name="reply" /><span>${t("chat.replying", { name: shownName(replied.author) })}</span><em dir="auto">${(plainText(replied.text) || t("chat.picture_only")).slice(0, 120)}</em>
      <${IconButton} small icon="close" label=${t("chat.cancel_reply")} onClick=${stopReplying} /></div>`}
    <${Parcels} thread=${thread} onUnpacked=${onUnpacked} />
    <${UploadTray} thread=${thread} tray=${tray} />
    ${suggestions.list}
    <div class="composer-row">
      ${pictures &&
      html`<${IconButton} icon="picture" label=${t("chat.attach")} onClick=${() => chooser.current?.click()} />
        <input ref=${chooser} type="file" accept="image/*" multiple hidden onChange=${onChoose} />`}
      <${MenuButton} icon="plus" label=${t("chat.more")} items=${more} />
      <input ref=${files} type="file" multiple hidden data-test="files" onChange=${offer} />
      <textarea ref=${box} id=${BOX_ID} rows="1" dir="auto" value=${text} aria-label=${t("chat.box", { place })} placeholder=${t("chat.box", { place })}
        title=${t("chat.hint")} enterkeyhint="send" ...${suggestions.aria} onInput=${onInput} onKeyDown=${onKeyDown} onKeyUp=${onCaret} onClick=${onCaret}
        onBlur=${suggestions.close} onPaste=${onPaste}></textarea>
      <${IconButton} icon="smile" label=${t("chat.emoji")} popup="dialog" expanded=${!!picking}
        onClick=${(/** @type {MouseEvent} */ event) => setPicking(/** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect())} />
      <button type="submit" class="icon-button send" aria-label=${t("chat.send")} title=${t("chat.send")} disabled=${!text.trim() && !tray.length}><${Icon} name="send" /></button>
    </div>
    ${picking && html`<${EmojiPicker} beside=${picking} onPick=${insert} onClose=${() => setPicking(null)} />`}
  </form>`;
}
