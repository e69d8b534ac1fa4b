// @ts-check
/**
 * What a front end may call: the shape of `createClient()` in `client.js`. Types only.
 *
 * Every action that asks the server returns a promise. It is rejected with an `AskRefused` (`.code`, `.text`, `.params`)
 * where the answer is no. Codes of our own, beside the server's: `not_connected`, `timed_out`, `connection_lost`, `session_over`,
 * `unreadable` (the server could not read it), `cancelled`, `no_calls_here`. Sessions are named by their id.
 * @module
 */

/** @typedef {import("../state/types.js").ClientState} ClientState */
/** @typedef {import("../state/types.js").Settings} Settings */
/** @typedef {import("./wire.js").MediaChanges} MediaChanges */

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(id: any) => void} clearTimeout
 */

/**
 * Where sessions are kept that a killed browser leaves behind; `vaultOf` of `vault.js` makes one of IndexedDB.
 * @typedef {{ all(): Promise<Parked[]>, put(session: string, parked: Parked): Promise<void>, remove(session: string): Promise<void> }} Vault
 */

/** @typedef {{ getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void }} Storage */

/**
 * What the browser gives; every one may be replaced, in tests for instance.
 * @typedef {object} Platform
 * @property {new (url: string, protocols: string[]) => WebSocket} WebSocket
 * @property {(new (configuration: RTCConfiguration) => RTCPeerConnection) | undefined} RTCPeerConnection
 * @property {MediaDevices | undefined} mediaDevices
 * @property {Pick<Permissions, "query"> | undefined} permissions
 * @property {(tracks?: MediaStreamTrack[]) => MediaStream} newStream
 * @property {(new () => AudioContext) | undefined} AudioContext
 * @property {(new () => XMLHttpRequest) | undefined} XMLHttpRequest
 * @property {Pick<LockManager, "request"> | undefined} locks
 * @property {EventTarget | undefined} network the window, or what tells the like: `online`, `offline`, `visibilitychange`, `storage` of another window, and signs of somebody who is there
 * @property {() => number} random 0 ≤ x < 1
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} url of the WebSocket, for example `wss://chat.example/native/ws`
 * @property {Storage} [storage] where settings are kept; localStorage for instance. Without it nothing is kept
 * @property {Vault} [vault] without it, or without locks, a session ends with the page
 * @property {Clock} [clock]
 * @property {Partial<Platform>} [platform]
 */

/** @typedef {{ get(): ClientState, subscribe(listener: (state: ClientState, before: ClientState) => void): () => void }} StoreView */

/**
 * What `park` gives and `unpark` takes, as plain data with a secret in it.
 * @typedef {{ token: string, me: import("../state/types.js").Me, relations: import("./wire.js").Relations, rooms: string[], direct: import("../state/types.js").Thread[], thread: string }} Parked
 */

/** @typedef {{ text?: string, replyTo?: number | null, attachments?: Partial<import("./wire.js").Attachment>[] }} Draft */

/**
 * @typedef {object} Actions
 * @property {(who: { name?: string, token?: string, device?: string }) => Promise<void>} identify connects, and stays connected
 * @property {() => Promise<void>} signOut ends the session; the client may identify again
 * @property {() => Parked | null} park when the page goes away: lets go of the session, which the server keeps for some seconds
 * @property {(parked: Parked) => Promise<void>} unpark goes on with it; rejected where it is over, or another tab lives with it
 * @property {(parked: Parked) => Promise<void>} endParked ends it at once, instead of when the server gives up
 * @property {(fits: (parked: Parked) => boolean) => Promise<Parked | null>} claim takes over a session whose tab was killed, if there is one that fits, to `unpark` it; `identify` ends those that are left
 * @property {() => void} retryNow tries at once to come back, instead of when the wait is over
 *
 * @property {(room: string, how?: { handle?: string, pin?: string, create?: boolean }) => Promise<"joined" | "waiting">} join
 * @property {(room: string) => Promise<void>} leave
 * @property {() => Promise<import("./wire.js").RoomListing[]>} listRooms
 * @property {(room: string, how?: { title?: string, pin?: string, waiting_room?: boolean, hosted?: boolean, listed?: boolean }) => Promise<string>} createRoom returns its name; an empty one lets the server make a name that cannot be guessed
 * @property {(room: string, changes: import("./wire.js").RoomChanges) => Promise<void>} updateRoom
 * @property {(room: string) => Promise<void>} closeRoom
 * @property {(room: string, channel: string, how?: { title?: string, members?: string[] }) => Promise<void>} addChannel with `members`, for these sessions alone
 * @property {(room: string, session: string, displayName: string) => Promise<void>} renameParticipant as one who runs the room
 * @property {(room: string, session: string) => Promise<void>} requestMute ask somebody to switch the microphone off
 * @property {(room: string) => Promise<void>} raiseHand shows that one wishes to speak; `hand_raised_ms` of the seats says who does, and since when
 * @property {(room: string, session?: string) => Promise<void>} lowerHand one's own, or somebody's as one who runs the room
 * @property {(room: string, session: string, admit: boolean) => Promise<void>} decideWaiting
 * @property {(room: string, session: string) => Promise<void>} transferHost
 * @property {(room: string, session: string, role: import("./wire.js").Role) => Promise<void>} setRole
 *
 * @property {(thread: string, draft: Draft | string) => void} post shown at once; sent when the connection is there
 * @property {(thread: string, to: number, draft: Draft | string) => void} reply
 * @property {(thread: string, key: string) => void} retryPost a message that failed
 * @property {(thread: string, key: string) => void} discardPost a message that failed
 * @property {(message: number, text: string) => Promise<void>} edit
 * @property {(message: number) => Promise<void>} retract
 * @property {(message: number, emoji: string, on?: boolean) => Promise<void>} react
 * @property {(thread: string, typing?: boolean) => void} typing call at every key press; tells the server seldom, and stops by itself
 * @property {(thread: string | null) => void} openThread put a thread on view, and so mark it read
 * @property {(session: string) => string} openDirect opens the conversation with a participant and returns its thread key
 * @property {(thread: string) => void} closeDirect forget a direct conversation on this page
 * @property {(attending: boolean) => void} setAttending whether the page is visible and in use
 * @property {(thread: string) => Promise<void>} fetchOlder
 *
 * @property {(changes: import("./wire.js").StatusChanges) => Promise<void>} setStatus
 * @property {(displayName: string) => Promise<void>} rename
 *
 * @property {(changes: MediaChanges) => Promise<void>} setMedia turns camera, microphone and screen on and off. Where the browser says no, `media.problems` tells why, and the promise resolves
 * @property {(session: string) => Promise<void>} openCamera watch somebody's camera
 * @property {(session: string) => void} closeCamera stop watching, or dismiss one that is closed
 * @property {(room: string, start?: { camera?: boolean, microphone?: boolean }) => Promise<void>} joinCall with the microphone on, unless said otherwise; without one where there is none
 * @property {(session: string, start?: { camera?: boolean, microphone?: boolean }) => Promise<void>} callDirect rings one person, outside any room; `state.call.direct` is how it goes
 * @property {(session: string, start?: { camera?: boolean, microphone?: boolean }) => Promise<void>} acceptCall of one of `state.rings`; leaves the call one is in
 * @property {(session: string) => void} refuseCall
 * @property {() => Promise<void>} leaveCall of either kind; what was turned on for the call is turned off; what was on before it stays on
 * @property {() => Promise<void>} refreshDevices
 * @property {(kind: "microphone" | "camera" | "speaker", device: string) => Promise<void>} chooseDevice changes over at once where it is in use
 *
 * @property {(room: string, names: string[], on?: boolean) => Promise<void>} ignore
 * @property {(room: string, names: string[], on?: boolean) => Promise<void>} block
 * @property {(room: string, names: string[], on?: boolean) => Promise<void>} turnAway
 * @property {(room: string, names: string[]) => Promise<void>} inviteToWatch
 * @property {(room: string, session: string, reason?: string) => Promise<void>} kick
 * @property {(room: string, who: { session: string } | { handle: string }, how?: { hours?: number, reason?: string }) => Promise<void>} ban
 * @property {(room: string, name: string) => Promise<void>} liftBan
 * @property {(room: string) => Promise<import("./wire.js").BanInfo[]>} listBans
 * @property {(room: string, session: string) => Promise<void>} markExplicit as one who runs the room
 * @property {(room: string, session: string) => Promise<void>} suggestExplicit hint, without a name, that a camera should be marked explicit
 * @property {(room: string, session: string, on: boolean) => Promise<void>} setOperator let somebody run the site for the rest of the session, or no longer
 * @property {(room: string, session: string) => Promise<void>} stopCamera
 * @property {(room: string, about: { about: string, reason: string, comment?: string, message?: number, excerpt?: string, channel?: string, timestamp?: string }) => Promise<void>} report
 *
 * @property {(file: Blob & { name?: string }, onProgress?: (sent: number, total: number) => void, signal?: AbortSignal) => Promise<import("./wire.js").Attachment>} uploadPicture ready to be posted; `state.uploads` has those that are under way. The signal stops it
 * @property {(session: string, file: Blob & { name?: string }) => Promise<string>} offerFile straight to somebody, past the server; returns the id of the transfer, whose course is `state.transfers[id]`
 * @property {(id: string) => Promise<void>} acceptFile one that is offered to us
 * @property {(id: string) => void} cancelFile turns an offered one down, and stops one that is under way
 * @property {(id: string) => void} dismissFile forgets one that is over
 * @property {(id: number) => void} dismissNotice
 * @property {(changes: Partial<Settings>) => void} saveSettings
 */

/**
 * @typedef {object} Calls What of calls is not plain data.
 * @property {(id: string) => MediaStream | null} stream the stream with an id found in state; give it to `video.srcObject`
 * @property {(stream: string, listener: (level: number) => void) => () => void} level loudness of a stream, 0 to 1, ten times a second, until the returned function is called
 * @property {(listener: (level: number) => void) => () => void} overhear the same of one's own microphone, also while it is muted; of none where none was on yet. It stays with that microphone, so call it anew when another one is chosen
 * @property {(session: string) => Promise<import("../state/types.js").PeerStats | null>} stats fresh figures of a peer of the call or a watched camera
 * @property {boolean} supported this browser can make calls
 * @property {boolean} screenSupported this browser can share the screen
 */

/**
 * @typedef {object} Client
 * @property {StoreView} store
 * @property {Actions} actions
 * @property {Calls} calls
 * @property {{ blob: (id: string) => Blob | null }} files what came by a transfer that is done
 * @property {(url: string) => string} addressOf the whole address of an attachment's `url`, which for a picture on the server is a path there
 * @property {(listener: (event: import("./wire.js").WireEvent) => void) => () => void} onEvent every event, once, after the state holds it: for sounds and notifications
 * @property {() => void} close ends everything; the session too
 */

export {};
