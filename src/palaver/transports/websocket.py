"""Knows WebSocket connections on uvicorn's sockets: flow, closing, keepalive; bytes are left to `codecs.websocket`."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from palaver.codecs import websocket as wire
from palaver.transports.connection import BUDGET_BYTES, Listener, PeerInfo, tell_closed, write_mark
from palaver.transports.draining import Drain, tell_in_close_frame
from palaver.transports.keepalive import Rounds
from palaver.transports.unfinished import MUCH_BYTES, Unfinished

log = structlog.get_logger(__name__)

_OPEN, _CLOSING, _LOST = range(3)
_MESSAGES = (wire.TEXT, wire.BINARY)
_PING = wire.ping_frame()
_IDLE_FRAMES = wire.PARTS_AT_ONCE
_REST_S = 0.05
"""Pings, pongs and fragments tell the listener nothing, so that its rate does not hold them: after so many of them in
one go the connection is not read for so long, and the others have their turn."""


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """How much and how long is put up with; every limit takes 0 for off."""

    max_message_bytes: int = 1 << 16
    """Before the listener sets another on its connection."""
    budget_bytes: int = BUDGET_BYTES
    unfinished_bytes: int = 1 << 28
    """What all together may hold of messages that are not whole yet; over it, whoever holds most is closed with 1009."""
    ping_interval_s: float = 20.0
    """A connection that said nothing for this long (up to twice) is pinged."""
    silence_limit_s: float = 60.0
    """A connection that said nothing for this long, pings or not, is cut; at least two intervals."""
    close_timeout_s: float = 5.0
    """How long the peer may take for its half of the closing handshake."""


class Server(Protocol):
    """What a connection needs of the server."""

    connections: Rounds[WebSocketConnection]
    """Those that are open, which the server visits."""
    unfinished: Unfinished
    """What they all hold of messages that are not whole yet."""

    @property
    def settings(self) -> WebSocketSettings:
        """The limits now in force."""
        ...


class WebSocketConnection(asyncio.Protocol):
    """One WebSocket on a transport of the event loop; a `Connection` whose frames are those of `codecs.websocket`."""

    __slots__ = (
        "_behind",
        "_clear",
        "_code",
        "_descriptor",
        "_paused",
        "_quiet",
        "_reader",
        "_reason",
        "_registry",
        "_resting",
        "_server",
        "_state",
        "_stopped",
        "_timer",
        "_transport",
        "listener",
        "peer",
    )

    framing: str = "websocket"

    def __init__(
        self,
        server: Server,
        registry: set[Any],
        transport: asyncio.Transport,
        peer: PeerInfo,
        listener: Listener,
    ) -> None:
        """`registry` is uvicorn's set of connections that it asks to shut down."""
        self.peer = peer
        self._transport = transport
        self._behind = transport.get_write_buffer_size
        self._descriptor = _plain_descriptor(transport)
        self._clear = self._descriptor >= 0  # open, and nothing waits for the socket
        self._server = server
        self._registry = registry
        self.listener = listener
        self._reader = wire.FrameReader(server.settings.max_message_bytes or sys.maxsize)
        self._state = _OPEN
        self._paused = False  # the listener wants no message
        self._stopped = False  # the transport does not read
        self._resting = False  # after too many frames that tell the listener nothing
        self._quiet = 0  # visits since the peer was heard
        self._code, self._reason = wire.ABNORMAL, ""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, received: bytes = b"") -> None:
        """Take the transport over after 101 was written; `received` came in behind the request."""
        mark = write_mark(self._server.settings.budget_bytes)
        # Equal marks: between two marks a buffer could grow past the budget a second time unnoticed.
        self._transport.set_write_buffer_limits(high=mark, low=mark)
        self._transport.set_protocol(self)
        self._registry.add(self)
        self._server.connections.add(self)
        log.debug("websocket_opened", path=self.peer.path, remote=self.peer.remote)
        try:
            self.listener.opened(self)
        except Exception:
            self._broken()
        if received:
            self.data_received(received)

    # --- Connection --------------------------------------------------------------------------------------------------

    @property
    def max_message_bytes(self) -> int:
        """The largest message taken, in bytes; 0 is no limit. Holds for what is read after the change."""
        return 0 if self._reader.limit == sys.maxsize else self._reader.limit

    @max_message_bytes.setter
    def max_message_bytes(self, limit: int) -> None:
        self._reader.limit = limit or sys.maxsize

    @property
    def unsent_bytes(self) -> int:
        """How much was written that the socket has not taken."""
        return self._behind()

    def write(self, data: bytes, /) -> None:
        """Send frames. Does nothing once the connection is over, since a fan-out may come late by a turn.

        Where nothing waits to be sent, the socket is handed the bytes here and now: that costs a fifth less than the
        transport, which comes back to every socket at the end of the turn. What it does not take, the transport keeps.
        `os.write` costs the interpreter less than `socket.send`.
        """
        if self._clear:
            try:
                sent = os.write(self._descriptor, data)
            except OSError:  # full, or broken: the transport finds out which
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self._write_behind(data)

    def _write_behind(self, data: bytes) -> None:
        """Send behind what waits for the socket; once nothing does, the short way is open again."""
        if self._state != _OPEN:
            return
        if not self._clear and self._descriptor >= 0 and not self._behind():
            self._clear = True
            self.write(data)
            return
        self._clear = False
        self._transport.write(data)

    def close(self, code: int = wire.NORMAL, reason: str = "") -> None:
        """Start the closing handshake after what was written. Raises ValueError for a code that must not be sent."""
        if self._state == _OPEN:
            self._say_goodbye(code, reason)

    def abort(self) -> None:
        """Cut the connection without flushing; the listener is told later."""
        if self._state == _OPEN:
            self._state, self._clear = _CLOSING, False
        self._transport.abort()

    def pause_reading(self) -> None:
        """Deliver no further message until `resume_reading`; the socket pauses once there is something to hold."""
        if self._state == _OPEN:
            self._paused = True

    def resume_reading(self) -> None:
        """Go on delivering, within the running `received` or else from a later turn of the loop."""
        if self._paused:
            self._paused = False
            if self._stopped:
                asyncio.get_running_loop().call_soon(self._drain)

    # --- asyncio.Protocol --------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Deliver what is complete; the common case, one text frame, takes the short way."""
        self._quiet = 0
        if self._paused or self._state != _OPEN:
            self._reader.feed(data)
            self._drain()
        elif (text := self._reader.whole_text(data)) is not None:
            try:
                self.listener.received(text)
            except Exception:
                self._broken()
        else:
            self._drain()

    def pause_writing(self) -> None:
        """Note that the reader is over budget. Runs inside somebody's `write`, so closing waits for the next turn."""
        if self._state == _OPEN:
            asyncio.get_running_loop().call_soon(self._close_if_slow)

    def resume_writing(self) -> None:
        """Nothing waits for this: `write` never blocks."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, whatever ended it."""
        # Nothing is written from here on: the descriptor is closed now, and the next connection may get its number.
        self._state, self._clear = _LOST, False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._registry.discard(self)
        self._server.connections.discard(self)
        self._server.unfinished.forget(self)
        tell_closed(self, self._code, self._reason, clean=False)

    # --- uvicorn and the keepalive rounds ----------------------------------------------------------------------------

    def shutdown(self) -> None:
        """Called by uvicorn once when it stops."""
        tell_in_close_frame(self, Drain().wait_ms())

    def visit(self) -> None:
        """Ping a silent peer, cut a dead one. Called once in every ping interval."""
        if self._state != _OPEN:
            return
        if self._stopped:
            self.write(_PING)  # nobody who is not read is heard, but writing to one who is gone shows it
            return
        self._quiet += 1
        settings = self._server.settings
        silence_s = (self._quiet - 1) * settings.ping_interval_s  # at least
        if self._quiet > 2 and 0 < settings.silence_limit_s <= silence_s:
            log.info("websocket_silent", path=self.peer.path, remote=self.peer.remote, silence_s=silence_s)
            self.abort()
        elif self._quiet > 1:
            self.write(_PING)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Deliver what the reader holds until it is empty, the listener pauses, or much of it was nothing to deliver."""
        if self._state == _LOST or self._resting:
            return
        idle = 0
        try:
            while not self._paused and idle < _IDLE_FRAMES and (frame := self._reader.next()) is not None:
                opcode, payload = frame
                if opcode in _MESSAGES and self._state == _OPEN:
                    self._deliver(opcode, payload)
                    continue
                idle += 1 if opcode else _IDLE_FRAMES
                if opcode == wire.CLOSE:
                    self._peer_closed(*wire.read_close(payload))
                elif opcode == wire.PING:
                    self.write(wire.pong_frame(payload))
        except wire.ProtocolError as error:
            self._violated(error.code, str(error))
        if idle >= _IDLE_FRAMES:
            self._resting = True
            asyncio.get_running_loop().call_later(_REST_S, self._rested)
        pending = self._reader.pending
        if pending > MUCH_BYTES or self in self._server.unfinished:
            self._server.unfinished.note(self, pending, self._server.settings.unfinished_bytes)
        self._let_transport_read(not self._resting and not (self._paused and pending))

    def _rested(self) -> None:
        self._resting = False
        self._drain()

    def _deliver(self, opcode: int, payload: bytes) -> None:
        try:
            self.listener.received(payload, opcode == wire.BINARY)
        except Exception:
            self._broken()

    def _let_transport_read(self, wanted: bool) -> None:
        if self._transport.is_closing():
            return
        if wanted and self._stopped:
            self._stopped = False
            self._transport.resume_reading()
        elif not wanted and not self._stopped:
            self._stopped = True
            self._transport.pause_reading()

    def _peer_closed(self, code: int, reason: str) -> None:
        if self._state == _OPEN:
            self._say_goodbye(code, "")
            tell_closed(self, code, reason, clean=True)
        else:
            tell_closed(self, self._code, self._reason, clean=True)
        self._transport.close()

    def _violated(self, code: int, reason: str) -> None:
        """Fail the connection (RFC 6455 §7.1.7)."""
        log.info("websocket_violated", path=self.peer.path, remote=self.peer.remote, code=code, reason=reason)
        if self._state == _OPEN:
            self._say_goodbye(code, reason)
            tell_closed(self, code, reason, clean=False)
        self._hang_up()

    def give_up(self) -> None:
        """Drop the message that is under way, and the connection with it, since all together hold too much."""
        self._reader.stop()
        self._violated(wire.TOO_BIG, "too much is being sent at once")

    def _broken(self) -> None:
        """An exception escaped the listener: a bug of ours, which ends this connection alone."""
        log.exception("listener_failed", path=self.peer.path, remote=self.peer.remote)
        self.close(wire.INTERNAL_ERROR, "internal error")

    def _close_if_slow(self) -> None:
        behind = self._transport.get_write_buffer_size()
        if self._state == _OPEN and behind > write_mark(self._server.settings.budget_bytes):
            log.info("websocket_slow", path=self.peer.path, remote=self.peer.remote, behind_bytes=behind)
            self._say_goodbye(wire.SLOW, "reading too slowly")
            tell_closed(self, wire.SLOW, self._reason, clean=False)

    def _say_goodbye(self, code: int, reason: str) -> None:
        self.write(wire.close_frame(code, reason))
        self._state, self._clear = _CLOSING, False
        self._code, self._reason = code, reason
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._server.settings.close_timeout_s, self._transport.abort)
        if self._paused:
            # The peer's half of the handshake may stand behind messages that nobody wants any more.
            self._paused = False
            loop.call_soon(self._drain)

    def _hang_up(self) -> None:
        """End our half only: closing with unread bytes makes a reset that can overtake the close frame."""
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()


def _plain_descriptor(transport: asyncio.Transport) -> int:
    """Return the descriptor of the transport's socket, to write to; -1 where bytes must go another way, as under TLS."""
    held = transport.get_extra_info("socket")
    if held is None or transport.get_extra_info("ssl_object") is not None or sys.platform == "win32":
        return -1
    return int(held.fileno())
