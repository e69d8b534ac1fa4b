"""Knows the ways to a client of Engine.IO that has none of our own WebSockets: another server's, or a queue it fetches.

What comes in are frames as `codecs.websocket` makes them, since a fan-out frames an event once for everybody.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from functools import partial

from palaver.codecs import engineio as wire
from palaver.codecs.engineio import Packet
from palaver.codecs.websocket import TEXT, unframed
from palaver.transports.connection import BYTES_BEGIN, MESSAGE_END, Connection


class Outbox:
    """What waits to be fetched by a client that polls, and the client, where it waits for something to fetch."""

    __slots__ = ("_asked", "_frames", "unfetched_bytes")

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._asked: asyncio.Future[None] | None = None
        self.unfetched_bytes = 0

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return bool(self._frames)

    @property
    def is_asked(self) -> bool:
        """Whether the client waits for something to fetch."""
        return self._asked is not None

    def put(self, frames: bytes) -> None:
        """Keep frames; a client that waits has something to fetch now."""
        self._frames.append(frames)
        self.unfetched_bytes += len(frames)
        self.wake()

    def take(self) -> bytes:
        """Return the frames that wait, which then wait no more."""
        frames, self._frames, self.unfetched_bytes = self._frames, [], 0
        return b"".join(frames)

    async def filled(self) -> None:
        """Let the client wait until `put` or `wake`; only one may wait at a time."""
        self._asked = asyncio.get_running_loop().create_future()
        try:
            await self._asked
        finally:
            self._asked = None

    def wake(self) -> None:
        """Let a client that waits go on, even with nothing."""
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(None)


def packets(frames: bytes, revision: int) -> list[Packet]:
    """Return what frames say as packets, for a client that fetches them."""
    return [
        wire.decode(content) if opcode == TEXT else wire.decode_binary(content, revision)
        for opcode, content in unframed(frames)
    ]


def write_of(socket: Connection) -> Callable[[bytes], None]:
    """Return what takes frames for a WebSocket, ours or that of another ASGI server."""
    return socket.write if socket.framing == "websocket" else partial(_write_messages, socket)


def _write_messages(socket: Connection, frames: bytes) -> None:
    for opcode, content in unframed(frames):
        socket.write((content if opcode == TEXT else BYTES_BEGIN + b64encode(content)) + MESSAGE_END)
