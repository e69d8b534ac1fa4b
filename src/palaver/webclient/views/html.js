// @ts-check
/**
 * How views are written: `html` makes vnodes from a template, `memo` redraws a view only when what it is given changed.
 * @module
 */
import { Component, createPortal, Fragment, h } from "preact";
import htm from "htm";
import { same } from "./same.js";

/** @typedef {import("preact").ComponentChildren} Children */

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(/** @type {any} */ (h));

export { createPortal, Fragment };

/**
 * @template {object} P
 * @param {(props: P) => any} view
 * @returns {any} the view, drawn again only when a property differs
 */
export function memo(view) {
  class Memo extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      return !same(/** @type {any} */ (this.props), next);
    }

    render() {
      return h(/** @type {any} */ (view), /** @type {any} */ (this.props));
    }
  }
  return Memo;
}

/**
 * @param {...(string | false | null | undefined)} names
 * @returns {string} the class names that apply
 */
export function classes(...names) {
  return names.filter(Boolean).join(" ");
}
