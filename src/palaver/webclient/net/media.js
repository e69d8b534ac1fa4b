// @ts-check
/**
 * What one sends: microphone, camera and screen, shared by the call and by those who watch. Turning a camera off frees the
 * device; muting a microphone keeps it.
 * @module
 */

import { isToldOtherwise, mediaChanged } from "../state/calls.js";
import { captureDevice, captureScreen, isUnplugged, listDevices, MediaRefused } from "./capture.js";
import { Listeners } from "./listeners.js";
import { AskRefused } from "./protocol.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./wire.js").MediaChanges} MediaChanges */
/** @typedef {import("./sending.js").Slot} Slot */
/** @typedef {import("./sending.js").Sent} Sent */
/** @typedef {"microphone" | "camera" | "screen"} Source */

/** @type {Source[]} */
const SOURCES = ["microphone", "camera", "screen"];
/** The server hears of it later, when the connection is back. */
const LATER = new Set(["not_connected", "connection_lost", "timed_out", "session_over", "not_identified"]);

export class Media {
  /** What is sent has changed. @type {Listeners<[]>} */
  onTracks = new Listeners();

  #context;
  #streams;
  /** @type {Partial<Record<Slot, MediaStreamTrack>>} */
  #tracks = {};
  /** @type {MediaStream | null} */
  #cameraStream = null;
  /** @type {MediaStream | null} */
  #screenStream = null;
  /** @type {Promise<unknown>} */
  #queue = Promise.resolve();

  /**
   * @param {Context} context
   * @param {import("./streams.js").Streams} streams
   */
  constructor(context, streams) {
    this.#context = context;
    this.#streams = streams;
    context.connection.onEvent.add((event) => {
      if (event.type === "camera_stopped") void this.set({ camera: false }).catch(() => undefined);
    });
    context.store.subscribe((state, before) => {
      // Rules that were chosen at an earlier visit hold from the first moment in a room.
      const came = state.rooms !== before.rooms && Object.values(state.rooms).some(({ id, phase }) => phase === "joined" && before.rooms[id]?.phase !== "joined");
      if (came) void this.reassert();
    });
    context.platform.mediaDevices?.addEventListener?.("devicechange", () => void this.refreshDevices());
  }

  /** @returns {Partial<Record<Slot, Sent>>} what a peer is to be sent */
  sent() {
    /** @type {Partial<Record<Slot, Sent>>} */
    const sent = {};
    for (const [slot, track] of Object.entries(this.#tracks)) {
      const stream = slot === "screen" || slot === "sound" ? this.#screenStream : this.#cameraStream;
      if (stream) sent[/** @type {Slot} */ (slot)] = { track, stream };
    }
    return sent;
  }

  /**
   * Turns things on and off, one request after the other. What the browser refuses stays off, with `media.problem` set.
   * @param {MediaChanges} changes
   * @returns {Promise<void>}
   */
  set(changes) {
    const done = this.#queue.then(() => this.#apply(changes));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Tells the server what is sent, where it does not know. Never rejected. @returns {Promise<void>} */
  async reassert() {
    const state = this.#context.store.get();
    if (!isToldOtherwise(state)) return;
    const { microphone, camera, screen, rules } = state.media;
    await this.#tellServer({ microphone, camera, screen, rules }).catch(() => undefined);
  }

  /**
   * @param {"microphone" | "camera"} kind
   * @returns {Promise<void>} settled when the device chosen in the settings is in use, if any is
   */
  changeDevice(kind) {
    const done = this.#queue.then(async () => {
      if (!this.#tracks[kind]) return;
      const track = await this.#captured(kind);
      if (!track) return;
      track.enabled = this.#tracks[kind]?.enabled ?? true;
      this.#put(kind, track);
      this.onTracks.tell();
    });
    this.#queue = done;
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
      this.#put("microphone", null);
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
    for (const slot of /** @type {Slot[]} */ (Object.keys(this.#tracks))) this.#put(slot, null);
    this.#note({ microphone: false, camera: false, screen: false });
    this.onTracks.tell();
  }

  /** @param {MediaChanges} changes */
  async #apply(changes) {
    const before = this.#context.store.get().media;
    // Who has no microphone still reads so when the camera goes on; nobody needs to read for long that no screen was chosen.
    const stays = before.problemOf && before.problemOf !== "screen" && !(before.problemOf in changes) && Object.keys(changes).length > 0;
    this.#note({ ...(!stays && { problem: "", problemOf: "" }), ...(changes.rules && { rules: changes.rules }) });
    for (const source of SOURCES) {
      const on = changes[source];
      if (on !== undefined && on !== this.#context.store.get().media[source]) await this.#turn(source, on);
    }
    const after = this.#context.store.get().media;
    const changed = [...SOURCES, /** @type {const} */ ("rules")].filter((name) => before[name] !== after[name]);
    if (changed.length === 0) return;
    this.onTracks.tell();
    await this.#announce(Object.fromEntries(changed.map((name) => [name, after[name]])));
  }

  /** @param {MediaChanges} changes */
  async #announce(changes) {
    try {
      await this.#tellServer(changes);
    } catch (error) {
      if (error instanceof AskRefused && LATER.has(error.code)) return;
      for (const source of SOURCES) if (changes[source]) await this.#turn(source, false);
      this.onTracks.tell();
      throw error;
    }
  }

  /** @param {MediaChanges} changes */
  async #tellServer(changes) {
    await this.#context.connection.ask({ type: "set_media", ...changes });
  }

  /**
   * @param {Source} source
   * @param {boolean} on
   */
  async #turn(source, on) {
    if (source === "microphone" && this.#tracks.microphone) {
      this.#tracks.microphone.enabled = on;
    } else if (source === "screen") {
      await this.#turnScreen(on);
    } else if (on) {
      const track = await this.#captured(source);
      if (track) this.#put(source, track);
    } else {
      this.#put(source, null);
    }
    const track = this.#tracks[source];
    this.#note({ [source]: Boolean(track?.enabled) });
  }

  /** @param {boolean} on */
  async #turnScreen(on) {
    this.#put("screen", null);
    this.#put("sound", null);
    if (!on) return;
    const stream = await this.#asking("screen", () => captureScreen(this.#context.platform));
    if (!stream) return;
    this.#put("screen", stream.getVideoTracks()[0] ?? null);
    this.#put("sound", stream.getAudioTracks()[0] ?? null);
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
      this.#note({ problem: error instanceof MediaRefused ? error.code : "media_failed", problemOf: source });
      return null;
    } finally {
      this.#note({ asking: "" });
    }
  }

  /**
   * Puts a track in its place, and stops the one before.
   * @param {Slot} slot
   * @param {MediaStreamTrack | null} track
   */
  #put(slot, track) {
    const { platform } = this.#context;
    const ofScreen = slot === "screen" || slot === "sound";
    const stream = ofScreen ? (this.#screenStream ??= platform.newStream()) : (this.#cameraStream ??= platform.newStream());
    const before = this.#tracks[slot];
    if (before) {
      before.onended = null;
      stream.removeTrack(before);
      before.stop();
      delete this.#tracks[slot];
    }
    if (track) {
      this.#tracks[slot] = track;
      stream.addTrack(track);
      track.onended = () => this.#ended(slot);
    }
    const id = stream.getTracks().length > 0 ? this.#streams.add(stream, ofScreen ? "own:screen" : "own:camera") : "";
    this.#note(ofScreen ? { screenStream: id } : { cameraStream: id });
  }

  /** The device is gone, or the person stopped it in the browser. @param {Slot} slot */
  #ended(slot) {
    const track = this.#tracks[slot];
    this.#put(slot, null);
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
    if (this.#tracks[kind] || !this.#context.store.get().media[kind]) return this.onTracks.tell();
    await this.refreshDevices().catch(() => undefined);
    const replaced = kind === "microphone" && isUnplugged(device, this.#context.store.get().devices.microphones);
    const track = replaced ? await this.#captured(kind) : null;
    if (track) this.#put(kind, track);
    else await this.#apply({ [kind]: false });
    if (!track) return this.#note({ problem: "device_lost", problemOf: kind });
    return this.onTracks.tell();
  }

  /** @param {Partial<import("../state/types.js").LocalMedia>} change */
  #note(change) {
    this.#context.store.update((state) => mediaChanged(state, change));
  }
}
