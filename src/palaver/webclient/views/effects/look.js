// @ts-check
/** @module Puts the chosen theme and size of text on the page. */
import { preferenceOf } from "../hooks.js";

/** @param {import("../hooks.js").World} world */
export function watchLook({ client }) {
  const apply = () => {
    const state = client.store.get();
    const { dataset } = document.documentElement;
    dataset.theme = state.settings.theme;
    dataset.text = preferenceOf(state, "textSize");
  };
  apply();
  client.store.subscribe(apply);
}
