"""A pretended WebSocket, whose other end is the conversation of a real hub."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes import FakeClock

from palaver.transports.connection import HttpRefusal, Listener, PeerInfo
from palaver.transports.reception import Reception

LIMIT_BEFORE_SESSION = 64 * 1024


@dataclass(frozen=True)
class Closed:
    """The server ended a connection."""

    code: int
    reason: str


class FakeConnection:
    """One end of a pretended WebSocket: reads the server's frames, keeps its limit and its pauses."""

    framing = "websocket"
    unsent_bytes = 0

    def __init__(self, peer: PeerInfo, max_message_bytes: int = LIMIT_BEFORE_SESSION) -> None:
        self.peer = peer
        self.max_message_bytes = max_message_bytes
        self.inbox: deque[bytes | Closed] = deque()
        self.paused = False
        self.listener: Listener
        self._open = True
        self._unread: deque[tuple[bytes, bool]] = deque()

    def write(self, data: bytes) -> None:
        if self._open:
            self.inbox.extend(payloads(data))

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._open:
            self._open = False
            self.inbox.append(Closed(code, reason))

    def abort(self) -> None:
        self.close(1006)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        while self._unread and not self.paused and self._open:
            self.listener.received(*self._unread.popleft())

    def take(self, payload: bytes, binary: bool) -> None:
        """Do what a transport does with a message from the peer."""
        if self.max_message_bytes and len(payload) > self.max_message_bytes:
            self.close(1009, f"message is larger than {self.max_message_bytes} bytes")
            return
        self._unread.append((payload, binary))
        if not self.paused:
            self.resume_reading()

    def over(self, code: int, *, clean: bool) -> None:
        """Tell the listener that the connection is over."""
        self._open = False
        self.listener.closed(code, "", clean)


def payloads(data: bytes) -> Iterator[bytes]:
    """Take unmasked text frames apart (RFC 6455 §5.2)."""
    while data:
        assert data[0] == 0x81, "not a whole text frame"
        size, head = data[1], 2
        if size > 125:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[2:head])
        yield data[head : head + size]
        data = data[head + size :]


class PretendedClient:
    """The far end of a pretended WebSocket whose frames are JSON objects, and what it was told."""

    def __init__(self, reception: Reception, clock: FakeClock, peer: PeerInfo, limit: int = 1 << 20) -> None:
        self._clock = clock
        self._reception = reception
        self._limit = limit
        self.connects(peer)

    def connects(self, peer: PeerInfo) -> None:
        """Make a connection, in place of one that has ended."""
        self.connection = FakeConnection(peer, self._limit)
        listener = self._reception.receive(peer)
        assert not isinstance(listener, HttpRefusal)
        self.connection.listener = listener
        listener.opened(self.connection)

    def sends(self, frame: dict[str, Any] | str | bytes) -> list[dict[str, Any]]:
        """Send a frame, and return what is told in the same turn."""
        self.hears()
        payload = json.dumps(frame) if isinstance(frame, dict) else frame
        self.connection.take(payload.encode() if isinstance(payload, str) else payload, False)
        return self.hears()

    def hears(self) -> list[dict[str, Any]]:
        """Return what was told since the last call; the end of the connection is `{"closed": code}`."""
        self._clock.settle()
        told = [
            {"closed": each.code} if isinstance(each, Closed) else json.loads(each) for each in self.connection.inbox
        ]
        self.connection.inbox.clear()
        return told

    def parts(self, *, clean: bool = True) -> None:
        """End the connection from this side."""
        self.connection.over(1000 if clean else 1006, clean=clean)
