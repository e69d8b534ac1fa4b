"""A real uvicorn in the test's own loop, listeners that remember, and a client that sends any bytes it likes."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.frames import masked, next_close, next_frame
from tests.transports.talk import LoopedClock, Talking, talking

from palaver.transports.connection import Connection, HttpRefusal, ListenerFactory, PeerInfo
from palaver.transports.http import uvicorn_options
from palaver.transports.websocket import WebSocketSettings
from palaver.transports.websocket_server import WebSocketServer

PATIENCE_S = 20.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


class Ear:
    """A listener that remembers what it was told; `on_message` may react."""

    def __init__(self, subprotocol: str | None = None) -> None:
        self.subprotocol = subprotocol
        self.told: list[tuple[Any, ...]] = []
        self.changed = asyncio.Condition()
        self.connection: Connection = None  # type: ignore[assignment]
        self.on_open: Callable[[Connection], None] = lambda connection: None
        self.on_message: Callable[[bytes], None] = lambda payload: None

    def opened(self, connection: Connection) -> None:
        self.connection = connection
        self._note("opened")
        self.on_open(connection)

    def received(self, payload: bytes, binary: bool = False) -> None:
        self._note("binary" if binary else "text", payload)
        self.on_message(payload)

    def closed(self, code: int, reason: str, clean: bool) -> None:
        self._note("closed", code, reason, clean)

    def _note(self, *fact: Any) -> None:
        self.told.append(fact)
        self._task = asyncio.ensure_future(self._wake())

    async def _wake(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def hears(self, *fact: Any) -> None:
        """Wait until this was told, be it before or after the call."""
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(lambda: fact in self.told)

    async def farewell(self) -> tuple[int, str, bool]:
        """Wait for `closed` and return what it said."""
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(lambda: self.told and self.told[-1][0] == "closed")
        return self.told[-1][1:]  # type: ignore[return-value]

    @property
    def messages(self) -> list[bytes]:
        return [fact[1] for fact in self.told if fact[0] in ("text", "binary")]


class Client:
    """The far end of a TCP connection, which masks its frames but keeps no other rule."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @staticmethod
    def head(path: str = "/ws", **headers: str) -> bytes:
        fields = {
            "Host": "palaver.test",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": KEY,
            "Sec-WebSocket-Version": "13",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
        return "\r\n".join([*lines, "", ""]).encode()

    frame = staticmethod(masked)

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def say(self, text: str) -> None:
        self.writer.write(self.frame(1, text.encode()))

    def say_close(self, code: int, reason: bytes = b"") -> None:
        self.writer.write(self.frame(8, struct.pack(">H", code) + reason))

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Read one HTTP response: status, headers in lower case, body."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        status, *lines = head.decode().strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await asyncio.wait_for(self.reader.readexactly(int(headers.get("content-length", 0))), PATIENCE_S)
        return int(status.split()[1]), headers, body

    async def upgraded(self, path: str = "/ws", behind: bytes = b"", **headers: str) -> Client:
        """Open a WebSocket; `behind` goes out in the same packet as the request."""
        self.send(self.head(path, **headers) + behind)
        status, fields, _ = await self.response()
        assert (status, fields["sec-websocket-accept"]) == (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        return self

    async def next_frame(self) -> tuple[int, bytes]:
        return await next_frame(self.reader)

    async def next_close(self) -> int:
        return await next_close(self.reader)

    async def ended(self) -> bool:
        """Wait for the end of the stream; true when it came without further bytes."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE_S) == b""
        except ConnectionResetError:
            return True

    def hang_up(self) -> None:
        self.writer.close()


class Served:
    """One running server."""

    def __init__(
        self, factory: ListenerFactory | None, settings: WebSocketSettings | None, app: Any, **options: Any
    ) -> None:
        self.ears: list[Ear] = []
        self.peers: list[PeerInfo] = []
        self.reply: Callable[[PeerInfo], Ear | HttpRefusal] = lambda peer: Ear()
        self.websockets = WebSocketServer(factory or self._accept, settings)
        routes = [Route("/plain", _plain)]
        config = uvicorn.Config(
            app or Starlette(routes=routes),
            port=0,
            lifespan="off",
            log_config=None,
            access_log=False,
            **uvicorn_options(self.websockets),
            **options,
        )
        self.uvicorn = uvicorn.Server(config)
        self.clients: list[Client] = []

    def _accept(self, peer: PeerInfo) -> Ear | HttpRefusal:
        self.peers.append(peer)
        ear = self.reply(peer)
        if isinstance(ear, Ear):
            self.ears.append(ear)
        return ear

    async def start(self) -> None:
        self.uvicorn.config.load()
        self.uvicorn.lifespan = self.uvicorn.config.lifespan_class(self.uvicorn.config)
        await self.uvicorn.startup()
        self.port = self.uvicorn.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop as uvicorn does on SIGTERM."""
        await asyncio.wait_for(self.uvicorn.shutdown(), PATIENCE_S)

    async def emptied(self) -> None:
        """Wait until no connection is left anywhere."""
        state = self.uvicorn.server_state
        async with asyncio.timeout(PATIENCE_S):
            while self.websockets.connections or state.connections or state.tasks:  # noqa: ASYNC110
                await asyncio.sleep(0.002)

    async def dial(self, *, receive_buffer: int = 0, **tls: Any) -> Client:
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        client = Client(*await asyncio.open_connection(sock=sock, limit=receive_buffer or 2**16, **tls))
        self.clients.append(client)
        return client

    async def open(self, path: str = "/ws", behind: bytes = b"", **headers: str) -> tuple[Client, Ear]:
        client = await (await self.dial()).upgraded(path, behind, **headers)
        ear = self.ears[-1]
        await ear.hears("opened")
        return client, ear


async def _plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse("plain")


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    running: list[Served] = []

    async def start(
        factory: ListenerFactory | None = None,
        settings: WebSocketSettings | None = None,
        app: Any = None,
        **options: Any,
    ) -> Served:
        served = Served(factory, settings, app, **options)
        running.append(served)
        await served.start()
        return served

    yield start
    for served in running:
        for client in served.clients:
            client.writer.transport.abort()
        for listening in served.uvicorn.servers:
            listening.close()
        await served.emptied()


@pytest.fixture
def make_ear() -> type[Ear]:
    return Ear


@pytest.fixture
async def clock() -> LoopedClock:
    return LoopedClock()


@pytest.fixture
async def server(clock: LoopedClock) -> AsyncIterator[Talking]:
    """A server of Socket.IO, whose time is the clock's."""
    async with talking(clock=clock) as running:
        yield running
