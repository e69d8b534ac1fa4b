// @ts-check
/** @module Tells somebody who speaks while the microphone is muted, once for each muting. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useClient, useSelect } from "../hooks.js";

/** As loud as speech, on the average of half a second: not a key that is struck, or a chair. */
const SPEECH = 0.2;
const SHARE = 0.2;
const SHOWN_MS = 6000;

export function MutedNote() {
  const client = useClient();
  const on = useSelect((state) => state.media.microphone);
  const device = useSelect((state) => state.settings.microphone);
  const [speaks, setSpeaks] = useState(false);
  useEffect(() => {
    setSpeaks(false);
    if (on) return undefined;
    let loud = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const stop = client.calls.overhear((level) => {
      loud += (level - loud) * SHARE;
      if (loud < SPEECH) return;
      stop();
      setSpeaks(true);
      timer = setTimeout(() => setSpeaks(false), SHOWN_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client, on, device]);
  return speaks && html`<span class="call-note">${t("call.muted_speech")}</span>`;
}
