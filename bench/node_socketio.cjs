// A chat server as people write it with Node and socket.io: one room, everybody's message to everybody else, offers by id.
'use strict';
const { createServer } = require('node:http');
const { Server } = require('socket.io');

const port = Number(process.argv[2]);
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
const seats = new Map();

io.on('connection', (socket) => {
  let name = '';
  socket.on('join', (wanted, done) => {
    name = wanted;
    seats.set(name, socket);
    socket.join('room');
    done();
  });
  socket.on('disconnect', () => seats.delete(name));
  socket.on('say', (content) => io.to('room').emit('said', { from: name, content, created: Date.now() }));
  socket.on('signal', (to, data) => seats.get(to)?.emit('signal', { from: name, data }));
});
http.listen(port, '127.0.0.1', 4096, () => console.log(`node listening on http://127.0.0.1:${port}`));
