// @ts-check
/** @module Somebody calls one directly: heard again and again, read aloud, and shown on the desktop, until it is answered. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { notify, sound } from "./alerts.js";

const AGAIN_MS = 3000;

/** @param {import("../hooks.js").World} world */
export function watchRings(world) {
  const { client, ui } = world;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  /** What the desktop shows, by session. @type {Map<string, Notification | null>} */
  const notes = new Map();
  client.store.subscribe((state, before) => {
    if (state.rings === before.rings) return;
    for (const person of state.rings) {
      if (before.rings.some((one) => one.session === person.session)) continue;
      const text = t("ring.said", { name: shownName(person) });
      ui.announce(text);
      if (!state.attending && state.settings.notifications) notes.set(person.session, notify(world, shownName(person), text, ""));
    }
    for (const [session, note] of notes) {
      if (state.rings.some((one) => one.session === session)) continue;
      notes.delete(session);
      note?.close();
    }
    clearInterval(timer);
    if (!state.rings.length) return;
    sound(world, "ring");
    timer = setInterval(() => sound(world, "ring"), AGAIN_MS);
  });
}
