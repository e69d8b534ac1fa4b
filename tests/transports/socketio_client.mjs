// Speaks to the small dialect of talk.py with the real client library: `node socketio_client.mjs <library> <transports> <url>`.
// Ends with 0 when everything happened as it must, else with 1 and what went wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [library, transports, url] = process.argv.slice(2);
const io = createRequire(import.meta.url)(library);
const newer = library === "socket.io-client";
const deadline = setTimeout(() => {
  console.error("it took too long");
  process.exit(1);
}, 30_000);

const open = (options = {}, where = url) =>
  io(where, { transports: transports.split(","), forceNew: true, reconnectionDelay: 10, ...options });
const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
const ask = (socket, ...args) => new Promise((resolve) => socket.emit(...args, resolve));

const ana = open(newer ? { auth: { token: "good" } } : { query: { token: "good" } });
await next(ana, "connect");

// An answer, an event, and text that is longer in bytes than in characters.
const welcome = next(ana, "welcome");
assert.deepEqual(await ask(ana, "enter", "Ana"), { ok: true });
assert.deepEqual((await welcome)[0], ["Ana"]);
const bob = open();
await next(bob, "connect");
const joined = next(ana, "joined");
assert.deepEqual(await ask(bob, "enter", "Zoë 😀"), { ok: true });
assert.equal((await joined)[0], "Zoë 😀");

const heard = [next(ana, "said"), next(bob, "said")];
bob.emit("say", "hello 😀 \u2028 €");
for (const said of await Promise.all(heard)) assert.deepEqual(said.slice(0, 2), ["Zoë 😀", "hello 😀 \u2028 €"]);

// Many at once keep their order.
const texts = Array.from({ length: 100 }, (_, number) => `${number} 😀`);
const echoes = await Promise.all(texts.map((text) => ask(ana, "echo", text)));
assert.deepEqual(echoes, texts);

// Attachments in both directions, beside text and nested.
const bytes = Buffer.from([0, 1, 2, 30, 254, 255]);
const [first, second] = await new Promise((resolve) =>
  ana.emit("echo", bytes, { text: "é", empty: [] }, (...args) => resolve(args)),
);
assert.deepEqual(Buffer.from(first), bytes);
assert.deepEqual(second, { text: "é", empty: [] });
const echoed = next(ana, "echo");
ana.emit("echo", bytes, bytes, "tail");
assert.deepEqual((await echoed).slice(0, 3).map((each) => (typeof each === "string" ? each : [...each])), [
  [...bytes],
  [...bytes],
  "tail",
]);

// Something large, both ways.
const large = "😀".repeat(50_000);
assert.equal(await ask(ana, "echo", large), large);

// What is refused, in an answer and without one.
assert.deepEqual(await ask(ana, "enter", "Again"), { ok: false, code: "already_joined" });
const refused = next(ana, "refused");
ana.emit("nonsense");
assert.equal((await refused)[0], "malformed");

// Namespaces that do not exist, and somebody who is turned away.
const nowhere = open({}, `${url}/nowhere`);
const [problem] = await next(nowhere, newer ? "connect_error" : "error");
assert.equal(newer ? problem.message : problem, "Invalid namespace");
nowhere.close();
const bad = open({ reconnection: false, ...(newer ? { auth: { token: "bad" } } : { query: { token: "bad" } }) });
const [turnedAway] = await next(bad, newer ? "connect_error" : "error");
assert.match(newer ? turnedAway.message : turnedAway, /it is bad/);
if (newer) assert.equal(turnedAway.data.code, "token_invalid");
bad.close();

const carrier = ana.io.engine.transport.name;
assert.equal(carrier, transports === "polling" ? "polling" : "websocket");

// A goodbye of either side.
const left = next(ana, "left");
bob.disconnect();
assert.equal((await left)[0], "Zoë 😀");
const parted = next(ana, "disconnect");
ana.emit("leave");
assert.equal((await parted)[0], "io server disconnect");

clearTimeout(deadline);
process.stdout.write(`${carrier}\n`);
process.exit(0);
