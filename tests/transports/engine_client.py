"""A WebSocket of Engine.IO against a server of the test, and what a test waits for on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from tests.transports.talk import Talking
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_S = 20.0


@contextlib.asynccontextmanager
async def socket(server: Talking, revision: int = 4, **query: str) -> AsyncIterator[ClientConnection]:
    said = {"EIO": str(revision), "transport": "websocket", **query}
    asked = "&".join(f"{name}={value}" for name, value in said.items())
    async with connect(f"ws://127.0.0.1:{server.port}/socket.io/?{asked}", close_timeout=1) as client:
        yield client


async def heard(client: ClientConnection) -> Any:
    return await asyncio.wait_for(client.recv(), PATIENCE_S)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def ended(client: ClientConnection) -> int:
    """Return the code with which the server closes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await heard(client)
    assert client.close_code is not None
    return client.close_code
