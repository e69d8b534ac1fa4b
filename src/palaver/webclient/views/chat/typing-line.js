// @ts-check
/** @module Who is typing. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect } from "../hooks.js";

/** @param {{ thread: string }} props */
export function TypingLine({ thread }) {
  const names = useSelect((state) => (state.threads[thread]?.typing ?? []).map((typing) => shownName(typing.author)));
  const [one, two] = names;
  const text = !one ? "" : names.length > 2 ? t("chat.typing_many") : two ? t("chat.typing_two", { one, two }) : t("chat.typing_one", { one });
  return html`<div class="typing" aria-live="off">${text && html`<span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>${text}`}</div>`;
}
