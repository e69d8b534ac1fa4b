"""The real clients: socket.io-client of the second and the fourth generation, and python-socketio's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.transports.talk import Talking, talking
from tests.webclient.test_node import ROOT, node

SCRIPT = Path(__file__).with_name("socketio_client.mjs")
PATIENCE_S = 60.0
WAYS = ["polling", "websocket", "polling,websocket"]
LIBRARIES = ["socket.io-client", "socket.io-client-2"]


async def run(script: Path, *arguments: str) -> str:
    """Run a script in Node, in this loop; return what it wrote. It fails by its exit code."""
    if not (ROOT / "node_modules" / arguments[0]).exists():
        pytest.skip(f"{arguments[0]} is not installed: make setup")
    process = await asyncio.create_subprocess_exec(
        node(), str(script), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            written, problems = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, problems.decode()
    return written.decode()


async def until_empty(server: Talking) -> None:
    """Wait until nobody is left."""
    async with asyncio.timeout(PATIENCE_S):
        while len(server.socketio) or len(server.world.hub.sessions):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("transports", WAYS)
@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_conversation(library: str, transports: str) -> None:
    """Connecting, answers, events, attachments, refusals, namespaces and goodbyes, on either transport and across."""
    async with talking() as server:
        carrier = await run(SCRIPT, library, transports, server.address)
        assert carrier.strip() == ("polling" if transports == "polling" else "websocket")
