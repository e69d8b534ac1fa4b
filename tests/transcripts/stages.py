"""The two stages of a transcript: the translators and the hub alone, or a server with real sockets."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from tests.fakes import LOBBY, FakeClock, FakePictures, FakeSiteCalls, World
from tests.transcripts.calls import SECRET
from tests.transcripts.connections import LIMIT_BEFORE_SESSION, Closed, FakeConnection
from tests.transcripts.http import CONFERENCE, PureHttp, SocketHttp, spreed_site
from tests.transcripts.replay import Transcript
from tests.transcripts.values import Mismatch
from tests.transcripts.wires import Wire
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from palaver.core.filters import MessageFilter
from palaver.core.rooms import Life, Room
from palaver.dialects.barertc import surface as barertc
from palaver.dialects.barertc.wire import Options as BareRTCOptions
from palaver.dialects.base import Dialect
from palaver.dialects.conference import surface as conference
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.dialects.spreed import surface as spreed
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits
from palaver.integrations.jwt import TokenVerifier, shared_key
from palaver.integrations.patterns import compiled
from palaver.integrations.site_tokens import SiteTokens, renewed
from palaver.transports.access import Access
from palaver.transports.connection import Connection, HttpRefusal, Listener, PeerInfo
from palaver.transports.draining import Drain, tell_in_close_frame
from palaver.transports.http import uvicorn_options
from palaver.transports.reception import Reception
from palaver.transports.socketio import SocketIo
from palaver.transports.websocket import WebSocketSettings
from palaver.transports.websocket_server import WebSocketServer

PATIENCE_S = 10.0


def _filter(patterns: list[str], **options: Any) -> MessageFilter:
    return MessageFilter(tuple(map(compiled, patterns)), **options)


def _drain_of(clients: int) -> Drain:
    return Drain(clients, chance=lambda: 0.5)


def world_of(transcript: Transcript, clock: FakeClock) -> World:
    """Return the server that a transcript asks for."""
    given = transcript.given
    rooms = msgspec.convert(given.get("rooms", []), list[Room])
    if all(room.id != LOBBY for room in rooms):
        rooms.insert(0, Room(LOBBY, life=Life.PERMANENT))
    admission = msgspec.convert(given.get("admission", {}), Admission)
    filters = tuple(_filter(**each) for each in given.get("filters", ()))
    world = World(
        rooms=rooms,
        limits=msgspec.convert(given.get("limits", {}), Limits),
        admission=msgspec.structs.replace(admission, filters=filters),
        site_calls=FakeSiteCalls(*given.get("webhooks", ()), problem=given.get("webhook problem", "")),
        clock=clock,
        tokens=SiteTokens(TokenVerifier([shared_key(SECRET)]), SECRET),
    )
    if given.get("pictures"):
        world.hub.pictures = FakePictures()
    return world


def dialects_of(world: World, transcript: Transcript) -> list[Dialect]:
    """Return the dialects with WebSockets, as the site of the transcripts sets them up."""
    hub = world.hub
    options = BareRTCOptions(
        token_for=lambda identity: renewed(identity, SECRET, now=world.clock.now()),
        inline_url=FakePictures.inline_url,
        message_id=lambda: hub.message_ids.next(hub.clock.now()),
    )
    return [NATIVE, barertc.dialect(lambda: options), spreed.dialect(spreed_site(world, transcript.given))]


def reception_of(world: World, transcript: Transcript) -> Reception:
    """Return who receives WebSockets of every dialect."""
    access = Access(trusted=())
    spoken = conference.dialect(lambda: CONFERENCE, now=world.clock.now, new_label=lambda: secrets.token_hex(12))
    socketio = SocketIo(world.hub, spoken, lambda: access)
    return Reception(world.hub, [*dialects_of(world, transcript), spoken], lambda: access, (socketio,))


class PureStage:
    """Plays on the conversation, its translator and the hub; no socket, no loop, and every turn ends at once."""

    def __init__(self, transcript: Transcript) -> None:
        self.clock = FakeClock()
        self.world = world_of(transcript, self.clock)
        self._reception = reception_of(self.world, transcript)
        self._connections: dict[str, FakeConnection] = {}
        self.http = PureHttp(self.world, transcript.given)

    async def connect(self, who: str, address: str, wire: Wire) -> None:
        connection = self._connections[who] = FakeConnection(
            PeerInfo.from_request(wire.path.encode(), [], address, secure=False)
        )
        listener = self._reception.receive(connection.peer)
        assert not isinstance(listener, HttpRefusal)
        connection.listener = listener
        listener.opened(connection)

    async def stop(self) -> None:
        await _drain_of(len(self._connections)).close(self._connections.values(), tell_in_close_frame)

    async def send(self, who: str, payload: str | bytes) -> None:
        data = payload if isinstance(payload, bytes) else payload.encode()
        self._connections[who].take(data, isinstance(payload, bytes))
        self.clock.settle()

    async def receive(self, who: str) -> bytes | Closed:
        self.clock.settle()
        connection = self._connections[who]
        if not connection.inbox:
            raise Mismatch(f"{who} is told nothing")
        received = connection.inbox.popleft()
        if isinstance(received, Closed):
            connection.over(received.code, clean=True)
        return received

    async def part(self, who: str, *, clean: bool) -> None:
        self._connections[who].over(1000 if clean else 1006, clean=clean)
        self.clock.settle()


class _LoopedClock(FakeClock):
    """Time stands still, but turns are those of the running loop."""

    def call_soon(self, action: Any) -> None:
        asyncio.get_running_loop().call_soon(action)


class _Overheard:
    """Passes everything on to a listener, and tells when it was done."""

    def __init__(self, listener: Listener) -> None:
        self.subprotocol = listener.subprotocol
        self.changed = asyncio.Event()
        self.received_count = 0
        self.over = False
        self._listener = listener

    def opened(self, connection: Connection) -> None:
        self._listener.opened(connection)

    def received(self, payload: bytes, binary: bool = False) -> None:
        self._listener.received(payload, binary)
        self.received_count += 1
        self.changed.set()

    def closed(self, code: int, reason: str, clean: bool) -> None:
        self._listener.closed(code, reason, clean)
        self.over = True
        self.changed.set()


class SocketStage:
    """Plays over WebSockets of a real server in this loop. The hub's clock alone stands still."""

    def __init__(self, transcript: Transcript) -> None:
        self.clock: FakeClock = _LoopedClock()
        self.world = world_of(transcript, self.clock)
        self._reception = reception_of(self.world, transcript)
        self._address = ""
        self._listeners: list[_Overheard] = []
        self._clients: dict[str, tuple[ClientConnection, _Overheard]] = {}
        self._sent: dict[str, int] = {}
        self.http = SocketHttp(self.world, transcript.given, lambda: self._port)
        self._websockets = WebSocketServer(self._receive, WebSocketSettings(max_message_bytes=LIMIT_BEFORE_SESSION))
        config = uvicorn.Config(
            Starlette(routes=self.http.routes),
            port=0,
            lifespan="off",
            log_config=None,
            access_log=False,
            **uvicorn_options(self._websockets),
        )
        self._server = uvicorn.Server(config)

    async def __aenter__(self) -> SocketStage:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup()
        self._port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        for client, _listener in self._clients.values():
            client.transport.abort()
        for listener in self._listeners:
            await self._until(listener, lambda listener=listener: listener.over)
        await self._server.shutdown()

    def _receive(self, peer: PeerInfo) -> Listener | HttpRefusal:
        # The transcript's address in place of loopback's.
        peer.remote = self._address
        answer = self._reception.receive(peer)
        if isinstance(answer, HttpRefusal):
            return answer
        self._listeners.append(_Overheard(answer))
        return self._listeners[-1]

    async def connect(self, who: str, address: str, wire: Wire) -> None:
        self._address = address
        offered = [wire.subprotocol] if wire.subprotocol is not None else None
        client = await connect(
            f"ws://127.0.0.1:{self._port}{wire.path}", subprotocols=offered, compression=None, proxy=None
        )
        if who in self._clients:
            self._clients[f"{who} before {len(self._clients)}"] = self._clients[who]
        self._clients[who] = (client, self._listeners[-1])
        self._sent[who] = 0

    async def stop(self) -> None:
        await self._websockets.close_all(_drain_of(len(self._clients)))

    async def send(self, who: str, payload: str | bytes) -> None:
        client, listener = self._clients[who]
        await client.send(payload)
        self._sent[who] += 1
        await self._until(listener, lambda: listener.over or listener.received_count == self._sent[who])

    async def receive(self, who: str) -> bytes | Closed:
        client, _ = self._clients[who]
        try:
            async with asyncio.timeout(PATIENCE_S):
                received = await client.recv(decode=False)
        except TimeoutError:
            raise Mismatch(f"{who} is told nothing") from None
        except ConnectionClosed:
            return Closed(client.close_code or 1006, client.close_reason or "")
        assert isinstance(received, bytes)
        return received

    async def part(self, who: str, *, clean: bool) -> None:
        client, listener = self._clients[who]
        if clean:
            await client.close()
        else:
            client.transport.abort()
        await self._until(listener, lambda: listener.over)

    async def _until(self, listener: _Overheard, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                listener.changed.clear()
                await listener.changed.wait()
