// @ts-check
/**
 * What every view may reach for: the client, the site, the screen's own state, and a few habits of the browser.
 * @module
 */
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { refusalText } from "../texts/index.js";
import { same } from "./same.js";

/** @typedef {import("../net/api.js").Client} Client */
/** @typedef {import("../state/types.js").ClientState} ClientState */
/** @typedef {import("./ui.js").UiState} UiState */

/**
 * What the server told the page about its site.
 * @typedef {object} Site
 * @property {string} title
 * @property {string} branding
 * @property {string} disclaimer what stands above direct messages where the site keeps them
 * @property {string} vipName what the site calls its VIPs
 * @property {string} websiteUrl
 * @property {string} pictureOrigin
 * @property {string} root
 * @property {string} room
 * @property {string} defaultRoom
 * @property {string} wsPath
 * @property {boolean} guests
 * @property {string} token
 * @property {string[]} features
 * @property {number} maxUploadBytes
 * @property {string} language
 */

/** @typedef {{ client: Client, site: Site, ui: import("./ui.js").Ui }} World */

/** @type {import("preact").Context<World>} */
export const WorldContext = createContext(/** @type {World} */ (/** @type {unknown} */ (null)));

/** @returns {World} */
export const useWorld = () => useContext(WorldContext);
export const useClient = () => useWorld().client;
export const useActions = () => useWorld().client.actions;
export const useSite = () => useWorld().site;
export const useUi = () => useWorld().ui;

/**
 * @template S, T
 * @param {{ get(): S, subscribe(listener: () => void): () => void }} source
 * @param {(state: S) => T} select
 * @returns {T}
 */
function useSource(source, select) {
  const [, redraw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const value = select(source.get());
  const held = useRef({ value, select });
  held.current = { value, select };
  useLayoutEffect(() => {
    const check = () => {
      if (!same(held.current.select(source.get()), held.current.value)) redraw(undefined);
    };
    check();
    return source.subscribe(check);
  }, [source]);
  return value;
}

/**
 * @template T
 * @param {(state: ClientState) => T} select a part of the client's state; the view is drawn again when it changes
 * @returns {T}
 */
export function useSelect(select) {
  return useSource(useClient().store, select);
}

/**
 * @template T
 * @param {(state: UiState) => T} select
 * @returns {T}
 */
export function useUiSelect(select) {
  return useSource(useUi(), select);
}

/** @returns {import("../state/types.js").RoomState | undefined} the room on view */
export function useRoom() {
  const room = useUiSelect((ui) => ui.room);
  return useSelect((state) => state.rooms[room]);
}

/** @returns {import("../net/wire.js").Participant | undefined} one's own seat in the room on view */
export function useSeat() {
  const id = useUiSelect((ui) => ui.room);
  // Of the whole room, only this seat: what others do must not draw everything anew that knows who one is.
  return useSelect((state) => state.rooms[id]?.participants[state.rooms[id].you]);
}

/**
 * @returns {<T>(asked: Promise<T>) => Promise<T | undefined>} waits for an action, and shows a toast where it is refused
 */
export function useAttempt() {
  const ui = useUi();
  return useCallback(
    async (asked) => {
      try {
        return await asked;
      } catch (problem) {
        ui.toast(refusalText(/** @type {any} */ (problem)), "bad");
        return undefined;
      }
    },
    [ui],
  );
}

/**
 * @param {number} everyMs 0 to stand still
 * @returns {number} the time, renewed as often as asked
 */
export function useNow(everyMs) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!everyMs) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/**
 * @param {string} query
 * @returns {boolean} whether a media query holds
 */
export function useMediaQuery(query) {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setHolds(list.matches);
    change();
    list.addEventListener("change", change);
    return () => list.removeEventListener("change", change);
  }, [query]);
  return holds;
}

const PHONE = "(max-width: 700px)";
/** @returns {boolean} the window is as narrow as a phone */
export const usePhone = () => useMediaQuery(PHONE);
/** @returns {boolean} it is so now */
export const isPhone = () => matchMedia(PHONE).matches;

/**
 * @template {keyof Preferences} K
 * @param {K} name
 * @returns {[Preferences[K], (value: Preferences[K]) => void]} one of the view's own settings
 */
export function usePreference(name) {
  const client = useClient();
  const value = useSelect((state) => preferenceOf(state, name));
  const save = useCallback(
    (/** @type {Preferences[K]} */ next) => keepPreference(client, name, next),
    [client, name],
  );
  return [value, save];
}

/**
 * @typedef {object} Preferences
 * @property {"small" | "normal" | "large"} textSize
 * @property {string[]} muted sounds that are off
 * @property {string[]} quiet keys of the threads that are muted
 * @property {string} room
 * @property {boolean} preview
 * @property {boolean} watchNotice say who begins to watch one's camera
 * @property {boolean} idleAway be away when nobody touches the page for a while
 * @property {boolean} dnd ask for no unsolicited direct messages, in every room and whenever one comes back
 * @property {import("./people/contacts.js").Contact[]} contacts
 * @property {boolean} explicitKnown explicit cameras open without a question
 * @property {boolean} callKeys single keys do something in a call
 */

/** @type {Preferences} */
const DEFAULTS = {
  textSize: "normal",
  muted: ["joined", "left"],
  quiet: [],
  room: "",
  preview: false,
  watchNotice: true,
  idleAway: true,
  dnd: false,
  contacts: [],
  explicitKnown: false,
  callKeys: true,
};

/**
 * @template {keyof Preferences} K
 * @param {Client} client
 * @param {K} name
 * @param {Preferences[K]} value
 */
export function keepPreference(client, name, value) {
  const { view } = client.store.get().settings;
  client.actions.saveSettings({ view: { ...view, [name]: value } });
}

/**
 * @template {keyof Preferences} K
 * @param {ClientState} state
 * @param {K} name
 * @returns {Preferences[K]}
 */
export function preferenceOf(state, name) {
  return /** @type {any} */ (state.settings.view)[name] ?? DEFAULTS[name];
}
