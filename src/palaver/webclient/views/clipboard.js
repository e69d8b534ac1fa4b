// @ts-check
/** @module Words for the clipboard, also where a page came over plain http, to which browsers give none. */
import { t } from "../texts/index.js";

/**
 * @param {import("./ui.js").Ui} ui which says what came of it
 * @param {string} text
 * @param {string} [said]
 */
export async function copy(ui, text, said = t("chat.copied")) {
  const done = await (navigator.clipboard?.writeText(text).then(() => true, () => false) ?? copiedAsOfOld(text));
  if (done) ui.toast(said, "good");
  else ui.toast(t("chat.not_copied"), "bad");
}

/**
 * @param {string} text
 * @returns {boolean}
 */
function copiedAsOfOld(text) {
  const give = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", give);
  const done = document.execCommand("copy");
  document.removeEventListener("copy", give);
  return done;
}
