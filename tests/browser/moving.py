"""Moving pictures of a program's own: aiortc sends them, and hands on what it decodes of the other's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from fractions import Fraction

from aiortc import RTCPeerConnection, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame


class Moving(VideoStreamTrack):
    """A bar that wanders over a grey field."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        self._at = (self._at + 4) % 160
        row = bytearray(b"\x40" * 160)
        row[self._at : self._at + 24] = b"\xe0" * len(row[self._at : self._at + 24])
        frame = VideoFrame(160, 120, "gray8")
        plane = frame.planes[0]
        plane.update(b"".join(bytes(row).ljust(plane.line_size, b"\0") for _ in range(120)))
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = pts, Fraction(time_base)
        return frame


def showing(seen: Callable[[VideoFrame], Awaitable[None]], tasks: list[asyncio.Task[None]]) -> RTCPeerConnection:
    """Return a connection that sends a moving picture; a task, added to `tasks`, hands each decoded frame to `seen`."""
    connection = RTCPeerConnection()
    connection.addTrack(Moving())

    async def watch(track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, VideoFrame)
                await seen(frame)

    @connection.on("track")
    def heard(track: MediaStreamTrack) -> None:
        if track.kind == "video":
            tasks.append(asyncio.ensure_future(watch(track)))

    return connection
