// @ts-check
/**
 * The words of `palaver.v1` as types: what this client asks, and what it is answered and told. The wire has some more, for
 * those who run the site; `Connection.ask` sends them as well. Reference: docs/dialects/native.md.
 *
 * These are the full shapes; the server leaves defaults out, and `protocol.js` puts them back before anybody reads them.
 * @module
 */

/** @typedef {"guest" | "member" | "moderator" | "host"} Role */
/** @typedef {"left" | "lost" | "kicked" | "banned" | "closed" | "hidden" | "replaced" | "timed_out" | "signed_out"} LeaveReason */

/** @typedef {{ epoch: string, seq: number }} Position  Where in the server's stream of events a session stands. */
/** @typedef {{ code: string, text: string, params: Record<string, string | number> }} Refusal */

/** @typedef {{ avatar: string, url: string, emoji: string, gender: string }} Profile */
/**
 * @typedef {object} CameraRules Whom a camera is for, as its owner declares.
 * @property {boolean} explicit
 * @property {boolean} avoid_explicit
 * @property {boolean} mutual_required
 * @property {boolean} mutual_open
 * @property {boolean} vip_only
 */
/** @typedef {{ camera: boolean, microphone: boolean, screen: boolean, rules: CameraRules }} Media */
/** @typedef {{ session: string, handle: string, display_name: string, user: string | null }} Author */

/**
 * @typedef {object} Participant A session's seat in a room.
 * @property {string} session
 * @property {string} handle unique in the room
 * @property {number} joined_ms
 * @property {string} display_name empty where it equals the handle
 * @property {string | null} user
 * @property {Role} role
 * @property {string} status one word: online, away, busy …
 * @property {string} status_text
 * @property {boolean} dnd
 * @property {boolean} vip
 * @property {Media} media
 * @property {boolean} in_call
 * @property {boolean} operator runs the whole site
 * @property {Profile} profile
 * @property {number} hand_raised_ms since when the hand is up; 0 while it is down
 */

/**
 * @typedef {object} Channel
 * @property {string} id
 * @property {string} title
 * @property {string} icon
 * @property {boolean} vip_only
 * @property {boolean} pictures
 * @property {"off" | "memory" | "durable"} history
 * @property {number} newcomers_see
 * @property {string[]} welcomes texts shown to a newcomer
 * @property {string[] | null} members sessions that alone read and write here; null where everybody may
 */
/**
 * @typedef {object} RoomInfo
 * @property {string} id
 * @property {string} title
 * @property {Channel[]} channels the first is the main one
 * @property {boolean} pin
 * @property {boolean} waiting_room
 * @property {boolean} locked
 * @property {number} capacity 0: no limit
 * @property {boolean} hosted ends with its host, unless `transfer` passes it on
 * @property {boolean} transfer
 */
/** @typedef {{ id: string, title: string, participants: number, pin: boolean, locked: boolean }} RoomListing */

/** @typedef {{ in: "channel", room: string, channel?: string }} InChannel */
/** @typedef {{ by: "session", session: string } | { by: "handle", handle: string, room?: string }} Target */
/** @typedef {InChannel | { in: "direct", to: Target }} Destination */
/** @typedef {{ in: "channel", room: string, channel: string } | { in: "direct", to: Author }} Place */

/**
 * @typedef {object} Attachment Sizes are bytes and pixels; 0 where unknown.
 * @property {string} url
 * @property {string} mime
 * @property {string} name
 * @property {number} bytes
 * @property {number} width
 * @property {number} height
 */
/** @typedef {{ emoji: string, by: string[] }} Reaction `by` holds handles; there are `sessions` and `users`, too, which the page does not need. */
/**
 * @typedef {object} Message
 * @property {number} id
 * @property {Author} author
 * @property {Place} place
 * @property {string} text
 * @property {number} sent_ms
 * @property {number} edited_ms 0 while it is as it was posted
 * @property {number | null} reply_to
 * @property {Attachment[]} attachments
 * @property {Reaction[]} reactions
 * @property {string} nonce
 */

/** @typedef {{ ignores: string[], blocks: string[], turned_away: string[], invited: string[] }} Relations keys: `name:ana`, `user:site:ana` */
/** @typedef {{ urls: string[], username?: string, credential?: string }} IceServer */
/** @typedef {{ servers: IceServer[], expires_ms: number, lasts_s: number }} IceServers */
/** @typedef {{ name: string, until_ms: number, by: string, reason: string }} BanInfo */

/**
 * @typedef {object} Snapshot A room as one finds it.
 * @property {RoomInfo} room
 * @property {Participant} you
 * @property {Participant[]} participants
 * @property {Position} position events up to here are in the snapshot
 * @property {Message[]} messages
 * @property {Participant[]} waiting
 * @property {boolean} history_missing the store does not answer, and `messages` are the ones at hand
 */

/**
 * A session description as it travels: the browser's object, the label of each stream in it, and the peer connection
 * it came from, so that a new one is not taken for the next step of the old. `offer` names an offer; the answer repeats
 * it. `file` is what an offer about a file offers.
 * @typedef {{ type: "offer" | "answer", sdp: string, streams?: Record<string, StreamLabel>, connection?: string, offer?: string,
 *   file?: { name: string, mime: string, bytes: number } }} Description
 */
/** @typedef {"camera" | "screen"} StreamLabel */
/**
 * @typedef {{ kind: "ring" } | { kind: "offer", description: Description } | { kind: "answer", description: Description }
 *   | { kind: "candidate", candidate: RTCIceCandidateInit | null } | { kind: "hangup", reason?: string }} Signal
 */
/** @typedef {"call" | "camera" | (string & {})} About `file:<id>` too; what a peer connection is for */

/**
 * @typedef {{ type: "identify", name?: string, token?: string, device?: string }
 *   | { type: "resume", token: string, position: Position }
 *   | { type: "sign_out" } | { type: "keepalive" } | { type: "list_rooms" }
 *   | { type: "create_room", room?: string, title?: string, pin?: string, waiting_room?: boolean, hosted?: boolean, listed?: boolean, transfer?: boolean, digits?: boolean }
 *   | { type: "join_room", room: string, handle?: string, pin?: string, create?: boolean, display_name?: string }
 *   | { type: "leave_room", room: string } | { type: "close_room", room: string }
 *   | ({ type: "update_room", room: string } & RoomChanges)
 *   | { type: "add_channel", room: string, channel: string, title?: string, members?: string[] }
 *   | { type: "update_channel", room: string, channel: string, title?: string, members?: string[] }
 *   | { type: "rename_participant", room: string, target: Target, display_name: string }
 *   | { type: "request_mute", room: string, target: Target }
 *   | { type: "raise_hand", room: string } | { type: "lower_hand", room: string, target?: Target }
 *   | { type: "decide_waiting", room: string, session: string, admit: boolean }
 *   | { type: "transfer_host", room: string, session: string }
 *   | { type: "set_role", room: string, session: string, role: Role }
 *   | ({ type: "set_status" } & StatusChanges) | { type: "rename", display_name: string }
 *   | { type: "post_message", place: Destination, text?: string, reply_to?: number, attachments?: Partial<Attachment>[], nonce?: string }
 *   | { type: "edit_message", message: number, text: string } | { type: "retract_message", message: number }
 *   | { type: "react", message: number, emoji: string, on?: boolean }
 *   | { type: "set_typing", place: Destination, typing: boolean }
 *   | { type: "mark_messages", messages: number[], state: "delivered" | "seen" }
 *   | { type: "fetch_history", place: Destination, before?: number, limit?: number }
 *   | { type: "send_signal", to: Target, signal: Signal, about?: About }
 *   | { type: "join_call", room: string } | { type: "leave_call", room: string } | { type: "fetch_ice_servers" } | { type: "renew_token" }
 *   | ({ type: "set_media" } & MediaChanges)
 *   | { type: "open_camera", owner: Target } | { type: "watch", owner: Target } | { type: "unwatch", owner: Target }
 *   | { type: "kick", room: string, target: Target, reason?: string }
 *   | { type: "ban_person", room: string, target: Target, hours?: number, reason?: string }
 *   | { type: "lift_ban", room: string, name: string } | { type: "list_bans", room: string }
 *   | { type: "ignore" | "block" | "turn_away", names: string[], room: string, on?: boolean }
 *   | { type: "invite_to_watch", names: string[], room: string }
 *   | { type: "stop_camera" | "mark_explicit" | "suggest_explicit", room: string, target: Target }
 *   | { type: "set_operator", room: string, target: Target, on?: boolean }
 *   | { type: "report", room: string, about: string, reason: string, comment?: string, message?: number, excerpt?: string, channel?: string, timestamp?: string }
 *   | { type: "post_to_device", user: string, device: string, word?: string, payload?: unknown }
 *   | { type: "list_devices", user: string }} Ask
 */
/** @typedef {{ title?: string, pin?: string, waiting_room?: boolean, locked?: boolean, capacity?: number, transfer?: boolean }} RoomChanges */
/** @typedef {{ status?: string, text?: string, dnd?: boolean }} StatusChanges */
/** @typedef {{ camera?: boolean, microphone?: boolean, screen?: boolean, rules?: CameraRules }} MediaChanges */

/**
 * @typedef {object} Identified
 * @property {"identified"} type
 * @property {string} session
 * @property {string} resume_token secret
 * @property {number} resume_s
 * @property {string} name
 * @property {string} default_room
 * @property {string} display_name
 * @property {string | null} user
 * @property {boolean} operator
 * @property {boolean} vip
 * @property {string[]} rules what the site forbids this user: nobroadcast, novideo, noimage, redcam, nodvd
 * @property {IceServers} ice
 * @property {Relations} relations
 */
/**
 * @typedef {{ type: "done" } | Identified | { type: "resumed", session: string, complete: boolean, rooms: Snapshot[] }
 *   | { type: "opened_anyway", turned_away: boolean, ignored: boolean } | { type: "joined", snapshot: Snapshot } | { type: "waiting", room: string, title: string }
 *   | { type: "rooms", rooms: RoomListing[] } | { type: "created", room: string }
 *   | { type: "posted", message: number, sent_ms: number } | { type: "history_page", messages: Message[], more: boolean }
 *   | ({ type: "ice_servers" } & IceServers) | { type: "token_renewed", token: string, expires_ms: number, lasts_s: number } | { type: "bans", bans: BanInfo[] } | { type: "devices", devices: string[] }} Outcome
 */
/**
 * @typedef {{ type: "session_ended", reason: string, by: string, text: string, until_ms: number }} SessionEnded
 * @typedef {{ type: "signal_sent", sender: Author, signal: Signal, yields: string, about: About, closed: boolean }} SignalSent `closed`: an offer of one who may not watch the camera that one shows
 * @typedef {{ type: "report_filed", room: string, by: Author, about: string, reason: string, comment: string, message: number | null, excerpt: string, channel: string, timestamp: string }} ReportFiled
 */
/**
 * @typedef {{ type: "admitted", snapshot: Snapshot }
 *   | { type: "participant_joined" | "participant_updated", room: string, participant: Participant }
 *   | { type: "participant_left", room: string, session: string, handle: string, reason: LeaveReason, by: string, text: string, until_ms: number, gone: boolean }
 *   | { type: "room_updated", room: RoomInfo } | { type: "room_closed", room: string }
 *   | { type: "waiting_started" | "waiting_updated", room: string, participant: Participant }
 *   | { type: "waiting_ended", room: string, session: string, admitted: boolean }
 *   | { type: "message_posted" | "message_edited", message: Message }
 *   | { type: "message_retracted", message: number, place: Place, by: Author }
 *   | { type: "reaction_changed", message: number, place: Place, emoji: string, by: Author, on: boolean }
 *   | { type: "typing_changed", place: Place, by: Author, typing: boolean }
 *   | { type: "messages_marked", messages: number[], state: "delivered" | "seen", by: Author }
 *   | SignalSent | { type: "camera_opened", owner: Author, viewer: Author }
 *   | { type: "camera_marked", by: Author | null, text: string } | { type: "explicit_suggested" }
 *   | { type: "operator_changed", on: boolean, by: string } | { type: "restart_announced" }
 *   | { type: "notice", text: string, place: Place | null }
 *   | { type: "report_forwarded", about: string, delivered: boolean, problem: string, again: boolean }
 *   | { type: "watch_started" | "watch_stopped", viewer: Author } | { type: "camera_stopped", by: Author }
 *   | { type: "mute_requested", room: string, by: Author }
 *   | { type: "viewer_turned_away", owner: Author } | SessionEnded
 *   | { type: "relations_changed", relations: Relations } | ReportFiled
 *   | { type: "device_posted", sender: Author, device: string, word: string, payload: unknown, from_device: string | null }} WireEvent
 */

export {};
