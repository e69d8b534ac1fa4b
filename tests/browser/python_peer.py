"""A participant without a browser: palaver.client for the signals, aiortc for the media. It shows one moving picture."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import msgspec
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp
from av import VideoFrame
from tests.browser.moving import showing

from palaver.client import Client
from palaver.core.calls import Answer, AnySignal, Candidate, Hangup, JoinCall, Offer, SendSignal, SignalSent
from palaver.core.ids import RoomId, SessionId
from palaver.core.media import SetMedia
from palaver.core.participants import BySession, Participant, ParticipantUpdated
from palaver.core.rooms import JoinRoom, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Identified, Joined


class PythonPeer:
    """Takes part in a room's call; `frames` counts what was decoded, by session, and `prints` how unlike the frames were."""

    def __init__(self, url: str, name: str, room: str) -> None:
        self.client = Client(url, name=name)
        self.room = RoomId(room)
        self.frames: dict[SessionId, int] = {}
        self.prints: dict[SessionId, set[int]] = {}
        self._connections: dict[SessionId, RTCPeerConnection] = {}
        self._readers: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Take part until cancelled."""
        async with self.client:
            try:
                async for news in self.client.events():
                    match news:
                        case Identified():
                            await self._arrive()
                        case SignalSent(about="call"):
                            await self._hear(news)
                        case ParticipantJoined(participant=other) | ParticipantUpdated(participant=other):
                            await self._meet(other)
                        case ParticipantLeft(session=session):
                            await self._part(session)
            finally:
                for task in self._readers:
                    task.cancel()
                await asyncio.gather(*(connection.close() for connection in self._connections.values()))

    async def _arrive(self) -> None:
        joined = await self.client.ask(JoinRoom(self.room, create=True))
        assert isinstance(joined, Joined)
        await self.client.ask(SetMedia(camera=True))
        await self.client.ask(JoinCall(self.room))
        for other in joined.snapshot.participants:
            await self._meet(other)

    async def _meet(self, other: Participant) -> None:
        """Offer to somebody in the call; of two, the one with the lower session offers."""
        if other.in_call and self.client.me.session < other.session and other.session not in self._connections:
            connection = self._connect(other.session)
            connection.addTransceiver("audio", direction="recvonly")
            await connection.setLocalDescription(await connection.createOffer())
            await self._describe(other.session, connection)
        elif not other.in_call:
            await self._part(other.session)

    async def _hear(self, event: SignalSent) -> None:
        session = event.sender.session
        match event.signal:
            case Offer(description=description):
                connection = self._connections.get(session)
                if connection is not None and connection.signalingState != "stable":
                    if event.yields != self.client.me.session:
                        return
                    await self._part(session)  # aiortc cannot take an offer back
                connection = self._connections.get(session) or self._connect(session)
                await connection.setRemoteDescription(_description(description))
                await connection.setLocalDescription(await connection.createAnswer())
                await self._describe(session, connection)
            case Answer(description=description) if session in self._connections:
                await self._connections[session].setRemoteDescription(_description(description))
            case Candidate(candidate=candidate) if session in self._connections:
                await self._connections[session].addIceCandidate(_candidate(candidate))
            case Hangup():
                await self._part(session)

    def _connect(self, session: SessionId) -> RTCPeerConnection:
        connection = self._connections[session] = showing(partial(self._saw, session), self._readers)
        return connection

    async def _saw(self, session: SessionId, frame: VideoFrame) -> None:
        self.frames[session] = self.frames.get(session, 0) + 1
        self.prints.setdefault(session, set()).add(hash(bytes(frame.planes[0])))

    async def _part(self, session: SessionId) -> None:
        if connection := self._connections.pop(session, None):
            await connection.close()

    async def _describe(self, session: SessionId, connection: RTCPeerConnection) -> None:
        """Send the local description, which holds every candidate already."""
        local = connection.localDescription
        kind = Offer if local.type == "offer" else Answer
        description = msgspec.json.encode({"type": local.type, "sdp": local.sdp})
        await self._say(session, kind(msgspec.Raw(description)))
        await self._say(session, Candidate(msgspec.Raw(b"null")))

    async def _say(self, session: SessionId, signal: AnySignal) -> None:
        await self.client.ask(SendSignal(BySession(session), signal, "call"))


def _description(raw: msgspec.Raw) -> RTCSessionDescription:
    held: dict[str, Any] = msgspec.json.decode(raw)
    return RTCSessionDescription(held["sdp"], held["type"])


def _candidate(raw: msgspec.Raw) -> Any:
    held: dict[str, Any] | None = msgspec.json.decode(raw)
    if not held or not held.get("candidate"):
        return None
    candidate = candidate_from_sdp(held["candidate"].removeprefix("candidate:"))
    candidate.sdpMid, candidate.sdpMLineIndex = held.get("sdpMid"), held.get("sdpMLineIndex")
    return candidate
