// @ts-check
/** @module Whether the connection to somebody of the call is bad: looked at every few seconds, and told when it was so twice. */
import { useEffect, useState } from "preact/hooks";
import { useClient } from "../hooks.js";

const EVERY_MS = 3000;
const MOST_LOST = 0.08;
const LONGEST_WAY_MS = 600;

/**
 * @param {import("../../state/types.js").PeerStats | null} figures
 * @returns {boolean} so much is lost, or so late, that people talk past each other
 */
export function isPoor(figures) {
  return figures !== null && (figures.lostShare > MOST_LOST || figures.roundTripMs > LONGEST_WAY_MS);
}

/**
 * @param {string} session of somebody else in the call; empty for nobody
 * @returns {boolean}
 */
export function usePoorConnection(session) {
  const client = useClient();
  const [poor, setPoor] = useState(false);
  useEffect(() => {
    if (!session) return undefined;
    let before = false;
    const look = async () => {
      const now = isPoor(await client.calls.stats(session).catch(() => null));
      setPoor(now && before);
      before = now;
    };
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [client, session]);
  return poor;
}
