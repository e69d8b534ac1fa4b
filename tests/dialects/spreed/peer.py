"""A client of Spreed's wire that is a program: documents over a real WebSocket, and calls whose media are aiortc's."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from functools import partial
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp
from av import VideoFrame
from tests.browser.moving import showing
from tests.browser.python_peer import PythonPeer
from tests.browser.visitor import until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from palaver.core.calls import AnySignal, SendSignal, SignalSent
from palaver.core.ids import SessionId
from palaver.core.participants import BySession, ParticipantUpdated
from palaver.core.rooms import JoinRoom
from palaver.core.sessions import Identified

PATIENCE_S = 20.0


class SpreedClient:
    """One connection; `told` is what came without being a reply, in order."""

    def __init__(self, url: str, name: str, path: str = "/spreed/ws", token: str = "") -> None:
        self.name = name
        self.me: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []
        self._url = url.replace("http", "ws", 1) + path + (f"?t={token}" if token else "")
        self._iids = map(str, itertools.count())
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Condition()
        self._socket: ClientConnection
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> SpreedClient:
        self._socket = await connect(self._url, proxy=None)
        async with asyncio.timeout(PATIENCE_S):
            first = json.loads(await self._socket.recv())
        assert first["Data"]["Type"] == "Self"
        self.me = first["Data"]
        self._reading = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._socket.close()
        await self._reading

    @property
    def id(self) -> str:
        found: str = self.me["Id"]
        return found

    async def say(self, word: str, document: Any, **more: Any) -> None:
        """Send a document as the original client wraps it: twice, but for the few that are not."""
        payload = document if word in ("Hello", "Room", "Leave") else {"Type": word, word: document, **more}
        await self._socket.send(json.dumps({"Type": word, word: payload}))

    async def ask(self, word: str, document: Any) -> dict[str, Any]:
        """Send a request and return the document that answers it."""
        iid = next(self._iids)
        reply = self._replies[iid] = asyncio.get_running_loop().create_future()
        payload = document if word in ("Hello", "Room") else {"Type": word, word: document}
        await self._socket.send(json.dumps({"Type": word, word: payload, "Iid": iid}))
        async with asyncio.timeout(PATIENCE_S):
            return await reply

    async def enter(self, room: str, **more: Any) -> dict[str, Any]:
        """Enter a room and show a name there."""
        found = await self.ask(
            "Hello", {"Version": self.me["Version"], "Ua": "a program", "Name": room, "Type": "", **more}
        )
        await self.say("Status", {"displayName": self.name, "buddyPicture": None, "message": None})
        return found

    async def refused(self, word: str, document: Any) -> str:
        """Return the code of the refusal that answers a request."""
        found = await self.ask(word, document)
        assert found["Type"] == "Error"
        code: str = found["Code"]
        return code

    async def chat(self, text: str, to: str = "", **more: Any) -> None:
        await self.say("Chat", {"Message": text, "NoEcho": True, **more}, To=to)

    async def hears(self, word: str, **fields: Any) -> dict[str, Any]:
        """Return the first document of a type, with these fields, that nobody asked for yet; wait for it."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            while True:
                for at, frame in enumerate(self.told):
                    data = frame["Data"]
                    if data.get("Type") == word and all(data.get(key) == value for key, value in fields.items()):
                        return self.told.pop(at)
                await self._changed.wait()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                frame = json.loads(text)
                if frame.get("Iid") in self._replies:
                    self._replies.pop(frame["Iid"]).set_result(frame["Data"])
                    continue
                async with self._changed:
                    self.told.append(frame)
                    self._changed.notify_all()


class SpreedPeer(SpreedClient):
    """A client that takes every call; `frames` counts what was decoded, by Id."""

    def __init__(self, url: str, name: str, **more: Any) -> None:
        super().__init__(url, name, **more)
        self.frames: dict[str, int] = {}
        self.candidates = 0
        self._connections: dict[str, RTCPeerConnection] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> SpreedPeer:
        await super().__aenter__()
        self._tasks = [asyncio.ensure_future(self._answering()), asyncio.ensure_future(self._trickling())]
        return self

    async def __aexit__(self, *failure: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(connection.close() for connection in self._connections.values()))
        await super().__aexit__(*failure)

    async def call(self, other: str, **more: Any) -> None:
        """Offer, take the answer, and send the candidates one by one, too."""
        connection = self._connect(other)
        connection.addTransceiver("audio", direction="recvonly")
        # The original client writes its private Chats there, while it is open.
        self.channel = connection.createDataChannel("default")
        await connection.setLocalDescription(await connection.createOffer())
        await self._describe("Offer", other, connection, **more)
        frame = await self.hears("Answer", To=self.id)
        assert frame["From"] == other
        await connection.setRemoteDescription(_description(frame["Data"]["Answer"]))

    async def may_write_to_the_server_alone(self) -> None:
        """Wait until the data channel of the last call is closed."""

        async def closed() -> bool:
            return self.channel.readyState == "closed"

        await until(closed, "the data channel is closed")

    async def hang_up(self, other: str, reason: str = "") -> None:
        await self.say("Bye", {"Reason": reason} if reason else {}, To=other)
        await self._connections.pop(other).close()

    async def sees(self, other: str, frames: int = 10) -> None:
        """Wait until so many frames of somebody were decoded."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            while self.frames.get(other, 0) < frames:
                await self._changed.wait()

    async def _answering(self) -> None:
        while True:
            frame = await self.hears("Offer")
            other = frame["From"]
            connection = self._connections.get(other) or self._connect(other)
            await connection.setRemoteDescription(_description(frame["Data"]["Offer"]))
            await connection.setLocalDescription(await connection.createAnswer())
            await self._describe("Answer", other, connection)

    async def _trickling(self) -> None:
        while True:
            frame = await self.hears("Candidate")
            held = frame["Data"]["Candidate"]
            assert held["type"] == "candidate"
            self.candidates += 1
            connection = self._connections.get(frame["From"])
            if connection is None or connection.remoteDescription is None:
                continue
            candidate = candidate_from_sdp(held["candidate"].removeprefix("candidate:"))
            candidate.sdpMid, candidate.sdpMLineIndex = held["sdpMid"], held["sdpMLineIndex"]
            with contextlib.suppress(ValueError):
                await connection.addIceCandidate(candidate)

    def _connect(self, other: str) -> RTCPeerConnection:
        connection = self._connections[other] = showing(partial(self._saw, other), self._tasks)
        return connection

    async def _saw(self, other: str, _frame: VideoFrame) -> None:
        async with self._changed:
            self.frames[other] = self.frames.get(other, 0) + 1
            self._changed.notify_all()

    async def _describe(self, word: str, other: str, connection: RTCPeerConnection, **more: Any) -> None:
        local = connection.localDescription
        await self.say(word, {"type": local.type, "sdp": local.sdp, **more}, To=other)
        line = next(line for line in local.sdp.splitlines() if line.startswith("a=candidate:"))
        candidate = {"type": "candidate", "sdpMLineIndex": 0, "sdpMid": "0", "candidate": line.removeprefix("a=")}
        await self.say("Candidate", candidate, To=other)


class NativePeer(PythonPeer):
    """A program of the native wire that calls one other directly, and takes such calls: signals about nothing."""

    def __init__(self, url: str, name: str, room: str) -> None:
        super().__init__(url, name, room)
        self.arrived = asyncio.Event()
        self.parted = asyncio.Event()
        self.people: dict[str, SessionId] = {}

    async def run(self) -> None:
        """Be there until cancelled."""
        async with self.client:
            try:
                async for news in self.client.events():
                    if isinstance(news, Identified):
                        await self.client.ask(JoinRoom(self.room, create=True))
                        self.arrived.set()
                    elif isinstance(news, ParticipantUpdated):
                        self.people[news.participant.handle] = news.participant.session
                    elif isinstance(news, SignalSent) and not news.about:
                        await self._hear(news)
            finally:
                for task in self._readers:
                    task.cancel()
                await asyncio.gather(*(connection.close() for connection in self._connections.values()))

    async def call(self, session: SessionId) -> None:
        """Offer."""
        connection = self._connect(session)
        connection.addTransceiver("audio", direction="recvonly")
        await connection.setLocalDescription(await connection.createOffer())
        await self._describe(session, connection)

    async def meets(self, name: str) -> SessionId:
        """Wait until somebody of a name is there; return the session."""

        async def met() -> bool:
            return name in self.people

        await until(met, f"{name} is there")
        return self.people[name]

    async def sees(self, session: SessionId, frames: int = 10) -> None:
        """Wait until so many frames of somebody were decoded."""

        async def enough() -> bool:
            return self.frames.get(session, 0) >= frames

        await until(enough, "the native program decodes pictures")

    async def _part(self, session: SessionId) -> None:
        await super()._part(session)
        self.parted.set()

    async def _say(self, session: SessionId, signal: AnySignal) -> None:
        await self.client.ask(SendSignal(BySession(session), signal))


def _description(held: dict[str, Any]) -> RTCSessionDescription:
    return RTCSessionDescription(held["sdp"], held["type"])
