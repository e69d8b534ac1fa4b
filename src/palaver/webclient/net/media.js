// @ts-check
/**
 * What one sends: microphone, camera and screen, shared by the call and by those who watch. Turning a camera off frees the
 * device; muting a microphone keeps it.
 * @module
 */

import { isToldOtherwise, mediaChanged } from "../state/calls.js";
import { captureBoth, captureDevice, captureInstead, captureScreen, isUnplugged, listDevices, MediaRefused } from "./capture.js";
import { Listeners } from "./listeners.js";
import { AskRefused } from "./protocol.js";
import { Tracks } from "./tracks.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").MediaChanges} MediaChanges */
/** @typedef {import("./sending.js").Slot} Slot */
/** @typedef {import("./sending.js").Sent} Sent */
/** @typedef {import("../state/types.js").LocalMedia} LocalMedia */
/** @typedef {"microphone" | "camera" | "screen"} Source */

/** @type {Source[]} */
const SOURCES = ["microphone", "camera", "screen"];
/** The server hears of it later, when the connection is back. */
const LATER = new Set(["not_connected", "connection_lost", "timed_out", "session_over", "not_identified"]);

export class Media {
  /** What is sent has changed. @type {Listeners<[]>} */
  onTracks = new Listeners();

  #context;
  #tracks;
  /** @type {Promise<unknown>} */
  #queue = Promise.resolve();

  /**
   * @param {Context} context
   * @param {import("./streams.js").Streams} streams
   */
  constructor(context, streams) {
    this.#context = context;
    const heard = { onEnded: (/** @type {Slot} */ slot) => this.#ended(slot), onStream: (/** @type {Partial<LocalMedia>} */ id) => this.#note(id) };
    this.#tracks = new Tracks(context.platform.newStream, streams, heard);
    context.connection.onEvent.add((event) => {
      if (event.type === "camera_stopped") void this.set({ camera: false }).catch(() => undefined);
    });
    context.store.subscribe((state, before) => {
      // Rules that were chosen at an earlier visit hold from the first moment in a room.
      const came = state.rooms !== before.rooms && Object.values(state.rooms).some(({ id, phase }) => phase === "joined" && before.rooms[id]?.phase !== "joined");
      if (came) void this.reassert();
    });
  }

  /** @returns {Partial<Record<Slot, Sent>>} what a peer is to be sent */
  sent() {
    return this.#tracks.sent();
  }

  /**
   * Turns things on and off, one request after the other. What the browser refuses stays off, and `media.problems` says why.
   * What goes off does so at once, also while the browser asks somebody something, and again after what is asked for now.
   * @param {MediaChanges} changes
   * @returns {Promise<void>}
   */
  set(changes) {
    const isOff = Object.values(changes).every((value) => value === false);
    const now = isOff && this.#context.store.get().media.asking ? this.#apply(changes) : null;
    const done = this.#queue.then(() => this.#apply(changes));
    this.#queue = done.catch(() => undefined);
    return now ?? done;
  }

  /** Tells the server what is sent, where it does not know. Never rejected. @returns {Promise<void>} */
  async reassert() {
    const state = this.#context.store.get();
    if (!isToldOtherwise(state)) return;
    const { microphone, camera, screen, rules } = state.media;
    await this.#context.connection.ask({ type: "set_media", microphone, camera, screen, rules }).catch(() => undefined);
  }

  /**
   * @param {"microphone" | "camera"} kind
   * @returns {Promise<void>} settled when the device chosen in the settings is in use, if any is
   */
  changeDevice(kind) {
    const done = this.#queue.then(async () => {
      const { platform, store } = this.#context;
      const before = this.#tracks.in(kind);
      const changed = before && (await this.#asking(kind, () => captureInstead(platform, kind, store.get().settings[kind], before)));
      if (!changed) return;
      if (this.#tracks.in(kind) !== before) return changed.track?.stop(); // turned off meanwhile
      if (changed.track) this.#tracks.put(kind, Object.assign(changed.track, { enabled: before.enabled }));
      else if (before.readyState === "ended") await this.#apply({ [kind]: false });
      if (changed.problem) this.#fault(kind, changed.problem);
      this.onTracks.tell();
    });
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** @returns {Promise<void>} */
  async refreshDevices() {
    const devices = await listDevices(this.#context.platform);
    this.#context.store.update((state) => ({ ...state, devices }));
  }

  /** Frees a muted microphone that nothing needs. @returns {Promise<void>} */
  freeIdle() {
    const done = this.#queue.then(() => {
      if (this.#context.store.get().media.microphone) return;
      this.#tracks.put("microphone", null);
      this.onTracks.tell();
    });
    this.#queue = done;
    return done;
  }

  /**
   * For the time of a call.
   * @returns {() => Promise<void>} what was turned on since goes off, what was turned off stays off, and nothing is held for nothing
   */
  remembered() {
    const { media } = this.#context.store.get();
    const off = SOURCES.filter((source) => !media[source]);
    return async () => {
      await this.set(Object.fromEntries(off.map((source) => [source, false]))).catch(() => undefined);
      await this.freeIdle();
    };
  }

  /** Frees every device; also one that the browser is still asking about. */
  release() {
    this.#free();
    this.#queue = this.#queue.then(() => this.#free());
  }

  #free() {
    this.#tracks.clear();
    this.#note({ microphone: false, camera: false, screen: false });
    this.onTracks.tell();
  }

  /** @param {MediaChanges} changes */
  async #apply(changes) {
    const before = this.#context.store.get().media;
    // Who has no microphone still reads so when the camera goes on; nobody needs to read for long that no screen was chosen.
    const stays = (/** @type {string} */ source) => source !== "screen" && !(source in changes) && Object.keys(changes).length > 0;
    const problems = Object.fromEntries(Object.entries(before.problems).filter(([source]) => stays(source)));
    this.#note({ problems, ...(changes.rules && { rules: changes.rules }) });
    const asked = await this.#askedTogether(changes);
    for (const source of SOURCES) {
      const on = changes[source];
      if (on !== undefined && on !== this.#context.store.get().media[source] && !asked.has(source)) await this.#turn(source, on);
    }
    const { media: now, call } = this.#context.store.get();
    // Nobody takes part in anything: the browser shall not show a microphone in use.
    if (call.phase === "out" && !now.camera && !now.microphone && this.#tracks.in("microphone")) this.#tracks.put("microphone", null);
    const after = this.#context.store.get().media;
    const changed = [...SOURCES, /** @type {const} */ ("rules")].filter((name) => before[name] !== after[name]);
    if (changed.length === 0) return;
    this.onTracks.tell();
    await this.#announce(Object.fromEntries(changed.map((name) => [name, after[name]])));
  }

  /**
   * Who wants both microphone and camera is asked once.
   * @param {MediaChanges} changes
   * @returns {Promise<Set<Source>>} what came on, or will not
   */
  async #askedTogether({ microphone, camera }) {
    const { store, platform } = this.#context;
    const asked = new Set(/** @type {Source[]} */ ([]));
    if (!microphone || !camera || this.#tracks.in("microphone") || this.#tracks.in("camera")) return asked;
    this.#note({ asking: "camera" });
    const { given, refused } = await captureBoth(platform, store.get().settings);
    for (const track of given) {
      const slot = track.kind === "audio" ? "microphone" : "camera";
      asked.add(slot);
      this.#tracks.put(slot, track);
      this.#note({ [slot]: true });
    }
    for (const source of refused) {
      asked.add(source);
      this.#fault(source, "permission_denied");
    }
    this.#note({ asking: "" });
    if (given.length) void this.refreshDevices();
    return asked;
  }

  /** @param {MediaChanges} changes */
  async #announce(changes) {
    try {
      await this.#context.connection.ask({ type: "set_media", ...changes });
    } catch (error) {
      if (error instanceof AskRefused && LATER.has(error.code)) return;
      for (const source of SOURCES) if (changes[source]) await this.#turn(source, false);
      this.onTracks.tell();
      throw error;
    }
  }

  /**
   * @param {Source} source
   * @param {boolean} on
   */
  async #turn(source, on) {
    const held = source === "microphone" && this.#tracks.in(source);
    if (held) {
      held.enabled = on;
    } else if (source === "screen") {
      await this.#turnScreen(on);
    } else if (on) {
      const track = await this.#captured(source);
      if (track) this.#tracks.put(source, track);
    } else {
      this.#tracks.put(source, null);
    }
    this.#note({ [source]: Boolean(this.#tracks.in(source)?.enabled) });
  }

  /** @param {boolean} on */
  async #turnScreen(on) {
    this.#tracks.put("screen", null);
    this.#tracks.put("sound", null);
    if (!on) return;
    const stream = await this.#asking("screen", () => captureScreen(this.#context.platform));
    if (!stream) return;
    this.#tracks.put("screen", stream.getVideoTracks()[0] ?? null);
    this.#tracks.put("sound", stream.getAudioTracks()[0] ?? null);
  }

  /**
   * @param {"microphone" | "camera"} kind
   * @returns {Promise<MediaStreamTrack | null>}
   */
  async #captured(kind) {
    const { platform, store } = this.#context;
    const track = await this.#asking(kind, () => captureDevice(platform, kind, store.get().settings[kind]));
    if (track) void this.refreshDevices(); // labels are told from now on
    return track;
  }

  /**
   * @template T
   * @param {Source} source
   * @param {() => Promise<T>} ask
   * @returns {Promise<T | null>}
   */
  async #asking(source, ask) {
    this.#note({ asking: source });
    try {
      return await ask();
    } catch (error) {
      this.#fault(source, error instanceof MediaRefused ? error.code : "media_failed");
      return null;
    } finally {
      this.#note({ asking: "" });
    }
  }

  /** The device is gone, or the person stopped it in the browser. @param {Slot} slot */
  #ended(slot) {
    const track = this.#tracks.in(slot);
    this.#tracks.put(slot, null);
    if (slot === "sound") return;
    if (slot === "screen") return void this.set({ screen: false }).catch(() => undefined);
    this.#queue = this.#queue.then(() => this.#goOnWithout(slot, track?.getSettings?.().deviceId ?? "")).catch(() => undefined);
  }

  /**
   * Another microphone takes the place of one that was unplugged. Another camera does not: it shows something else.
   * @param {"microphone" | "camera"} kind
   * @param {string} device what it was
   */
  async #goOnWithout(kind, device) {
    if (this.#tracks.in(kind) || !this.#context.store.get().media[kind]) return this.onTracks.tell();
    await this.refreshDevices().catch(() => undefined);
    const replaced = kind === "microphone" && isUnplugged(device, this.#context.store.get().devices.microphones);
    const track = replaced ? await this.#captured(kind) : null;
    if (!track) return this.#apply({ [kind]: false }).then(() => this.#fault(kind, "device_lost"));
    this.#tracks.put(kind, Object.assign(track, { enabled: this.#context.store.get().media[kind] }));
    return this.onTracks.tell();
  }

  /**
   * @param {Source} source
   * @param {import("../state/types.js").MediaProblem} problem why it is not on
   */
  #fault(source, problem) {
    this.#note({ problems: { ...this.#context.store.get().media.problems, [source]: problem } });
  }

  /** @param {Partial<LocalMedia>} change */
  #note(change) {
    this.#context.store.update((state) => mediaChanged(state, change));
  }
}
