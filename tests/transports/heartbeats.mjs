// Stays for as many heartbeats as it is told, and is still connected: `node heartbeats.mjs <library> <transports> <url>`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [library, transports, url] = process.argv.slice(2);
const io = createRequire(import.meta.url)(library);
setTimeout(() => {
  console.error("it took too long");
  process.exit(1);
}, 30_000).unref();
const socket = io(url, { transports: transports.split(","), forceNew: true, reconnection: false });
let ended = "";
socket.on("disconnect", (reason) => (ended = reason));
await new Promise((resolve) => socket.once("connect", resolve));
const word = library === "socket.io-client" ? "ping" : "pong"; // of the manager, on either side's beat
for (let beat = 0; beat < 3; beat += 1) {
  await new Promise((resolve) => (library === "socket.io-client" ? socket.io : socket).once(word, resolve));
  assert.equal(ended, "");
}
process.stdout.write("alive\n");
process.exit(0);
