// @ts-nocheck
/** Stand-ins for the clock, the socket and the server of `palaver.v1`. Nothing here waits for real time. */

export class FakeClock {
  time = 1_700_000_000_000;
  #timers = new Map();
  #ids = 0;

  now = () => this.time;

  setTimeout = (run, ms) => {
    const id = (this.#ids += 1);
    this.#timers.set(id, { at: this.time + ms, run });
    return id;
  };

  clearTimeout = (id) => void this.#timers.delete(id);

  /** Runs every timer that is due within `ms`, in order, and what they set off. */
  async advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets everything that is ready to happen, happen. */
export async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A server whose sockets are driven by the test. */
export class FakeServer {
  sockets = [];
  asks = [];
  reachable = true;
  /** type of ask → answer: an outcome, or a function of the ask; a refusal has a `code`. */
  answers = new Map();
  seq = 0;
  epoch = "e1";

  constructor() {
    const server = this;
    this.WebSocket = class FakeWebSocket {
      readyState = 0;
      onopen = null;
      onmessage = null;
      onclose = null;

      constructor(url, protocols) {
        this.url = url;
        this.protocols = protocols;
        server.sockets.push(this);
        if (server.reachable) queueMicrotask(() => this.readyState === 0 && server.accept(this));
      }

      send(text) {
        if (this.readyState !== 1) throw new Error("not open");
        server.received(this, JSON.parse(text));
      }

      close(code, reason) {
        this.readyState = 3;
        this.closedWith = { code, reason };
      }
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  accept(socket = this.socket) {
    socket.readyState = 1;
    socket.onopen?.();
  }

  /** Ends the latest connection from the server's side. */
  drop(code = 1006, reason = "") {
    const socket = this.socket;
    socket.readyState = 3;
    socket.onclose?.({ code, reason });
  }

  received(socket, { id, ask }) {
    this.asks.push(ask);
    const answer = this.answers.get(ask.type);
    if (answer === undefined) return;
    const said = typeof answer === "function" ? answer(ask, id) : answer;
    if (said) this.reply(id, said, socket);
  }

  reply(id, said, socket = this.socket) {
    const body = said.code ? { refusal: { text: "", params: {}, ...said } } : { outcome: said };
    this.say({ reply: id, ...body }, socket);
  }

  tell(event, seq = (this.seq += 1)) {
    this.say({ event, epoch: this.epoch, seq });
  }

  say(frame, socket = this.socket) {
    socket.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** What was asked with this word. */
  asked(type) {
    return this.asks.filter((ask) => ask.type === type);
  }
}

export const IDENTIFIED = {
  type: "identified",
  session: "aaa",
  resume_token: "secret-1",
  resume_s: 30,
  name: "ana",
  default_room: "lobby",
};

export const ANA = { session: "aaa", handle: "ana", joined_ms: 1 };
export const BOB = { session: "bbb", handle: "bob", joined_ms: 2 };

export function snapshotOf(room = "lobby", { you = ANA, others = [BOB], messages = [], position = { epoch: "e1", seq: 0 }, ...more } = {}) {
  return {
    room: { id: room, channels: [{ id: "main" }, { id: "side" }] },
    you,
    participants: [you, ...others],
    position,
    messages,
    ...more,
  };
}

export function messageOf(id, text, author = BOB, place = { in: "channel", room: "lobby", channel: "main" }, more = {}) {
  return { id, author: { session: author.session, handle: author.handle }, place, text, sent_ms: id, ...more };
}

/** Predictable chances, the same for every run. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A promise that the test keeps. */
export function later() {
  let resolve;
  return { promise: new Promise((done) => (resolve = done)), resolve };
}
