"""The bot's process at a real server, and at one whose chat stands still."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from tests.client.serving import PALAVER, PATIENCE_S, serving

from palaver.bot import run, talk
from palaver.bot.run import Bot, NoEntryError, run_bot
from palaver.bot.settings import BotSettings, first_run, load
from palaver.client import Client
from palaver.core.chat import MessagePosted, PostMessage, ToPerson
from palaver.core.ids import RoomId
from palaver.core.participants import ByHandle
from palaver.core.rooms import JoinRoom, ParticipantJoined

KEY = "0b7a1c1e-8f0e-4f0c-9a55-1d2f3a4b5c6d"
LOBBY = RoomId("lobby")


def folder_of(home: Path, url: str, *, key: str = KEY) -> Path:
    """A bot's folder as its owner leaves it."""
    first_run(home)
    (home / "chatbot.toml").write_text(
        f'[BareRTC]\nAdminAPIKey = "{key}"\nURL = "{url}"\n[Profile]\nUsername = "robo"\nNickname = "Robo"\n'
    )
    return home


async def seen(client: Client, kind: type[Any], fits: Any) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        async for event in client.events():
            if isinstance(event, kind) and fits(event):
                return event
    raise AssertionError(f"the session ended before {kind.__name__}")


async def test_somebody_on_another_wire_talks_with_the_bot(tmp_path: Path) -> None:
    """The process signs itself in, takes a seat, answers a direct message, and stops when it is told to."""
    with serving(tmp_path / "data", before=f'AdminAPIKey = "{KEY}"') as server:
        async with Client(server.url, name="ana") as ana:
            await ana.ask(JoinRoom(LOBBY))
            command = [*PALAVER, "bot", "--data", str(folder_of(tmp_path / "bot", server.url))]
            process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
            await seen(ana, ParticipantJoined, lambda event: event.participant.handle == "robo")
            await ana.ask(PostMessage(ToPerson(ByHandle("robo", LOBBY)), "what is my name"))
            told = await seen(ana, MessagePosted, lambda event: event.message.author.handle == "robo")
            assert told.message.text == "You are ana."
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_S):
                await process.communicate()
            assert process.returncode == 0


def test_a_wrong_key_ends_it_with_a_sentence(tmp_path: Path) -> None:
    with serving(tmp_path / "data", before=f'AdminAPIKey = "{KEY}"') as server:
        command = [*PALAVER, "bot", "--data", str(folder_of(tmp_path / "bot", server.url, key="wrong"))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 1
    assert "AdminAPIKey" in done.stderr


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoEntryError, match="does not sign the bot in"):
        run_bot(folder_of(tmp_path / "bot", "http://127.0.0.1:1"))


class Deaf:
    """A server that lets people in and never says anything; what it is asked over HTTP is kept."""

    def __init__(self) -> None:
        self.shut_down = asyncio.Event()
        self.third_login = asyncio.Event()
        self.keys: list[str] = []
        self.logins = 0
        self.hang_up = False
        routes = [
            Route("/api/authenticate", self._sign, methods=["POST"]),
            Route("/api/shutdown", self._shutdown, methods=["POST"]),
            WebSocketRoute("/ws", self._listen),
        ]
        self.app = Starlette(routes=routes)

    async def _sign(self, request: Request) -> JSONResponse:
        self.keys.append((await request.json())["APIKey"])
        return JSONResponse({"OK": True, "JWT": "a.b.c"})

    async def _shutdown(self, request: Request) -> JSONResponse:
        assert await request.json() == {"APIKey": KEY}
        self.shut_down.set()
        return JSONResponse({"OK": True})

    async def _listen(self, socket: WebSocket) -> None:
        await socket.accept()
        assert (await socket.receive_json())["jwt"] == "a.b.c"
        self.logins += 1
        if self.logins == 3:
            self.third_login.set()
        if self.hang_up:
            await socket.close()
            return
        async for _ in socket.iter_text():
            pass


class Announced(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, *args: Any, **words: Any) -> None:
        await super().startup(*args, **words)
        self.ready.set()


@pytest.fixture
async def deaf() -> AsyncIterator[tuple[Deaf, str]]:
    held = Deaf()
    config = uvicorn.Config(held.app, port=0, log_level="critical", ws="websockets-sansio", lifespan="off")
    server = Announced(config)
    serving_it = asyncio.create_task(server._serve())
    async with asyncio.timeout(PATIENCE_S):
        await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield held, f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True
    await serving_it


def bot_at(url: str, folder: Path) -> Bot:
    settings: BotSettings = load(folder_of(folder, url))
    return Bot(folder, settings)


async def test_a_deaf_server_is_shut_down(
    deaf: tuple[Deaf, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, url = deaf
    monkeypatch.setattr(run, "PING_EVERY_S", 0.0)
    monkeypatch.setattr(talk, "DEAF_AFTER_S", 0.0)
    staying = asyncio.create_task(bot_at(url, tmp_path).stay())
    async with asyncio.timeout(PATIENCE_S):
        await server.shut_down.wait()
    staying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await staying


async def test_a_lost_connection_is_tried_again(
    deaf: tuple[Deaf, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, url = deaf
    server.hang_up = True
    monkeypatch.setattr(run, "BACK_AFTER_S", 0.0)
    staying = asyncio.create_task(bot_at(url, tmp_path).stay())
    async with asyncio.timeout(PATIENCE_S):
        await server.third_login.wait()
    staying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await staying
    assert set(server.keys) == {KEY}
