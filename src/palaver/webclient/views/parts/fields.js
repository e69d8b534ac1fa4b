// @ts-check
/** @module Fields of forms: a labelled input, a switch, a row of choices. */
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../html.js";

/** @typedef {Event & { currentTarget: HTMLInputElement & HTMLSelectElement }} Change */

/**
 * @param {{ label: string, value: string, onInput: (value: string) => void, hint?: string, problem?: string, placeholder?: string,
 *   type?: string, autofocus?: boolean, maxLength?: number, autocomplete?: string, inputMode?: string, required?: boolean }} props
 */
export function TextField(props) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const notes = props.problem || props.hint;
  // Browsers heed the attribute once in the life of a page.
  useLayoutEffect(() => void (props.autofocus && input.current?.focus()), []);
  return html`<div class="field">
    <label for=${id}>${props.label}</label>
    <input
      ref=${input}
      id=${id}
      class="input"
      type=${props.type ?? "text"}
      value=${props.value}
      placeholder=${props.placeholder}
      maxlength=${props.maxLength}
      autocomplete=${props.autocomplete ?? "off"}
      inputmode=${props.inputMode}
      required=${props.required}
      autofocus=${props.autofocus}
      aria-invalid=${props.problem ? "true" : undefined}
      aria-describedby=${notes ? `${id}-note` : undefined}
      onInput=${(/** @type {Change} */ event) => props.onInput(event.currentTarget.value)}
    />
    ${notes && html`<div id=${`${id}-note`} class=${props.problem ? "problem" : "hint"} role=${props.problem ? "alert" : undefined}>${notes}</div>`}
  </div>`;
}

/** @param {{ label: string, hint?: string, checked: boolean, disabled?: boolean, onChange: (on: boolean) => void, children?: any }} props */
export function Switch({ label, hint, checked, disabled, onChange, children }) {
  return html`<label class="switch">
    <span class="words"><span>${label}</span>${hint && html`<span class="hint">${hint}</span>`}</span>
    ${children}
    <input type="checkbox" role="switch" checked=${checked} disabled=${disabled}
      onChange=${(/** @type {Change} */ event) => onChange(event.currentTarget.checked)} />
  </label>`;
}

/** @param {{ label: string, value: string, choices: { value: string, label: string }[], onChange: (value: any) => void, bare?: boolean }} props `bare`: the label is read aloud only */
export function Choices({ label, value, choices, onChange, bare }) {
  const id = useId();
  return html`<div class="field" role="radiogroup" aria-labelledby=${id}>
    <span class=${bare ? "hidden-text" : "label"} id=${id}>${label}</span>
    <div class="choices">
      ${choices.map(
        (choice) => html`<label key=${choice.value}>
          <input type="radio" name=${id} value=${choice.value} checked=${choice.value === value} onChange=${() => onChange(choice.value)} />
          <span>${choice.label}</span>
        </label>`,
      )}
    </div>
  </div>`;
}

/** @param {{ label: string, value: string, choices: { value: string, label: string }[], onChange: (value: string) => void }} props */
export function Select({ label, value, choices, onChange }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} class="input" value=${value} onChange=${(/** @type {Change} */ event) => onChange(event.currentTarget.value)}>
      ${choices.map((choice) => html`<option key=${choice.value} value=${choice.value} selected=${choice.value === value}>${choice.label}</option>`)}
    </select>
  </div>`;
}
