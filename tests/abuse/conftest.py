"""A real server at its defaults, attacked by everybody here; what it wrote to its log is judged at the end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.abuse.outsider import Outsider
from tests.client.serving import Server, serving

SECRETS = ("sotto voce", "v=0 private", "hunter2")
"""What attackers here say, describe or guess; none of it may be in a log."""

DURABLE = """
[[PublicChannels]]
ID = "lobby"
History = "durable"
EchoMessagesOnJoin = 10

[DirectMessageHistory]
Enabled = true
"""
"""Limits and all else are as delivered, but what is said in the lobby and between users goes to the database."""

_addresses = itertools.count(1)


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("abuse") / "data"


@pytest.fixture(scope="package")
def server(home: Path) -> Iterator[Server]:
    with serving(home, after=DURABLE) as running:
        yield running
    log = (home / "logs" / "palaver.log").read_text() + running.log()
    assert "Traceback" not in log, log[log.index("Traceback") - 300 :][:3000]
    for secret in SECRETS:
        assert secret not in log


@pytest.fixture
def url(server: Server) -> str:
    return server.url


@pytest.fixture
def elsewhere() -> Callable[[], dict[str, str]]:
    """Headers of a client at an address of its own, as the trusted proxy on this machine forwards it."""
    return lambda: {"X-Forwarded-For": f"198.51.{next(_addresses) // 250}.{next(_addresses) % 250 + 1}"}


Enter = Callable[..., Awaitable[Outsider]]


@pytest.fixture
async def dial(url: str) -> AsyncIterator[Enter]:
    """Connect without a word; everybody is gone after the test."""
    came: list[Outsider] = []

    async def connected(path: str = "/native/ws", **options: Any) -> Outsider:
        outsider = await Outsider.dial(url, path, **options)
        came.append(outsider)
        return outsider

    yield connected
    for outsider in came:
        outsider.cut()
    await asyncio.gather(*(outsider.closed() for outsider in came))


@pytest.fixture
def enter(dial: Enter) -> Enter:
    """Connect, identify as a guest, and take a seat in a room where one is named."""

    async def entered(name: str, room: str = "", **options: Any) -> Outsider:
        outsider = await (await dial(**options)).identify(name)
        if room:
            await outsider.join(room)
        return outsider

    return entered
