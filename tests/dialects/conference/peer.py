"""A client of the conference wire that is a program: events by `signal`, and calls whose media are aiortc's."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from av import VideoFrame
from tests.bridges.conference_visitors import OnConference, OnLastConference
from tests.browser.moving import showing


class ConferencePeer(OnConference):
    """Takes part in the room's call (§E3): of two, the one with the lower id offers. `frames` counts what was decoded."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.frames: dict[str, int] = {}
        self._connections: dict[str, RTCPeerConnection] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def call(self) -> None:
        """Join the call, and connect to everybody who is in it or will be."""
        self._tasks.append(asyncio.create_task(self._hearing()))
        await self.emit("join-call", {})
        for person in self.people:
            if person.get("inCall"):
                await self._offer_to(person["id"])

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(connection.close() for connection in self._connections.values()))
        await super().leave()

    async def _hearing(self) -> None:
        at = 0
        while True:
            while at < len(self.inbox):
                event, at = self.inbox[at], at + 1
                if event[0] == "participant-updated-call" and event[1]["inCall"]:
                    await self._offer_to(event[1]["participantId"])
                elif event[0] == "signal":
                    await self._hear(event[1])
            self._arrived.clear()
            await self._arrived.wait()

    async def _offer_to(self, other: str) -> None:
        if self._me["id"] < other and other not in self._connections:
            connection = self._connect(other)
            await connection.setLocalDescription(await connection.createOffer())
            await self._describe(other, connection)

    async def _hear(self, told: dict[str, Any]) -> None:
        """Take an offer or an answer; candidates stand in the descriptions already."""
        other, signal = told["from"], told["signal"]
        if signal["kind"] not in ("offer", "answer"):
            return
        connection = self._connections.get(other) or self._connect(other)
        description = signal["description"]
        await connection.setRemoteDescription(RTCSessionDescription(description["sdp"], description["type"]))
        if signal["kind"] == "offer":
            await connection.setLocalDescription(await connection.createAnswer())
            await self._describe(other, connection)

    def _connect(self, other: str) -> RTCPeerConnection:
        connection = self._connections[other] = showing(partial(self._saw, other), self._tasks)
        return connection

    async def _saw(self, other: str, _frame: VideoFrame) -> None:
        self.frames[other] = self.frames.get(other, 0) + 1

    async def _describe(self, other: str, connection: RTCPeerConnection) -> None:
        local = connection.localDescription
        signal = {"kind": local.type, "description": {"type": local.type, "sdp": local.sdp}}
        await self.emit("signal", {"to": other, "about": "call", "signal": signal})


class LastConferencePeer(ConferencePeer, OnLastConference):
    """The same in the words of the last era."""
