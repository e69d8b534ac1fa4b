"""On a real socket: a refusal reaches a client that still sends, and one that never stops is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.responses import RedirectResponse
from tests.web.conftest import KEY, Desk

from palaver.transports.connection import HttpRefusal
from palaver.transports.http import uvicorn_options
from palaver.transports.websocket_server import WebSocketServer
from palaver.web.bodies import MAX_JSON_BYTES
from palaver.web.headers import MAX_UNREAD_BYTES, EveryAnswer

PATIENCE_S = 20.0
ROOMS = f"POST /v1/rooms HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"


class Caller:
    """The far end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> tuple[int, dict[str, str]]:
        """Read one answer; return its status and its headers by name in lower case."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers

    async def end(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@pytest.fixture
async def caller(desk: Desk) -> AsyncIterator[Caller]:
    websockets = WebSocketServer(lambda peer: HttpRefusal(404))
    config = uvicorn.Config(desk.app, lifespan="off", log_config=None, access_log=False, **uvicorn_options(websockets))
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        yield Caller(reader, writer)
        writer.close()
        server.should_exit = True
        await serving


async def test_who_sends_too_much_is_told_and_may_go_on(caller: Caller) -> None:
    size = MAX_JSON_BYTES + 100_000
    caller.writer.write(f"{ROOMS}Content-Length: {size}\r\n\r\n".encode() + b" " * size)
    status, headers = await caller.answer()
    assert (status, headers.get("connection")) == (413, None)

    caller.writer.write(f"{ROOMS}Content-Length: 14\r\n\r\n".encode() + b'{"room":"den"}')
    assert (await caller.answer())[0] == 201


@pytest.mark.parametrize("length", ["Transfer-Encoding: chunked", f"Content-Length: {MAX_UNREAD_BYTES + 1}"])
async def test_who_would_send_for_ever_is_told_and_cut_off(caller: Caller, length: str) -> None:
    part = b" " * 60_000
    chunk = b"%x\r\n%b\r\n" % (len(part), part)
    caller.writer.write(f"{ROOMS}{length}\r\n\r\n".encode() + chunk * 6)
    status, headers = await caller.answer()
    assert (status, headers["connection"]) == (413, "close")
    assert await caller.end() == b""


async def test_a_body_of_unknown_length_that_ends_is_no_reason_to_part(caller: Caller) -> None:
    caller.writer.write(f"{ROOMS}Transfer-Encoding: chunked\r\n\r\n".encode() + b'e\r\n{"room":"den"}\r\n0\r\n\r\n')
    status, headers = await caller.answer()
    assert (status, headers.get("connection")) == (201, None)


async def test_a_stranger_is_not_listened_to(caller: Caller) -> None:
    request = ROOMS.replace(KEY, "wrong")
    caller.writer.write(f"{request}Transfer-Encoding: chunked\r\n\r\n".encode())
    status, headers = await caller.answer()
    assert (status, headers["connection"], headers["www-authenticate"]) == (401, "close", "Bearer")
    assert await caller.end() == b""


async def test_a_word_of_an_address_arrives_as_it_was_sent(caller: Caller, desk: Desk) -> None:
    caller.writer.write(f"{ROOMS}Content-Length: 14\r\n\r\n".encode() + b'{"room":"a/b"}')
    _, headers = await caller.answer()
    assert headers["location"] == "/v1/rooms/a%2Fb"
    for path, status in ((headers["location"], 200), ("/v1/rooms/a/b", 404), ("/v1/rooms/a%2Fb?x=1", 200)):
        caller.writer.write(f"GET {path} HTTP/1.1\r\nHost: chat\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
        assert (await caller.answer())[0] == status


async def test_a_redirect_keeps_the_visitor_on_the_address_that_the_proxy_shows(desk: Desk) -> None:
    answer = await desk.asks("GET", "/r/garden/?jwt=abc")
    assert (answer.status_code, answer.headers["location"]) == (307, "/r/garden?jwt=abc")


@pytest.mark.parametrize(
    "location",
    ["https://elsewhere.example/", "http://chat.example.evil/", "http://chat.example//evil", "//evil", "/r/den"],
)
async def test_a_redirect_that_is_not_ours_to_shorten_stays_as_it_is(location: str) -> None:
    app = EveryAnswer(RedirectResponse(location))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.example") as client:
        assert (await client.get("/")).headers["location"] == location
