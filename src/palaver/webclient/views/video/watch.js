// @ts-check
/** @module Asking for somebody's camera. A no stands in its tile, so it is read aloud there, and shown elsewhere only without one. */
import { useCallback } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { refusalText } from "../../texts/index.js";
import { preferenceOf, useWorld } from "../hooks.js";

/** @typedef {import("../hooks.js").World} World */

/** @returns {(session: string) => void} asks first where the camera may show explicit scenes */
export function useWatch() {
  const world = useWorld();
  return useCallback(
    (session) => {
      const state = world.client.store.get();
      const person = Object.values(state.rooms).map((room) => room.participants[session]).find(Boolean);
      if (!person?.media.rules.explicit || preferenceOf(state, "explicitKnown")) return openCamera(world, session);
      return world.ui.set({ dialog: { kind: "explicit", session, name: shownName(person) } });
    },
    [world],
  );
}

/**
 * @param {World} world
 * @param {string} session
 */
export function openCamera({ client, ui }, session) {
  client.actions.openCamera(session).catch((problem) => {
    const phone = matchMedia("(max-width: 700px)").matches;
    const isShown = client.store.get().cameras.watching[session] && (!phone || ui.get().panel === "chat");
    if (isShown) ui.announce(refusalText(problem));
    else ui.toast(refusalText(problem), "bad");
  });
}
