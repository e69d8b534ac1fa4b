// @ts-check
/** @module The list above the message box: people for `@`, emoji for `:`. The box keeps the focus; arrow keys choose, Enter or Tab takes. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useUi, useUiSelect } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { begunAt, emojiFor, peopleFor } from "./completion.js";
import { isComposing } from "./composing.js";

export const LIST_ID = "suggestions";

/** @typedef {import("../../net/wire.js").Participant} Participant */
/** @type {Participant[]} */
const NOBODY = [];

/**
 * @param {string} thread
 * @param {string} text
 * @param {(from: number, to: number, words: string) => void} replace
 */
export function useSuggestions(thread, text, replace) {
  const ui = useUi();
  const room = useUiSelect((state) => state.room);
  const [caret, setCaret] = useState(-1);
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState(-1);
  const begun = caret < 0 ? null : begunAt(text, caret);
  const people = useSelect((state) => (begun?.kind === "person" ? peopleOf(state, thread, room) : NOBODY));
  const found = !begun || begun.from === dismissed ? [] : begun.kind === "person" ? peopleFor(people, begun.query) : emojiFor(begun.query);
  // Nothing is left to complete: Enter sends.
  const choices = begun && found.length === 1 && found[0].key.toLowerCase() === `@${begun.query.toLowerCase()}` ? [] : found;
  const at = Math.min(active, Math.max(0, choices.length - 1));
  const isOpen = choices.length > 0;

  useEffect(() => setActive(0), [begun?.kind, begun?.from, begun?.query]);
  useEffect(() => {
    if (isOpen && begun) ui.announce(t(begun.kind === "person" ? "complete.people" : "complete.emoji", { count: choices.length }));
  }, [isOpen, choices.length]);

  const take = (/** @type {number} */ index) => {
    if (!begun || !choices[index]) return;
    replace(begun.from, caret, choices[index].insert);
    setCaret(-1);
  };
  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} the key was for the list
   */
  const onKeyDown = (event) => {
    if (!isOpen || isComposing(event) || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return false;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) setActive((at + by + choices.length) % choices.length);
    else if (event.key === "Enter" || event.key === "Tab") take(at);
    else if (event.key === "Escape" && begun) setDismissed(begun.from);
    else return false;
    event.preventDefault();
    return true;
  };
  /** @param {HTMLTextAreaElement} area where the caret stands now */
  const follow = (area) => {
    const next = area.selectionStart === area.selectionEnd ? area.selectionStart : -1;
    setCaret(next);
    if (dismissed >= 0 && begunAt(area.value, next)?.from !== dismissed) setDismissed(-1);
  };
  const aria = isOpen
    ? { role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "true", "aria-controls": LIST_ID, "aria-activedescendant": `${LIST_ID}-${at}` }
    : {};
  const list = isOpen && begun && html`<${List} kind=${begun.kind} choices=${choices} people=${people} at=${at} onTake=${take} />`;
  return { list, aria, onKeyDown, follow, close: () => setCaret(-1) };
}

/**
 * @param {import("../../state/types.js").ClientState} state
 * @param {string} thread
 * @param {string} onView room on view, for a direct conversation
 * @returns {Participant[]} who is here, without oneself
 */
function peopleOf(state, thread, onView) {
  const room = state.rooms[state.threads[thread]?.room || onView];
  return Object.values(room?.participants ?? {}).filter(({ session }) => session !== room.you);
}

/**
 * @param {{ kind: "person" | "emoji", choices: import("./completion.js").Choice[], people: Participant[], at: number, onTake: (index: number) => void }} props
 */
function List({ kind, choices, people, at, onTake }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const label = kind === "person" ? t("complete.people_label") : t("complete.emoji_label");
  // The box must not lose the focus to the list.
  const hold = (/** @type {Event} */ event) => event.preventDefault();
  return html`<ul ref=${list} id=${LIST_ID} class="suggestions scrolls" role="listbox" aria-label=${label} onMouseDown=${hold}>
    ${choices.map((choice, index) => {
      const person = people.find(({ handle }) => choice.key === `@${handle}`);
      return html`<li key=${choice.key} id=${`${LIST_ID}-${index}`} role="option" aria-selected=${index === at} onClick=${() => onTake(index)}>
        ${choice.sign ? html`<span class="suggested-sign" aria-hidden="true">${choice.sign}</span>` : person && html`<${Avatar} person=${person} size=${24} />`}
        <bdi>${choice.name}</bdi>${choice.note && html`<span class="hint">${choice.note}</span>`}
      </li>`;
    })}
  </ul>`;
}
