"""Signs in, connects, and does what `talk` decides: the bot's only input and output (docs/dialects/barertc.md §8.2)."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from palaver.bot.deeds import Deed, Greet, RestartServer, Send
from palaver.bot.memory import Memory
from palaver.bot.settings import FILE, BotSettings, BotSettingsError, first_run, load
from palaver.bot.talk import PING_EVERY_S, Talk
from palaver.bot.wire import Frame, decoded, encoded

log = structlog.get_logger()

API_TIMEOUT_S = 10.0
BACK_AFTER_S = 5.0
MOST_UNDER_WAY = 1_000


class NoEntryError(Exception):
    """The server does not let the bot in; the sentence says why."""


class Bot:
    """One bot at one server, from its first connection to its last."""

    def __init__(self, folder: Path, settings: BotSettings) -> None:
        """Load the brain. Raises BrainError."""
        self._settings = settings
        self._url = settings.server.url.rstrip("/")
        self._loop = asyncio.get_running_loop()
        self._talk = Talk(settings.profile, folder / "brain", chance=random.random, now=self._loop.time())
        self._memory = Memory(folder / "userdata", self._talk.brain)
        self._memory.recall()
        self._under_way: set[asyncio.Task[None]] = set()

    async def stay(self) -> None:
        """Talk until the connection is lost and cannot be had again. Raises NoEntryError."""
        async with httpx.AsyncClient(timeout=API_TIMEOUT_S) as http:
            try:
                await self._once(http)
                while True:
                    log.warning("connection_lost", again_s=BACK_AFTER_S)
                    await asyncio.sleep(BACK_AFTER_S)
                    await self._once(http)
            finally:
                for each in self._under_way:
                    each.cancel()
                self._memory.keep()

    async def _once(self, http: httpx.AsyncClient) -> None:
        """Stay for one connection. Raises NoEntryError where there is none to be had."""
        token = await self._token(http)
        limit = self._settings.web_socket_read_limit or None
        try:
            async with connect(_websocket_url(self._url), max_size=limit, compression=None) as socket:
                log.info("connected", url=self._url)
                await socket.send(encoded(Frame("login", username="testbot", jwt=token)))
                watching = asyncio.create_task(self._watch(socket, http))
                try:
                    async for payload in socket:
                        if (frame := decoded(payload)) is not None:
                            self._do(self._talk.hear(frame, self._loop.time()), socket, http)
                finally:
                    watching.cancel()
        except ConnectionClosed:
            return
        except (OSError, InvalidHandshake, TimeoutError) as error:
            raise NoEntryError(f"{self._url} cannot be connected to: {error}") from error

    async def _token(self, http: httpx.AsyncClient) -> str:
        held = self._settings
        asked = {"APIKey": held.server.admin_api_key, "Claims": held.profile.claims}
        try:
            answer = await http.post(f"{self._url}/api/authenticate", json=asked)
            token = answer.json().get("JWT", "") if answer.status_code == httpx.codes.OK else ""
        except (httpx.HTTPError, ValueError, AttributeError) as error:
            raise NoEntryError(f"{self._url} does not sign the bot in: {error}") from error
        if not token:
            raise NoEntryError(
                f"{self._url} does not sign the bot in: it answers {answer.status_code}; see AdminAPIKey"
            )
        return str(token)

    async def _watch(self, socket: ClientConnection, http: httpx.AsyncClient) -> None:
        """Talk to oneself, so that a server whose chat stands still is noticed (§8.3)."""
        while True:
            await asyncio.sleep(PING_EVERY_S)
            self._do(self._talk.tick(self._loop.time()), socket, http)
            self._memory.keep()

    def _do(self, deeds: Sequence[Deed], socket: ClientConnection, http: httpx.AsyncClient) -> None:
        for deed in deeds:
            if len(self._under_way) >= MOST_UNDER_WAY:
                log.warning("too_busy", left_out=type(deed).__name__)
                return
            task = asyncio.create_task(self._one(deed, socket, http))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _one(self, deed: Deed, socket: ClientConnection, http: httpx.AsyncClient) -> None:
        try:
            if isinstance(deed, Send):
                await asyncio.sleep(deed.after_s)
                await socket.send(encoded(deed.frame))
            elif isinstance(deed, Greet):
                await asyncio.sleep(deed.after_s)
                self._do(self._talk.greeting(deed.username, self._loop.time()), socket, http)
            else:
                await self._restart_server(http)
        except ConnectionClosed:
            log.info("not_sent", deed=type(deed).__name__)

    async def _restart_server(self, http: httpx.AsyncClient) -> None:
        log.error("server_is_deaf", deed=RestartServer.__name__)
        asked = {"APIKey": self._settings.server.admin_api_key}
        try:
            answer = await http.post(f"{self._url}/api/shutdown", json=asked)
            log.warning("shutdown_asked", status=answer.status_code)
        except httpx.HTTPError as error:
            log.error("shutdown_not_asked", problem=str(error))  # noqa: TRY400 - the sentence is enough


def _websocket_url(url: str) -> str:
    scheme, host, path, _, _ = urlsplit(url)
    return urlunsplit(("wss" if scheme == "https" else "ws", host, f"{path}/ws", "", ""))


def run_bot(folder: Path) -> None:
    """Run the bot of a folder until SIGTERM.

    Raises:
        BotSettingsError: the folder cannot be used, or was made just now and has to be seen to.
        BrainError: its brain cannot be read.
        NoEntryError: the server is gone, or never let the bot in.
    """
    if first_run(folder):
        raise BotSettingsError(f"{folder / FILE} was made: put the server's AdminAPIKey and URL there and start again.")
    asyncio.run(_until_stopped(folder, load(folder)))


async def _until_stopped(folder: Path, settings: BotSettings) -> None:
    staying = asyncio.create_task(Bot(folder, settings).stay())
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, staying.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await staying
