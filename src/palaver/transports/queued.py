"""Knows connections that are sent to by awaiting: a queue bounded in bytes and its end; wires are left to others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from palaver.codecs.websocket import ABNORMAL, INTERNAL_ERROR, NORMAL, SLOW
from palaver.transports.connection import Listener, PeerInfo

log = structlog.get_logger(__name__)

_BATCH_BYTES = 1 << 16


class QueuedConnection:
    """A `Connection` over ASGI: idle, one task that waits for the peer; a second lives only while something is sent.

    A subclass says how a batch and the farewell are sent, and gives `_live` what waits for the peer's end.
    """

    __slots__ = (
        "_aborted",
        "_budget",
        "_close_timeout_s",
        "_end",
        "_main",
        "_open",
        "_over",
        "_queue",
        "_queued_bytes",
        "_sender",
        "_timer",
        "_told",
        "listener",
        "max_message_bytes",
        "peer",
    )

    framing: str

    def __init__(self, peer: PeerInfo, listener: Listener, budget_bytes: int, close_timeout_s: float) -> None:
        self.peer = peer
        self.max_message_bytes = 0
        self.listener = listener
        self._budget = budget_bytes
        self._close_timeout_s = close_timeout_s
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._open = True
        self._over = False
        self._aborted = False
        self._told = False
        self._end = (ABNORMAL, "", False)
        self._sender: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._main: asyncio.Task[Any] | None = None

    # --- Connection --------------------------------------------------------------------------------------------------

    @property
    def unsent_bytes(self) -> int:
        """How much was written that was not sent yet."""
        return self._queued_bytes

    def write(self, data: bytes, /) -> None:
        """Queue one frame; what is queued in one turn of the loop is sent together."""
        if not self._open:
            return
        self._queue.append(data)
        self._queued_bytes += len(data)
        self._send_soon()
        if self._budget and self._queued_bytes > self._budget and not self._over:
            self._over = True
            asyncio.get_running_loop().call_soon(self._close_if_slow)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Send what is queued, then the farewell; cut the connection when that takes too long."""
        if self._open:
            self._open = False
            self._end = (code, reason, False)
            self._timer = asyncio.get_running_loop().call_later(self._close_timeout_s, self.abort)
            self._send_soon()

    def abort(self) -> None:
        """End the connection without flushing."""
        self._open = False
        self._end = (*self._end[:2], False)
        self._aborted = True
        self._queue.clear()
        self._cut()

    def pause_reading(self) -> None:
        """Nothing is read on most queued connections."""

    def resume_reading(self) -> None:
        """Nothing is read on most queued connections."""

    # --- for subclasses ----------------------------------------------------------------------------------------------

    async def _send_batch(self, batch: list[bytes]) -> None:
        raise NotImplementedError

    async def _send_farewell(self, code: int, reason: str) -> None:
        raise NotImplementedError

    async def _live(self, until_gone: Awaitable[None]) -> None:
        """Tell the listener `opened`, wait for the peer's end or ours, tell `closed`."""
        self._main = asyncio.current_task()
        log.debug("connection_opened", framing=self.framing, path=self.peer.path, remote=self.peer.remote)
        try:
            self._call(self.listener.opened, self)
            await until_gone
        except asyncio.CancelledError:
            if not self._aborted or self._main is None:
                raise
            self._main.uncancel()
        finally:
            self._open = False
            for handle in (self._timer, self._sender):
                if handle is not None:
                    handle.cancel()
            self._tell_closed(*self._end)

    def _cut(self) -> None:
        """End the waiting in `_live`; a subclass that can reach the socket does better."""
        if self._main is not None:
            self._main.cancel()

    def _call(self, method: Callable[..., None], *arguments: Any) -> None:
        """Call the listener; a bug there ends this connection alone."""
        try:
            method(*arguments)
        except Exception:
            log.exception("listener_failed", path=self.peer.path, remote=self.peer.remote)
            self.close(INTERNAL_ERROR, "internal error")

    def _ended(self, code: int, reason: str, clean: bool) -> None:
        """Note how it ended; code and reason of an end that we began stay ours."""
        self._end = (code, reason, clean) if self._open else (*self._end[:2], clean)
        self._open = False

    # --- inside ------------------------------------------------------------------------------------------------------

    def _send_soon(self) -> None:
        if self._sender is None and self._main is not None:
            self._sender = asyncio.get_running_loop().create_task(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._queue:
                batch = self._next_batch()
                await self._send_batch(batch)
                self._queued_bytes -= sum(map(len, batch))
            if not self._open and not self._aborted:
                await self._send_farewell(*self._end[:2])
        except Exception as error:
            # Servers differ in what they raise once the peer is gone; the receiving side learns of it too.
            log.debug("sending_failed", path=self.peer.path, remote=self.peer.remote, error=type(error).__name__)
            self.abort()
        finally:
            self._sender = None

    def _next_batch(self) -> list[bytes]:
        batch = [self._queue.popleft()]
        size = len(batch[0])
        while self._queue and (size := size + len(self._queue[0])) <= _BATCH_BYTES:
            batch.append(self._queue.popleft())
        return batch

    def _close_if_slow(self) -> None:
        self._over = False
        if self._open and self._queued_bytes > self._budget:
            log.info("connection_slow", path=self.peer.path, remote=self.peer.remote, behind_bytes=self._queued_bytes)
            self._queue.clear()
            self.close(SLOW, "reading too slowly")
            self._tell_closed(SLOW, "reading too slowly", False)

    def _tell_closed(self, code: int, reason: str, clean: bool) -> None:
        if self._told:
            return
        self._told = True
        log.debug("connection_closed", path=self.peer.path, remote=self.peer.remote, code=code, clean=clean)
        self._call(self.listener.closed, code, reason, clean)
