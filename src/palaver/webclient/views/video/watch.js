// @ts-check
/** @module Asking for somebody's camera. A no stands in its tile, so it is read aloud there, and shown elsewhere only without one. */
import { useCallback } from "preact/hooks";
import { refusalText } from "../../texts/index.js";
import { usePhone, useWorld } from "../hooks.js";

/** @returns {(session: string) => void} */
export function useWatch() {
  const { client, ui } = useWorld();
  const phone = usePhone();
  return useCallback(
    (session) =>
      void client.actions.openCamera(session).catch((problem) => {
        const isShown = client.store.get().cameras.watching[session] && (!phone || ui.get().panel === "chat");
        if (isShown) ui.announce(refusalText(problem));
        else ui.toast(refusalText(problem), "bad");
      }),
    [client, ui, phone],
  );
}
