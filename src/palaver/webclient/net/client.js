// @ts-check
/**
 * The whole client behind one function: a store of plain data, and actions. It knows no page. The rest of `net/` is made
 * of parts that know each other only through the store and the connection; here they are put together.
 * @module
 */

import { initialState } from "../state/initial.js";
import { dismissed } from "../state/notices.js";
import { reduceEvent, reduceOutcome } from "../state/reduce.js";
import { sessionOver, startedAnew } from "../state/session.js";
import { Store } from "../state/store.js";
import { reading } from "../state/threads.js";
import { callsOf } from "./calls.js";
import { Cameras } from "./cameras.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { Direct } from "./direct.js";
import { Files } from "./files.js";
import { Holding } from "./holding.js";
import { Ice } from "./ice.js";
import { Levels } from "./levels.js";
import { Listeners } from "./listeners.js";
import { Media } from "./media.js";
import { Mesh } from "./mesh.js";
import { endParked, held, park, unpark } from "./parking.js";
import { plainActions } from "./people.js";
import { pictureActions } from "./pictures.js";
import { platformWith, systemClock } from "./platform.js";
import { Posts } from "./posts.js";
import { sendReceipts } from "./receipts.js";
import { Rings } from "./rings.js";
import { Seats } from "./rooms.js";
import { refusedHere } from "./protocol.js";
import { loadSettings, shareSettings } from "./settings.js";
import { Streams } from "./streams.js";
import { Typing } from "./typing.js";
import { Uplink } from "./uplink.js";
import { addressOf } from "./uploads.js";
import { keepVouched } from "./vouching.js";

/** @typedef {import("./api.js").Client} Client */
/** @typedef {import("./context.js").Context} Context */
/** @typedef {ReturnType<typeof assembled>} Parts */

/**
 * @param {import("./api.js").ClientOptions} options
 * @returns {Client}
 */
export function createClient({ url, storage, vault, clock = systemClock, platform: replaced = {} }) {
  const platform = platformWith(replaced);
  const store = new Store(initialState(loadSettings(storage)));
  const context = { store, clock, platform, connection: new Connection(url, clock, platform) };
  const onEvent = feedStore(context);
  const parts = assembled(context);
  keepAlive(context, parts);
  const holding = new Holding({ vault, locks: platform.locks, clock });
  keepHeld(context, holding);
  const onDevices = () => void parts.media.refreshDevices();
  platform.mediaDevices?.addEventListener?.("devicechange", onDevices);
  const stopSharing = shareSettings(store, storage, platform.network);
  return {
    store: { get: () => store.get(), subscribe: (listener) => store.subscribe(listener) },
    actions: {
      ...sessionActions(context, holding, url),
      ...talkActions(context, parts),
      ...mediaActions(context, parts),
      ...plainActions(context),
      ...pictureActions(context, url),
      offerFile: (session, file) => parts.files.offer(session, file),
      acceptFile: (id) => parts.files.accept(id),
      cancelFile: (id) => parts.files.cancel(id),
      dismissFile: (id) => parts.files.dismiss(id),
    },
    calls: callsOf(platform, parts),
    files: { blob: (id) => parts.files.blob(id) },
    addressOf: (attachment) => addressOf(attachment, url),
    onEvent: (listener) => onEvent.add(listener),
    close() {
      context.connection.close();
      platform.mediaDevices?.removeEventListener?.("devicechange", onDevices);
      holding.letGo();
      parts.media.release();
      parts.levels.close();
      parts.ice.stop();
      parts.stopVouching();
      stopSharing();
    },
  };
}

/**
 * Everything the server says changes the store first, and is told to others then.
 * @param {Context} context
 * @returns {Listeners<[import("./wire.js").WireEvent]>}
 */
function feedStore({ store, connection, clock }) {
  /** @type {Listeners<[import("./wire.js").WireEvent]>} */
  const onEvent = new Listeners();
  connection.onStatus.add((status) => {
    store.update((state) => ({ ...state, connection: status }));
    if (status.phase === "ended") store.update((state) => sessionOver(state, status.reason));
  });
  connection.onOutcome.add((ask, outcome) => store.update((state) => reduceOutcome(state, ask, outcome)));
  connection.onEvent.add((event, position) => {
    store.update((state) => reduceEvent(state, event, position, clock.now()));
    onEvent.tell(event);
  });
  return onEvent;
}

/** @param {Context} context */
function assembled(context) {
  const posts = new Posts(context.connection, context.clock);
  const streams = new Streams();
  const ice = new Ice(context.connection, context.clock);
  const media = new Media(context, streams);
  const tools = { streams, ice, media, uplink: new Uplink(media) };
  const rings = new Rings(context);
  sendReceipts(context);
  return {
    ...tools,
    posts,
    seats: new Seats(context),
    chat: new Chat(context, posts),
    typing: new Typing(context),
    mesh: new Mesh(context, tools),
    direct: new Direct(context, { ...tools, rings }),
    rings,
    stopVouching: keepVouched(context),
    cameras: new Cameras(context, tools),
    files: new Files(context, tools),
    levels: new Levels(context.platform, context.clock),
  };
}

/**
 * What has to be said again when the session is back.
 * @param {Context} context
 * @param {Parts} parts
 */
function keepAlive({ connection, store }, { posts, seats, chat, media, mesh, direct, rings, cameras, files }) {
  let life = 0;
  /** A new session of which not all was told: the connection may be lost again meanwhile, and the session go on. */
  let anew = false;
  store.subscribe(({ rooms }, before) => {
    // Nobody is left to be seen or heard by; a camera that stays on then is one that was forgotten, as is a call.
    if (rooms === before.rooms || !isSeated(before.rooms) || isSeated(rooms)) return;
    void direct.hangUp();
    void media.set({ camera: false, microphone: false, screen: false }).then(() => media.freeIdle()).catch(() => undefined);
  });
  connection.onStatus.add(({ phase }) => {
    if (phase === "open") return;
    life += 1;
    posts.hold();
    if (phase !== "ended") return;
    anew = false;
    posts.clear();
    mesh.close();
    rings.clear();
    cameras.closeAll();
    files.closeAll();
    media.release();
  });
  /** @param {boolean} isNew */
  const comeBack = async (isNew) => {
    const now = (life += 1);
    anew ||= isNew;
    if (!anew) posts.release();
    await seats.takeAgain();
    if (now !== life) return;
    const wasNew = anew;
    if (wasNew) await chat.catchUpDirect();
    if (now !== life) return;
    anew = false;
    posts.release();
    await media.reassert();
    await mesh.back(wasNew);
    direct.back(wasNew);
    cameras.back(wasNew);
  };
  connection.onReady.add((isNew) => void comeBack(isNew));
  connection.onOutcome.add((_ask, outcome) => {
    if (outcome.type === "resumed" && !outcome.complete) queueMicrotask(() => void chat.catchUpDirect());
  });
}

/**
 * A session with a seat is kept for the case that the browser is killed, until one leaves.
 * @param {Context} context
 * @param {Holding} holding
 */
function keepHeld({ store, connection }, holding) {
  store.subscribe((state, before) => {
    const { me, rooms, connection: status } = state;
    if (me === before.me && rooms === before.rooms && status === before.connection) return;
    if (!me || status.phase === "ended" || status.reason === "reloading") return holding.letGo();
    if (status.phase !== "open") return;
    const parked = held({ store, connection });
    if (parked) void holding.keep(parked);
    else holding.letGo();
  });
}

/**
 * @param {import("./api.js").ClientState["rooms"]} rooms
 * @returns {boolean} one has a seat, or is about to have it again
 */
function isSeated(rooms) {
  return Object.values(rooms).some(({ phase }) => phase === "joined" || phase === "joining" || phase === "waiting");
}

/**
 * @param {Context} context
 * @param {Holding} holding
 * @param {string} url
 * @returns {Pick<import("./api.js").Actions, "identify" | "signOut" | "park" | "unpark" | "endParked" | "claim" | "retryNow" | "dismissNotice" | "saveSettings">}
 */
function sessionActions(context, holding, url) {
  const { store, connection } = context;
  const end = (/** @type {import("./api.js").Parked} */ parked) => endParked(url, context, parked);
  return {
    park: () => park(context),
    async unpark(parked) {
      if (!(await holding.hold(parked.me.session))) throw refusedHere("session_over");
      await unpark(context, parked);
    },
    endParked: end,
    claim: (fits) => holding.claim(fits),
    async identify(who) {
      store.update((state) => startedAnew(state, initialState(state.settings)));
      if (holding.keeps) await holding.endAbandoned(end);
      await connection.identify(who);
    },
    signOut: () => connection.signOut(),
    retryNow: () => connection.retryNow(),
    dismissNotice: (id) => store.update((state) => dismissed(state, id)),
    saveSettings: (changes) => store.update((state) => ({ ...state, settings: { ...state.settings, ...changes } })),
  };
}

/**
 * @param {Context} context
 * @param {Parts} parts
 * @returns {Pick<import("./api.js").Actions, "join" | "leave" | "post" | "reply" | "retryPost" | "discardPost" | "typing" | "openThread" | "openDirect" | "closeDirect" | "setAttending" | "fetchOlder">}
 */
function talkActions({ store }, { seats, chat, typing }) {
  /** @type {import("./api.js").Actions["post"]} */
  const post = (thread, draft) => {
    typing.posted();
    chat.post(thread, draft);
  };
  return {
    join: (room, how) => seats.join(room, how),
    leave: (room) => seats.leave(room),
    post,
    reply: (thread, to, draft) => post(thread, { ...(typeof draft === "string" ? { text: draft } : draft), replyTo: to }),
    retryPost: (thread, key) => chat.retry(thread, key),
    discardPost: (_thread, key) => chat.discard(key),
    typing: (thread, on) => typing.say(thread, on),
    openThread: (open) => store.update((state) => reading(state, { open })),
    openDirect: (session) => chat.openDirect(session),
    closeDirect: (thread) => chat.closeDirect(thread),
    setAttending: (attending) => store.update((state) => reading(state, { attending })),
    fetchOlder: (thread) => chat.fetchOlder(thread),
  };
}

/**
 * @param {Context} context
 * @param {Parts} parts
 * @returns {Pick<import("./api.js").Actions, "setMedia" | "openCamera" | "closeCamera" | "joinCall" | "callDirect" | "acceptCall" | "refuseCall" | "leaveCall" | "refreshDevices" | "chooseDevice">}
 */
function mediaActions({ store }, { media, mesh, direct, rings, cameras }) {
  const leaveCall = () => (store.get().call.direct ? direct.hangUp() : mesh.leave());
  return {
    setMedia: (changes) => media.set(changes),
    openCamera: (session) => cameras.open(session),
    closeCamera: (session) => cameras.close(session),
    joinCall: (room, start) => leaveCall().then(() => mesh.join(room, start)),
    callDirect: (session, start) => leaveCall().then(() => direct.call(session, start)),
    acceptCall: (session, start) => leaveCall().then(() => direct.accept(session, start)),
    refuseCall: (session) => rings.refuse(session),
    leaveCall,
    refreshDevices: () => media.refreshDevices(),
    async chooseDevice(kind, device) {
      store.update((state) => ({ ...state, settings: { ...state.settings, [kind]: device } }));
      if (kind !== "speaker") await media.changeDevice(kind);
    },
  };
}
