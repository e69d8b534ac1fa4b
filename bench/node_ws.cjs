// A chat server as people write it with Node and `ws`: parses each frame, says who sent it, sends it on.
// {"type":"signal","to":"7"} goes to the connection whose request target was /7, anything else to everybody.
'use strict';
const { createServer } = require('node:http');
const { WebSocketServer } = require('ws');

const port = Number(process.argv[2]);
const seats = new Map();
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

sockets.on('connection', (socket, request) => {
  const name = request.url.slice(1);
  seats.set(name, socket);
  socket.on('error', () => socket.terminate());
  socket.on('close', () => seats.delete(name));
  socket.on('message', (bytes) => {
    const { type, to, data } = JSON.parse(bytes);
    const text = Buffer.from(JSON.stringify({ type, from: name, data }));
    const readers = type === 'signal' ? [seats.get(to)] : seats.values();
    for (const reader of readers) reader?.send(text, { binary: false });
  });
});
http.listen(port, '127.0.0.1', 4096, () => console.log(`node listening on http://127.0.0.1:${port}`));
