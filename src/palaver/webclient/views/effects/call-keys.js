// @ts-check
/** @module Single keys in a call: M for the microphone, V for the camera, R for the hand, the space bar held to speak. Never while somebody writes. */
import { t } from "../../texts/index.js";
import { preferenceOf } from "../hooks.js";
import { toggleHand } from "../people/hands.js";

/** Where a key means something else. */
const WRITING = "input, textarea, select, dialog, [role=menu], [role=dialog]";
const PRESSED = "button, a, [role=tab]";

/** @param {import("../hooks.js").World} world */
export function watchCallKeys({ client, ui }) {
  let speaking = false;
  const set = async (/** @type {"microphone" | "camera"} */ what, /** @type {boolean} */ on) => {
    await client.actions.setMedia({ [what]: on }).catch(() => undefined);
    if (client.store.get().media[what] !== on) return;
    if (what === "microphone") ui.announce(on ? t("mark.microphone") : t("mark.muted"));
    else ui.announce(on ? t("mark.camera") : t("mark.camera_off"));
  };
  const hush = () => {
    if (speaking) void set("microphone", (speaking = false));
  };
  document.addEventListener("keydown", (event) => {
    const state = client.store.get();
    const target = /** @type {Element} */ (event.target);
    if (state.call.phase === "out" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.closest(WRITING)) return;
    if (!preferenceOf(state, "callKeys")) return;
    const key = event.key.toLowerCase();
    if (key === " " ? target.closest(PRESSED) : !"mvr".includes(key)) return;
    event.preventDefault();
    if (event.repeat) return;
    if (key === "m") void set("microphone", !state.media.microphone);
    else if (key === "v") void set("camera", !state.media.camera);
    else if (key === "r") void (state.call.room && toggleHand(client, state.call.room).catch(() => undefined));
    else if (!state.media.microphone) void set("microphone", (speaking = true));
  });
  document.addEventListener("keyup", (event) => event.key === " " && hush());
  window.addEventListener("blur", hush);
}
