// @ts-check
/** @module Who speaks at the moment: the loudest, for as long as nobody else is clearly louder. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useClient } from "../hooks.js";

const HEARD = 0.06;
const SETTLE_MS = 1200;

/**
 * @param {{ session: string, stream: string, screen: boolean, muted: boolean }[]} pictures
 * @returns {string} a session, or the empty string
 */
export function useSpeaker(pictures) {
  const client = useClient();
  const [speaker, setSpeaker] = useState("");
  const since = useRef(0);
  const heard = pictures.filter((picture) => picture.stream && !picture.screen);
  const streams = heard.map((picture) => `${picture.session} ${picture.stream}`).join("\n");
  useEffect(() => {
    /** @type {Map<string, number>} */
    const levels = new Map();
    let current = "";
    const judge = () => {
      const [loudest, level] = [...levels].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ["", 0]);
      const now = Date.now();
      if (level < HEARD) {
        if (current && now - since.current > SETTLE_MS * 2) setSpeaker((current = ""));
        return;
      }
      if (loudest === current) since.current = now;
      else if (now - since.current > SETTLE_MS) {
        since.current = now;
        setSpeaker((current = loudest));
      }
    };
    const stops = heard.map(({ session, stream }) =>
      client.calls.level(stream, (level) => {
        levels.set(session, (levels.get(session) ?? 0) * 0.6 + level * 0.4);
        judge();
      }),
    );
    return () => stops.forEach((stop) => stop());
  }, [client, streams]);
  return speaker;
}
