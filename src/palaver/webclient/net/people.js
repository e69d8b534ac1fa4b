// @ts-check
/**
 * Asks that need nothing but a sentence: status, moderation, rooms' settings. One row each.
 * @module
 */

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./api.js").Actions} Actions */
/** @typedef {import("./wire.js").Ask} Ask */

/**
 * @param {Context} context
 * @returns {Pick<Actions, "listRooms" | "createRoom" | "updateRoom" | "closeRoom" | "addChannel" | "renameParticipant" | "requestMute" | "raiseHand" | "lowerHand" | "decideWaiting" | "transferHost"
 *   | "setRole" | "setStatus" | "rename" | "ignore" | "block" | "turnAway" | "inviteToWatch" | "kick" | "ban" | "liftBan"
 *   | "listBans" | "stopCamera" | "markExplicit" | "suggestExplicit" | "setOperator" | "report" | "edit" | "retract" | "react">}
 */
export function plainActions({ connection }) {
  /** @param {Ask} ask @returns {Promise<void>} */
  const done = async (ask) => void (await connection.ask(ask));
  return {
    listRooms: async () => (await connection.ask({ type: "list_rooms" })).rooms,
    createRoom: async (room, how = {}) => (await connection.ask({ type: "create_room", room, ...how })).room,
    updateRoom: (room, changes) => done({ type: "update_room", room, ...changes }),
    closeRoom: (room) => done({ type: "close_room", room }),
    addChannel: (room, channel, { title = "", members } = {}) => done({ type: "add_channel", room, channel, title, ...(members && { members }) }),
    renameParticipant: (room, session, display_name) =>
      done({ type: "rename_participant", room, target: { by: "session", session }, display_name }),
    requestMute: (room, session) => done({ type: "request_mute", room, target: { by: "session", session } }),
    raiseHand: (room) => done({ type: "raise_hand", room }),
    lowerHand: (room, session) => done({ type: "lower_hand", room, ...(session && { target: { by: "session", session } }) }),
    decideWaiting: (room, session, admit) => done({ type: "decide_waiting", room, session, admit }),
    transferHost: (room, session) => done({ type: "transfer_host", room, session }),
    setRole: (room, session, role) => done({ type: "set_role", room, session, role }),
    setStatus: (changes) => done({ type: "set_status", ...changes }),
    rename: (display_name) => done({ type: "rename", display_name }),
    ignore: (room, names, on = true) => done({ type: "ignore", room, names, on }),
    block: (room, names, on = true) => done({ type: "block", room, names, on }),
    turnAway: (room, names, on = true) => done({ type: "turn_away", room, names, on }),
    inviteToWatch: (room, names) => done({ type: "invite_to_watch", room, names }),
    kick: (room, session, reason = "") => done({ type: "kick", room, target: { by: "session", session }, reason }),
    ban: (room, who, how = {}) => {
      const target = "session" in who ? { by: /** @type {const} */ ("session"), ...who } : { by: /** @type {const} */ ("handle"), ...who, room };
      return done({ type: "ban_person", room, target, ...how });
    },
    liftBan: (room, name) => done({ type: "lift_ban", room, name }),
    listBans: async (room) => (await connection.ask({ type: "list_bans", room })).bans,
    stopCamera: (room, session) => done({ type: "stop_camera", room, target: { by: "session", session } }),
    markExplicit: (room, session) => done({ type: "mark_explicit", room, target: { by: "session", session } }),
    suggestExplicit: (room, session) => done({ type: "suggest_explicit", room, target: { by: "session", session } }),
    setOperator: (room, session, on) => done({ type: "set_operator", room, target: { by: "session", session }, on }),
    report: (room, about) => done({ type: "report", room, ...about }),
    edit: (message, text) => done({ type: "edit_message", message, text }),
    retract: (message) => done({ type: "retract_message", message }),
    react: (message, emoji, on = true) => done({ type: "react", message, emoji, on }),
  };
}
