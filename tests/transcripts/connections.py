"""A pretended WebSocket, whose other end is the conversation of a real hub."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from palaver.transports.connection import Listener, PeerInfo

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
