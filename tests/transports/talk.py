"""A small dialect in Socket.IO, and a server of it in the test's own loop.

`enter(name)` takes a seat in the lobby, `say(text)` posts there, `echo(…)` is answered with what it brought; each may want
an answer. Everybody in the lobby hears `said(handle, text)`, `joined(handle)` and `left(handle)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from tests.fakes import LOBBY, FakeClock, World

from palaver.codecs import socketio
from palaver.codecs.socketio import Attachment, Kind, SocketIoError
from palaver.core.base import Event, Outcome
from palaver.core.chat import InChannel, MessagePosted, PostMessage
from palaver.core.errors import Malformed, Refusal, TokenInvalid
from palaver.core.rooms import JoinRoom, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Identify, Joined, Keepalive, Position, SignOut
from palaver.dialects.base import Dialect, Endpoint, Payload, Request
from palaver.dialects.base import Kind as EndpointKind
from palaver.hub.clock import LoopClock
from palaver.hub.limits import Limits
from palaver.transports.access import Access
from palaver.transports.asgi_websocket import AsgiWebSockets
from palaver.transports.engine_settings import EngineSettings
from palaver.transports.http import uvicorn_options
from palaver.transports.polling import Polling
from palaver.transports.reception import Reception
from palaver.transports.socketio import SocketIo
from palaver.transports.websocket_server import WebSocketServer


class LoopedClock(FakeClock):
    """Time stands still until `advance`, but turns are those of the running loop."""

    def call_soon(self, action: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(action)


def render(event: Event, position: Position) -> Payload | None:
    if isinstance(event, MessagePosted):
        return socketio.event("said", event.message.author.handle, event.message.text)
    if isinstance(event, ParticipantJoined):
        return socketio.event("joined", event.participant.handle)
    if isinstance(event, ParticipantLeft):
        return socketio.together(socketio.event("left", event.handle), socketio.event("gone"))
    return None


class TalkTranslator:
    """One client; `said_of_itself` is what its first packet held."""

    def __init__(self) -> None:
        self.said_of_itself: Any = None
        self._echo: list[Any] = []

    def interpret(self, payload: Payload) -> list[Request]:
        packet = socketio.decode(payload)
        if packet.kind is Kind.CONNECT:
            return self._hello(packet.data)
        try:
            name, *arguments = socketio.arguments(packet)
        except (SocketIoError, ValueError) as problem:
            raise Malformed(problem=str(problem)) from None
        if packet.kind is Kind.ACK:
            return [Request(PostMessage(InChannel(LOBBY), f"acknowledged {name}"))]
        if name == "enter":
            return [Request(Identify(name=arguments[0])), Request(JoinRoom(LOBBY), packet.ack)]
        if name == "say":
            return [Request(PostMessage(InChannel(LOBBY), arguments[0]), packet.ack)]
        if name == "echo":
            self._echo = arguments
            return [Request(Keepalive(), packet.ack)]
        if name == "leave":
            return [Request(SignOut())]
        if name == "break":
            raise RuntimeError("a bug of the dialect")
        raise Malformed(problem=f"there is no event {name}")

    def _hello(self, data: bytes) -> list[Request]:
        self.said_of_itself = socketio.arguments(socketio.Packet(Kind.ACK, b"[%b]" % data))
        if self.said_of_itself and self.said_of_itself[0].get("token") == "bad":
            raise TokenInvalid(problem="it is bad.")
        if self.said_of_itself and self.said_of_itself[0].get("token") == "break":
            raise RuntimeError("a bug of the dialect")
        return []

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        told = render(event, position)
        return [told] if told else []

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        if isinstance(request.command, Keepalive):
            given = [Attachment(each) if isinstance(each, bytes) else each for each in self._echo]
            return [self._answer(request, "echo", *given)]
        if isinstance(outcome, Joined):
            told = [socketio.event("welcome", [each.handle for each in outcome.snapshot.participants])]
            return told if request.reply_to is None else [*told, self._answer(request, "", {"ok": True})]
        return [] if request.reply_to is None else [self._answer(request, "", {"ok": True})]

    def _answer(self, request: Request, otherwise: str, *arguments: Any) -> Payload:
        if isinstance(request.reply_to, int):
            return socketio.answer(request.reply_to, *arguments)
        return socketio.event(otherwise, *arguments)

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        if request is not None and isinstance(request.reply_to, int):
            return [socketio.answer(request.reply_to, {"ok": False, "code": refusal.code})]
        return [socketio.event("refused", refusal.code)]


TALK = Dialect("talk", (Endpoint("/socket.io/", kind=EndpointKind.SOCKETIO),), TalkTranslator, render)


@dataclass
class Talking:
    """A running server."""

    world: World
    socketio: SocketIo
    websockets: WebSocketServer
    port: int = 0
    access: Access = field(default_factory=lambda: Access(trusted=()))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def talking(
    settings: EngineSettings | None = None,
    *,
    limits: Limits | None = None,
    clock: Any = None,
    new_id: Callable[[], str] | None = None,
    foreign: bool = False,
    **world: Any,
) -> AsyncIterator[Talking]:
    """Serve the dialect on a free port until the block ends; WebSockets are cut then, and whoever polls is told.

    With `foreign`, WebSockets are those of another ASGI server.
    """
    made = World(clock=clock or LoopClock(), limits=limits or Limits(), **world)
    access = Access(trusted=())
    sessions = SocketIo(made.hub, TALK, lambda: access, settings, new_id=new_id)
    reception = Reception(made.hub, (TALK,), lambda: access, (sessions,))
    websockets = WebSocketServer(reception.receive)
    routes = [Route(path, Polling(sessions)) for path in sessions.paths]
    guests = AsgiWebSockets(reception.receive)
    app = Starlette(routes=[*routes, WebSocketRoute("/socket.io/", guests)])
    ours: dict[str, Any] = {"ws": "websockets-sansio"} if foreign else uvicorn_options(websockets)
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False, **ours)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    running = Talking(made, sessions, websockets, server.servers[0].sockets[0].getsockname()[1], access)
    try:
        yield running
    finally:
        await websockets.close_all()
        await guests.close_all()
        await sessions.close_all()
        await server.shutdown()


class Poller:
    """A client that polls by hand."""

    def __init__(self, server: Talking, revision: int = 4, **headers: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=server.address,
            headers={name.replace("_", "-"): each for name, each in headers.items()},
            timeout=20,
            verify=False,  # there is no TLS here, and reading all the authorities of the world takes 35 ms
        )
        self.query = {"EIO": str(revision), "transport": "polling"}
        self.sid = ""

    async def __aenter__(self) -> Poller:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def begin(self, **query: str) -> bytes:
        """Begin a session; return the whole first answer."""
        answer = await self.get(**query)
        assert answer.status_code == 200, answer.text
        self.sid = self.query["sid"] = re.search(r'"sid":"([^"]+)"', answer.text)[1]  # type: ignore[index]
        return answer.content

    async def get(self, **query: str) -> httpx.Response:
        return await self.http.get("/socket.io/", params=self.query | query)

    async def post(
        self, body: bytes | str, content_type: str = "text/plain;charset=UTF-8", **query: str
    ) -> httpx.Response:
        return await self.http.post(
            "/socket.io/", params=self.query | query, content=body, headers={"Content-Type": content_type}
        )

    async def says(self, body: bytes | str) -> None:
        answer = await self.post(body)
        assert (answer.status_code, answer.text) == (200, "ok")

    async def fetches(self) -> str:
        answer = await self.get()
        assert answer.status_code == 200, answer.text
        return answer.text

    async def entered(self, name: str) -> Poller:
        """Begin, connect and take a seat."""
        await self.begin()
        if self.query["EIO"] == "4":
            await self.says("40")
            assert (await self.fetches()).startswith('40{"sid":')
            await self.says(f'42["enter","{name}"]')
        else:
            packet = f'42["enter","{name}"]'
            await self.says(f"{len(packet)}:{packet}")
        assert "welcome" in await self.fetches()
        return self


def fault(answer: httpx.Response) -> tuple[int, int]:
    """Return the status and the code of a refusal by Engine.IO."""
    return answer.status_code, answer.json()["code"]
