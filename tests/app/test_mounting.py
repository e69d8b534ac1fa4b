"""The server inside somebody else's application, under an ASGI server's own WebSockets."""

import asyncio
import contextlib
import json
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.routing import Mount

from palaver.app import opened
from palaver.core.errors import Refusal


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """A site of its own with the server at /chat, under plain uvicorn; its port."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(tmp_path) as chat:
            app.router.routes.append(Mount("/chat", chat))
            yield

    config = uvicorn.Config(Starlette(lifespan=lifespan), port=0, ws="websockets-sansio", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.wait([serving], timeout=0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def test_two_people_talk_below_the_mounted_path(port: int) -> None:
    async with _seated(port, "ana") as ana, _seated(port, "bob") as bob:
        assert json.loads(await ana.recv())["event"]["type"] == "participant_joined"
        place = {"in": "channel", "room": "lobby"}
        await ana.send(json.dumps({"ask": {"type": "post_message", "place": place, "text": "hello"}}))
        assert json.loads(await bob.recv())["event"]["message"]["text"] == "hello"


async def test_a_token_of_the_mounted_server_lets_a_user_in(tmp_path: Path) -> None:
    async with opened(tmp_path) as chat:
        token = chat.token("alice", nick="Alice")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(chat), base_url="http://chat.test") as client:
            answers = [await client.get("/", params={"jwt": each}) for each in (token, token.swapcase())]
        assert [answer.status_code for answer in answers] == [200, 403]
        with pytest.raises(msgspec.ValidationError, match="colour"):
            chat.token("alice", colour="blue")
        with pytest.raises(Refusal):
            chat.token("\u202e")


async def test_the_page_knows_where_it_is_mounted(port: int) -> None:
    async with httpx.AsyncClient() as client:
        page = await client.get(f"http://127.0.0.1:{port}/chat/")
    assert '"wsPath":"/chat/native/ws"' in page.text


async def test_addresses_that_are_told_are_below_the_mounted_path(port: int, tmp_path: Path) -> None:
    key = tomllib.loads((tmp_path / "settings.toml").read_text())["AdminAPIKey"]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as client:
        made = await client.post(f"http://127.0.0.1:{port}/chat/v1/rooms", json={"room": "den"})
        refused = await client.post(f"http://127.0.0.1:{port}/chat/v1/rooms", json={"room": "den"})
    assert made.headers["location"] == "/chat/v1/rooms/den"
    assert refused.json()["type"] == "/chat/docs#problem-room_exists"


async def test_an_address_without_a_conversation_refuses_a_socket(port: int) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(f"ws://127.0.0.1:{port}/chat/nothing")


@contextlib.asynccontextmanager
async def _seated(port: int, name: str) -> AsyncIterator[Any]:
    address = f"ws://127.0.0.1:{port}/chat/native/ws"
    async with websockets.connect(address, subprotocols=[websockets.Subprotocol("palaver.v1")]) as socket:
        await socket.send(json.dumps({"id": 1, "ask": {"type": "identify", "name": name}}))
        assert json.loads(await socket.recv())["outcome"]["name"] == name
        await socket.send(json.dumps({"id": 2, "ask": {"type": "join_room", "room": "lobby"}}))
        assert json.loads(await socket.recv())["outcome"]["type"] == "joined"
        yield socket
