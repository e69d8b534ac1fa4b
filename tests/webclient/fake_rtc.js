// @ts-nocheck
/** A stand-in for the browser's peer connections: the signalling states of JSEP (RFC 9429), without any network. */

let count = 0;

export class FakeTrack extends EventTarget {
  enabled = true;
  muted = false;
  readyState = "live";
  constructor(kind) {
    super();
    this.kind = kind;
    this.id = `track${(count += 1)}`;
  }
  stop() {
    this.readyState = "ended";
  }
  clone() {
    return Object.assign(new FakeTrack(this.kind), { enabled: this.enabled });
  }
}

export class FakeStream {
  constructor(tracks = [], id = `stream${(count += 1)}`) {
    this.id = id;
    this.tracks = [...tracks];
  }
  getTracks = () => [...this.tracks];
  getAudioTracks = () => this.tracks.filter((track) => track.kind === "audio");
  getVideoTracks = () => this.tracks.filter((track) => track.kind === "video");
  addTrack(track) {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }
  removeTrack(track) {
    this.tracks = this.tracks.filter((one) => one !== track);
  }
}

class Sender {
  streams = [];
  parameters = { encodings: [{ active: true }] };
  constructor(pc, track) {
    this.pc = pc;
    this.track = track;
  }
  async replaceTrack(track) {
    this.track = track;
  }
  getParameters = () => structuredClone(this.parameters);
  async setParameters(parameters) {
    this.parameters = parameters;
  }
  setStreams(...streams) {
    this.streams = streams;
    this.pc.need();
  }
}

class Transceiver {
  #direction;
  currentDirection = null;
  constructor(pc, kind, direction, track = null) {
    this.pc = pc;
    this.sender = new Sender(pc, track);
    this.receiver = { track: new FakeTrack(kind) };
    this.#direction = direction;
  }
  get direction() {
    return this.#direction;
  }
  set direction(value) {
    if (value === this.#direction) return;
    this.#direction = value;
    this.pc.need();
  }
}

/** Descriptions are JSON: which connection made it, its number, and what each transceiver sends on which stream. */
export class FakePeerConnection {
  static all = [];
  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  candidates = [];
  restarts = 0;
  transceivers = [];
  #restart = false;
  #told = false;
  #negotiated = "";
  #offered = "";

  constructor(configuration) {
    this.configuration = configuration;
    this.name = `pc${(count += 1)}`;
    FakePeerConnection.all.push(this);
  }

  addTransceiver(kind, { direction }) {
    const transceiver = new Transceiver(this, kind, direction);
    this.transceivers.push(transceiver);
    this.need();
    return transceiver;
  }

  addTrack(track, stream) {
    const free = this.transceivers.find((one) => one.receiver.track.kind === track.kind && one.sender.track === null && one.direction === "recvonly");
    const transceiver = free ?? new Transceiver(this, track.kind, "sendrecv");
    if (!free) this.transceivers.push(transceiver);
    transceiver.sender.track = track;
    transceiver.sender.streams = [stream];
    transceiver.direction = "sendrecv";
    this.need();
    return transceiver.sender;
  }

  getTransceivers = () => this.transceivers;
  getConfiguration = () => this.configuration;
  setConfiguration = (configuration) => void (this.configuration = configuration);
  getStats = async () => new Map();

  restartIce() {
    this.restarts += 1;
    this.#restart = true;
    this.need();
  }

  need() {
    queueMicrotask(() => this.#tellNeed());
  }

  /** What is negotiated: directions, and the streams of what is sent (WebRTC §4.7.3). */
  get #directions() {
    const streams = ({ direction, sender }) => (direction.startsWith("send") ? sender.streams.map(({ id }) => id) : []);
    return this.transceivers.map((one) => [one.direction, ...streams(one)].join(" ")).join();
  }

  #tellNeed() {
    if (this.signalingState !== "stable" || this.#told) return;
    this.#told = this.#restart || this.#directions !== this.#negotiated;
    if (this.#told) this.onnegotiationneeded?.();
  }

  async setLocalDescription() {
    await Promise.resolve();
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    if (this.signalingState === "closed") throw new Error("InvalidStateError");
    if (type === "offer") this.#offered = this.#directions;
    this.localDescription = { type, sdp: JSON.stringify({ from: this.name, n: (count += 1), sends: this.#sends() }) };
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    this.#settle();
    this.onicecandidate?.({ candidate: { toJSON: () => ({ candidate: `route of ${this.name}` }) } });
  }

  async setRemoteDescription({ type, sdp }) {
    const wanted = type === "offer" ? ["stable", "have-local-offer"] : ["have-local-offer"];
    if (!wanted.includes(this.signalingState)) throw new Error(`InvalidStateError: ${type} in ${this.signalingState}`);
    this.remoteDescription = { type, sdp };
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    this.#receive(JSON.parse(sdp));
    await Promise.resolve();
    this.#settle();
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error("InvalidStateError");
    this.candidates.push(candidate);
  }

  close() {
    this.signalingState = "closed";
    this.connectionState = "closed";
  }

  move(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  #sends() {
    return this.transceivers.map(({ sender, receiver, direction }) => ({
      kind: receiver.track.kind,
      stream: direction.startsWith("send") && sender.track ? sender.streams[0].id : "",
    }));
  }

  #receive({ sends }) {
    const streams = new Map();
    sends.forEach(({ kind, stream }, at) => {
      const same = this.transceivers.filter((one) => one.receiver.track.kind === kind);
      const nth = sends.slice(0, at).filter((one) => one.kind === kind).length;
      const transceiver = same[nth] ?? new Transceiver(this, kind, "recvonly");
      if (!same[nth]) this.transceivers.push(transceiver);
      if (!stream) return;
      if (!streams.has(stream)) streams.set(stream, new FakeStream([], stream));
      streams.get(stream).addTrack(transceiver.receiver.track);
      this.ontrack?.({ track: transceiver.receiver.track, streams: [streams.get(stream)] });
    });
  }

  #settle() {
    if (this.signalingState !== "stable") return;
    this.#restart = this.#told = false;
    this.#negotiated = this.localDescription?.type === "offer" ? this.#offered : this.#directions;
    queueMicrotask(() => this.#tellNeed());
    if (this.localDescription && this.remoteDescription && this.connectionState !== "connected") this.move("connected");
  }
}

export class FakeMediaDevices extends EventTarget {
  refusals = new Map();
  asked = [];
  /** What a person has to answer first. */
  prompt = Promise.resolve();
  plugged = [{ kind: "audioinput", deviceId: "mic1", label: "Mic" }, { kind: "videoinput", deviceId: "cam1", label: "Cam" }];

  async getUserMedia(constraints) {
    this.asked.push(constraints);
    await this.prompt;
    const kinds = ["audio", "video"].filter((kind) => constraints[kind]);
    const refusal = kinds.map((kind) => this.refusals.get(kind)).find(Boolean);
    if (refusal) throw Object.assign(new Error(refusal), { name: refusal });
    const deviceOf = (kind) => this.plugged.find((device) => device.kind === `${kind}input`)?.deviceId;
    return new FakeStream(kinds.map((kind) => Object.assign(new FakeTrack(kind), { getSettings: () => ({ deviceId: deviceOf(kind) }) })));
  }

  async getDisplayMedia() {
    const refusal = this.refusals.get("screen");
    if (refusal) throw Object.assign(new Error(refusal), { name: refusal });
    return new FakeStream([new FakeTrack("video"), new FakeTrack("audio")]);
  }

  async enumerateDevices() {
    return this.plugged;
  }
}
