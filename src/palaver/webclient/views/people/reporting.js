// @ts-check
/** @module Whether anybody would read a report. */
import { useSelect, useSite, useUiSelect } from "../hooks.js";

/**
 * @param {string} session whom or whose message one would report
 * @returns {boolean} the site wants to know, or somebody else who runs the room is here
 */
export function useMayReport(session) {
  const { features } = useSite();
  const id = useUiSelect((ui) => ui.room);
  const read = useSelect((state) => {
    const room = state.rooms[id];
    return Object.values(room?.participants ?? {}).some(
      (person) => person.session !== room.you && person.session !== session && (person.operator || person.role === "host" || person.role === "moderator"),
    );
  });
  return features.includes("reports") || read;
}
