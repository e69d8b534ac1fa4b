// @ts-check
/**
 * The state of a client as plain data: what views read and reducers make. Nothing in it is ever changed in place, so
 * `before.rooms === after.rooms` says that no room changed. Media streams are not data: state holds their ids, and
 * `client.calls.stream(id)` gives the `MediaStream`.
 * @module
 */

/** @typedef {import("../net/wire.js").Author} Author */
/** @typedef {import("../net/wire.js").Message} Message */
/** @typedef {import("../net/wire.js").Participant} Participant */
/** @typedef {import("../net/wire.js").Refusal} Refusal */
/** @typedef {import("../net/wire.js").RoomInfo} RoomInfo */
/** @typedef {import("../net/wire.js").Relations} Relations */
/** @typedef {import("../net/wire.js").CameraRules} CameraRules */

/**
 * How the connection is.
 * - `idle`: nobody has identified yet
 * - `connecting`: the first attempt
 * - `open`: the session is live
 * - `lost`: will come back by itself; the next attempt is at `retryAt` (clock milliseconds; 0 while one is under way)
 * - `ended`: will not come back by itself; `reason` is a stable word: left, replaced, kicked, banned,
 *   or the code of the refusal (`refusal` is then set)
 * @typedef {object} ConnectionStatus
 * @property {"idle" | "connecting" | "open" | "lost" | "ended"} phase
 * @property {number} retryAt
 * @property {number} attempts failed attempts since it was last open
 * @property {string} reason why it was lost or ended; empty otherwise
 * @property {Refusal | null} refusal
 * @property {{ by: string, text: string, until_ms: number } | null} ended what the one who ended the session said
 */

/**
 * Who one is. Null until identified.
 * @typedef {object} Me
 * @property {string} session
 * @property {string} name
 * @property {string} display_name
 * @property {string | null} user
 * @property {boolean} operator
 * @property {string[]} rules what the site forbids this user: nobroadcast, novideo, noimage …
 * @property {string} default_room
 * @property {string[]} former sessions this client had before, whose messages are one's own too
 */

/**
 * A room one sits in, wants to sit in, or has left.
 * - `joining`: asked; `waiting`: in the waiting room; `joined`: seated; `refused`: see `refusal`
 *   (`pin_required`, `wrong_pin`, `room_full`, `in_waiting_room` when turned down …); `left`: see `reason`
 * @typedef {object} RoomState
 * @property {string} id
 * @property {"joining" | "waiting" | "joined" | "refused" | "left"} phase
 * @property {string} reason why the seat is gone: left, kicked, banned, closed, lost, replaced …
 * @property {{ by: string, text: string, until_ms: number } | null} farewell what the one who took the seat away said, and until when it is kept, 0 where that was not said
 * @property {Refusal | null} refusal
 * @property {RoomInfo} info
 * @property {string} you one's own session; `participants[you]` is one's seat while joined
 * @property {Record<string, Participant>} participants the roster by session; `sortedRoster` gives it in order
 * @property {Record<string, Participant>} waiting who asks to be let in, for those who run the room
 * @property {import("../net/wire.js").Position | null} position
 * @property {string[]} channels keys of its threads, in order; the first is the main channel
 */

/**
 * A message as it is shown. `key` is stable from the moment of posting (use it as the list key).
 * @typedef {object} MessageEntry
 * @property {string} key
 * @property {number} id 0 until the server has it
 * @property {"sending" | "sent" | "failed"} state
 * @property {Refusal | null} refusal why it failed
 * @property {boolean} mine
 * @property {boolean} retracted taken back: text and attachments are empty
 * @property {string} retractedBy handle
 * @property {"" | "delivered" | "seen"} receipt of one's own direct messages
 * @property {Author} author
 * @property {import("../net/wire.js").Place} place
 * @property {string} text
 * @property {number} sent_ms
 * @property {number} edited_ms
 * @property {number | null} reply_to
 * @property {import("../net/wire.js").Attachment[]} attachments
 * @property {import("../net/wire.js").Reaction[]} reactions
 * @property {string} nonce
 */

/**
 * A channel of a room, or a direct conversation with one person. `key` is opaque; see `channelKey` and `directKey`.
 * @typedef {object} Thread
 * @property {string} key
 * @property {"channel" | "direct"} kind
 * @property {string} room of a channel; empty for a direct conversation
 * @property {string} channel
 * @property {Author | null} person the other one of a direct conversation, as last seen
 * @property {MessageEntry[]} messages oldest first; those being sent are last
 * @property {boolean} more older ones exist on the server
 * @property {"" | "loading"} paging
 * @property {number} readTo id of the last message read
 * @property {number} unread
 * @property {number} mentions of oneself, among the unread; in a direct conversation every unread one counts
 * @property {number} latest_ms when something was last said
 * @property {TypingPerson[]} typing
 */

/** @typedef {{ author: Author, until: number }} TypingPerson `until` in clock milliseconds */

/**
 * What one sends. `camera` and `screen` are ids for `client.calls.stream`.
 * @typedef {object} LocalMedia
 * @property {boolean} microphone on and not muted
 * @property {boolean} camera
 * @property {boolean} screen
 * @property {CameraRules} rules
 * @property {string} cameraStream id of the stream with camera and microphone; empty while neither was on
 * @property {string} screenStream id; empty while the screen is not shared
 * @property {"" | "microphone" | "camera" | "screen"} asking the browser is asking the person for this at the moment
 * @property {MediaProblems} problems why something could not be turned on. It stays until that is tried again, or `setMedia({})` is called
 */

/**
 * @typedef {Partial<Record<"microphone" | "camera" | "screen", MediaProblem>>} MediaProblems
 * @typedef {"permission_denied" | "system_denied" | "device_not_found" | "device_lost" | "device_busy" | "not_supported" | "insecure_page" | "no_screen" | "cancelled" | "media_failed"} MediaProblem
 */

/**
 * Figures of one peer connection since they were last asked for (`client.calls.stats`). Rates are bits per second, times milliseconds.
 * @typedef {object} PeerStats
 * @property {number} receivedBps
 * @property {number} sentBps
 * @property {number} framesDecoded
 * @property {number} framesPerSecond
 * @property {number} frameWidth
 * @property {number} frameHeight
 * @property {number} roundTripMs
 * @property {number} lostShare lost packets of those expected, 0 to 1
 */

/**
 * One other person of the call, or one watched camera.
 * @typedef {object} PeerState
 * @property {string} session
 * @property {Author} person
 * @property {"calling" | "connecting" | "connected" | "interrupted" | "failed"} phase `calling`: not answered yet
 * @property {RemoteStream | null} camera camera and microphone
 * @property {RemoteStream | null} screen
 */
/** @typedef {{ id: string, audio: boolean, video: boolean }} RemoteStream */

/** @typedef {{ person: Author, phase: "calling" | "connecting" | "connected" }} DirectCall with one person alone */
/**
 * The call one is in, at most one: the mesh call of a room, where `participant.in_call` in the roster says who else takes
 * part; or one with a single person, outside any room.
 * @typedef {object} CallState
 * @property {"out" | "joining" | "in"} phase
 * @property {string} room empty in a direct call
 * @property {DirectCall | null} direct
 * @property {Record<string, PeerState>} peers
 */

/**
 * Cameras watched one by one, outside the call.
 * - `opening`: asked; `connecting`; `playing`; `refused`: see `refusal` (usually `camera_closed`);
 *   `closed`: it went off, or its owner turned one away (`reason`: off, turned_away, left, failed)
 * @typedef {object} WatchedCamera
 * @property {string} session the owner
 * @property {Author} person
 * @property {"opening" | "connecting" | "playing" | "interrupted" | "refused" | "closed"} phase
 * @property {string} reason
 * @property {Refusal | null} refusal
 * @property {RemoteStream | null} stream
 */

/**
 * @typedef {object} CamerasState
 * @property {Record<string, WatchedCamera>} watching by the owner's session
 * @property {Author[]} watchers who watches one's own camera
 */

/** @typedef {{ id: string, label: string }} DeviceChoice */
/**
 * Devices of this machine. Labels are empty until the person has allowed one.
 * @typedef {object} DevicesState
 * @property {DeviceChoice[]} microphones
 * @property {DeviceChoice[]} cameras
 * @property {DeviceChoice[]} speakers
 */

/** @typedef {{ id: string, name: string, sent: number, total: number }} Upload a picture that is under way; bytes */

/**
 * A file on its way between two people, past the server.
 * - `offered`: waits for a yes; `connecting`, `moving`; `done`: `client.files.blob(id)` gives what came
 * - `refused`, `cancelled` (by either), `failed`: see `reason` (left, unreachable, too_large, damaged)
 * @typedef {object} Transfer
 * @property {string} id
 * @property {string} thread the direct conversation it belongs to
 * @property {Author} person the other one
 * @property {boolean} incoming
 * @property {string} name
 * @property {string} mime
 * @property {number} bytes its size
 * @property {number} moved bytes
 * @property {"offered" | "connecting" | "moving" | "done" | "refused" | "cancelled" | "failed"} phase
 * @property {string} reason
 */

/**
 * Something to tell the person once, newest last; at most 50 are kept. `dismissNotice` removes one.
 * - `said` (text): by the server itself; `camera_marked` (person where somebody did it, text), `operator_changed` (on),
 *   `opened_anyway` (person), `restart_announced`, `report_forwarded` (on: it was; text: why not)
 * - `report_filed` (report), `camera_stopped` (by), `viewer_turned_away` (person), `refused` (refusal),
 *   `call_missed` (person), `call_ended` (person; text: reject, busy, pickuptimeout, left, failed, or another word of theirs),
 *   `messages_missing` (the connection was away too long to have seen everything)
 * @typedef {object} Notice
 * @property {number} id
 * @property {"report_filed" | "camera_stopped" | "camera_marked" | "viewer_turned_away" | "operator_changed" | "opened_anyway" | "restart_announced" | "said" | "call_missed" | "call_ended" | "report_forwarded" | "refused" | "messages_missing"} kind
 * @property {Author | null} person
 * @property {import("../net/wire.js").ReportFiled | null} report
 * @property {Refusal | null} refusal
 * @property {string} text what the site says about it, in its own words
 * @property {boolean} on
 */

/**
 * What the person chose on this machine; kept in `storage`.
 * @typedef {object} Settings
 * @property {string} name last used
 * @property {string} microphone device id; empty for the system's choice
 * @property {string} camera
 * @property {string} speaker
 * @property {CameraRules} rules
 * @property {boolean} sounds
 * @property {boolean} notifications
 * @property {"system" | "light" | "dark"} theme
 * @property {Record<string, unknown>} view for views to keep what they like
 */

/**
 * @typedef {object} ClientState
 * @property {ConnectionStatus} connection
 * @property {Me | null} me
 * @property {Record<string, RoomState>} rooms
 * @property {Record<string, Thread>} threads channels of the rooms one sits in, and direct conversations
 * @property {string} openThread key of the thread on view, which is read as it comes in; empty for none
 * @property {boolean} attending the page is visible and in use: only then does an open thread count as read
 * @property {Relations} relations
 * @property {import("../net/wire.js").RoomListing[]} listing the answer to `listRooms`
 * @property {Record<string, import("../net/wire.js").BanInfo[]>} bans by room, the answer to `listBans`
 * @property {LocalMedia} media
 * @property {CallState} call
 * @property {Author[]} rings who calls one directly at the moment, and waits for a yes
 * @property {CamerasState} cameras
 * @property {DevicesState} devices
 * @property {Record<string, Upload>} uploads
 * @property {Record<string, Transfer>} transfers
 * @property {Notice[]} notices
 * @property {Settings} settings
 */

export {};
