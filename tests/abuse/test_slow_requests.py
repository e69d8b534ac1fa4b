"""Clients that never finish: each is cut in time, and by one timer for all; the wait is made short for these tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tests.abuse.outsider import PATIENCE_S, Wire

from palaver.transports.connection import HttpRefusal
from palaver.transports.http import Patience, uvicorn_options
from palaver.transports.websocket_server import WebSocketServer

SHORT = Patience(head_s=0.1, body_s=0.1, unread_s=0.1, check_s=0.02)
BIG = b"x" * 50_000_000


async def _take(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _give(request: Request) -> Response:
    return Response(BIG)


async def _refuse(request: Request) -> Response:
    return PlainTextResponse("not that", 413)


ROUTES = [Route("/take", _take, methods=["POST"]), Route("/give", _give), Route("/refuse", _refuse, methods=["POST"])]
Serve = Callable[[Patience], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    running: list[uvicorn.Server] = []

    async def start(patience: Patience) -> str:
        websockets = WebSocketServer(lambda peer: HttpRefusal(404))
        options = uvicorn_options(websockets, patience)
        config = uvicorn.Config(
            Starlette(routes=ROUTES),
            port=0,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=30,
            **options,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        running.append(server)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    yield start
    for server in running:
        async with asyncio.timeout(PATIENCE_S):
            while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await server.shutdown()


HEADS = {
    "nothing at all": b"",
    "half a line": b"GET / HT",
    "no end": b"GET / HTTP/1.1\r\nHost: x\r\nX-More: ",
    "an upgrade without an end": b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    "empty lines": b"\r\n\r\n\r\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
async def test_a_head_that_does_not_end_is_cut(serve: Serve, head: bytes) -> None:
    wire = await Wire.dial(await serve(SHORT))
    await wire.send(head)
    assert await wire.rest() == b""


async def test_a_head_that_trickles_is_cut_too(serve: Serve) -> None:
    wire = await Wire.dial(await serve(SHORT))

    async def trickle() -> None:
        await wire.send(b"GET / HTTP/1.1\r\nX: ")
        while True:
            await wire.send(b"a")
            await asyncio.sleep(0.01)

    trickling = asyncio.create_task(trickle())
    assert await wire.rest() == b""
    trickling.cancel()


async def test_empty_lines_behind_an_answer_do_not_keep_a_connection(serve: Serve) -> None:
    wire = await Wire.dial(await serve(SHORT))
    await wire.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    await wire.head()
    await wire.send(b"\r\n")
    assert await wire.rest() == b"0"


async def test_a_body_that_does_not_end_is_cut(serve: Serve) -> None:
    wire = await Wire.dial(await serve(SHORT))
    await wire.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert await wire.rest() == b""


async def test_a_body_behind_a_refusal_is_not_waited_for_for_ever(serve: Serve) -> None:
    wire = await Wire.dial(await serve(SHORT))
    await wire.send(b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert b"413" in await wire.head()
    await wire.send(b"more")
    assert await wire.rest() == b"not that"


@pytest.fixture
async def held() -> AsyncIterator[list[Wire]]:
    """Connections that this end leaves open until the server, which is asked for later, has stopped."""
    wires: list[Wire] = []
    yield wires
    for wire in wires:
        wire.close()


async def test_an_answer_that_nobody_reads_is_given_up(held: list[Wire], serve: Serve) -> None:
    wire = await Wire.dial(await serve(SHORT), receive_buffer=4096)
    held.append(wire)
    await wire.send(b"GET /give HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" in await wire.head()
    # The fixture waits until the server has let go of it.


async def test_a_request_that_follows_an_idle_time_is_served(serve: Serve) -> None:
    wire = await Wire.dial(await serve(SHORT))
    request = b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    await wire.send(request)
    assert b"200" in await wire.head()
    await asyncio.sleep(10 * SHORT.check_s)
    await wire.send(request)
    assert b"200" in await wire.head()
    wire.close()
