"""Knows an event stream on a socket of its own, once the head of its response is sent: chunks out, nothing in.

As a response of an ASGI server an idle stream holds its request, a task and the frames of every layer above; as a protocol
on the bare transport it holds this one object.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from palaver.codecs.websocket import ABNORMAL, INTERNAL_ERROR, NORMAL, SLOW
from palaver.core.disconnects import RESTARTING
from palaver.transports.connection import Listener, PeerInfo, tell_closed, write_mark

log = structlog.get_logger(__name__)

_LAST_CHUNK = b"0\r\n\r\n"


class StreamSocket(asyncio.Protocol):
    """One event stream; a `Connection` that takes events encoded by `codecs.sse` and receives nothing."""

    __slots__ = ("_close_timeout_s", "_end", "_members", "_open", "_timer", "_transport", "listener", "peer")

    framing: str = "sse"
    max_message_bytes: int = 0

    def __init__(
        self,
        transport: asyncio.Transport,
        peer: PeerInfo,
        listener: Listener,
        *,
        budget_bytes: int,
        close_timeout_s: float,
        members: tuple[Any, ...],
    ) -> None:
        """`members` are the sets of open connections in which this one stands."""
        self.peer = PeerInfo(peer.path, b"", (), peer.remote, secure=peer.secure)  # its headers were read
        self._transport = transport
        self.listener = listener
        self._close_timeout_s = close_timeout_s
        self._members = members
        self._open = True
        self._end = (ABNORMAL, "", False)
        self._timer: asyncio.TimerHandle | None = None
        mark = write_mark(budget_bytes)
        transport.set_write_buffer_limits(high=mark, low=mark)

    def begin(self) -> None:
        """Take the transport over."""
        self._transport.set_protocol(self)
        for each in self._members:
            each.add(self)
        log.debug("connection_opened", framing=self.framing, path=self.peer.path, remote=self.peer.remote)
        try:
            self.listener.opened(self)
        except Exception:
            log.exception("listener_failed", path=self.peer.path, remote=self.peer.remote)
            self.close(INTERNAL_ERROR, "internal error")

    # --- Connection --------------------------------------------------------------------------------------------------

    @property
    def unsent_bytes(self) -> int:
        """How much was written that the socket has not taken."""
        return self._transport.get_write_buffer_size()

    def write(self, data: bytes, /) -> None:
        """Send bytes as one chunk of the response (RFC 9112 §7.1)."""
        if self._open and data:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Complete the response after what was written; the socket ends with it."""
        if not self._open:
            return
        self._open = False
        self._end = (code, reason, True)
        if not self._transport.is_closing():
            self._transport.write(_LAST_CHUNK)
            self._timer = asyncio.get_running_loop().call_later(self._close_timeout_s, self.abort)
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection without flushing."""
        self._open = False
        self._end = (*self._end[:2], False)
        self._transport.abort()

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""

    # --- asyncio.Protocol and uvicorn --------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take no further request: this response has no end behind which it could be answered."""

    def pause_writing(self) -> None:
        """Note that the reader is over budget. Runs inside somebody's `write`, so closing waits for the next turn."""
        if self._open:
            asyncio.get_running_loop().call_soon(self._close_if_slow)

    def resume_writing(self) -> None:
        """Nothing waits for this: `write` never blocks."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, whatever ended it."""
        self._open = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for each in self._members:
            each.discard(self)
        code, reason, clean = self._end
        tell_closed(self, code, reason, clean=clean)

    def shutdown(self) -> None:
        """Called by uvicorn once when it stops."""
        self.close(RESTARTING.code, RESTARTING.reason)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _close_if_slow(self) -> None:
        if not self._open or self._transport.is_closing():
            return
        log.info("connection_slow", path=self.peer.path, remote=self.peer.remote, behind_bytes=self.unsent_bytes)
        self.close(SLOW, "reading too slowly")
        tell_closed(self, SLOW, "reading too slowly", clean=False)
