// Loses its connection and comes back: `node recovery.mjs <library> <transports> <url>`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [library, transports, url] = process.argv.slice(2);
const io = createRequire(import.meta.url)(library);
setTimeout(() => {
  console.error("it took too long");
  process.exit(1);
}, 30_000).unref();

const open = () => io(url, { transports: transports.split(","), forceNew: true, reconnectionDelay: 300, reconnectionDelayMax: 300 });
const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
const ask = (socket, ...args) => new Promise((resolve) => socket.emit(...args, resolve));

const ana = open();
const bob = open();
await Promise.all([next(ana, "connect"), next(bob, "connect")]);
assert.equal(ana.recovered, false);
await ask(ana, "enter", "Ana");
const joined = next(ana, "joined");
await ask(bob, "enter", "Bob");
await joined;

const { id } = ana;
const heard = [];
for (const event of ["said", "joined", "left", "refused"]) ana.on(event, (...args) => heard.push([event, ...args]));
const lost = next(ana, "disconnect");
const back = next(ana, "connect");
// The network goes away under the library, or a request fails that the server goes on answering.
const { transport } = ana.io.engine;
if (transport.name === "websocket") transport.ws.terminate();
else transport.onError("xhr poll error");
await lost;
await ask(bob, "say", "one");
await ask(bob, "say", "two");
await back;
assert.equal(ana.recovered, true);
assert.equal(ana.id, id);
const three = next(ana, "said");
await ask(bob, "say", "three");
await three;
assert.deepEqual(heard.map(([event, who, text]) => [event, who, text]), [
  ["said", "Bob", "one"],
  ["said", "Bob", "two"],
  ["said", "Bob", "three"],
]);
// The same person is there: nobody left, and she speaks.
assert.deepEqual(await ask(ana, "say", "four"), { ok: true });
process.stdout.write("recovered\n");
process.exit(0);
