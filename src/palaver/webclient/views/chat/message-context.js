// @ts-check
/** @module What every message of a thread must know beside itself: who is here, who one is, what one may do. */
import { useMemo } from "preact/hooks";
import { threadIn } from "../../state/threads.js";
import { useSelect } from "../hooks.js";

/**
 * @typedef {object} MessageContext
 * @property {string} thread
 * @property {string} me one's own handle
 * @property {boolean} runsRoom
 * @property {string} room where the thread is; for a direct one, the room on view
 * @property {boolean} direct
 */

/** @typedef {import("./markdown.js").Names} Names */

/**
 * @param {string} thread
 * @returns {{ context: MessageContext, names: Names }} `names` change with everybody who comes: for those messages that may mention one
 */
export function useMessageContext(thread) {
  const handles = useSelect((state) => handlesOf(state).join("\n"));
  const { me, runsRoom, room, direct } = useSelect((state) => {
    const { kind, room: own } = threadIn(state, thread);
    const seat = Object.values(state.rooms).find((candidate) => (own ? candidate.id === own : candidate.phase === "joined"));
    const you = seat?.participants[seat.you];
    return {
      me: you?.handle ?? state.me?.name ?? "",
      runsRoom: you?.role === "host" || you?.role === "moderator",
      room: seat?.id ?? "",
      direct: kind === "direct",
    };
  });
  const names = useMemo(() => ({ handles: new Set(handles.split("\n")), me: me.toLowerCase() }), [handles, me]);
  const context = useMemo(() => ({ thread, me, runsRoom, room, direct }), [thread, me, runsRoom, room, direct]);
  return { context, names };
}

/**
 * @param {import("../../state/types.js").ClientState} state
 * @returns {string[]}
 */
function handlesOf(state) {
  return Object.values(state.rooms).flatMap((room) => Object.values(room.participants).map((person) => person.handle.toLowerCase()));
}
