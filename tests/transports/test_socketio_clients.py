"""The real clients: socket.io-client of the second and the fourth generation, and python-socketio's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import socketio as python_socketio
from tests.needs import do_without
from tests.transports.talk import Talking, talking
from tests.webclient.test_node import ROOT, node

from palaver.transports.engine_settings import EngineSettings

HERE = Path(__file__).parent
BRISK = EngineSettings(ping_interval_s=0.2)
PATIENCE_S = 60.0
WAYS = ["polling", "websocket", "polling,websocket"]
LIBRARIES = ["socket.io-client", "socket.io-client-2"]


async def run(script: Path, *arguments: str) -> str:
    """Run a script in Node, in this loop; return what it wrote. It fails by its exit code."""
    if not (ROOT / "node_modules" / arguments[0]).exists():
        do_without(f"{arguments[0]} is not installed: make setup")
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
    async with talking(EngineSettings(farewell_s=0.1)) as server:
        carrier = await run(HERE / "socketio_client.mjs", library, transports, server.address)
        assert carrier.strip() == ("polling" if transports == "polling" else "websocket")
        await until_empty(server)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_inside_another_server(library: str) -> None:
    """The same conversation where somebody else's ASGI server has the WebSockets."""
    async with talking(EngineSettings(farewell_s=0.1), foreign=True) as server:
        await run(HERE / "socketio_client.mjs", library, "polling,websocket", server.address)


@pytest.mark.parametrize("transports", ["polling", "websocket"])
@pytest.mark.parametrize("library", LIBRARIES)
async def test_heartbeats(library: str, transports: str) -> None:
    """The server's in the fourth generation, the client's in the second; whoever gives them stays."""
    async with talking(BRISK) as server:
        assert await run(HERE / "heartbeats.mjs", library, transports, server.address) == "alive\n"


@pytest.mark.parametrize("transports", WAYS)
async def test_recovery(transports: str) -> None:
    """A client of 4.x whose network went away misses nothing, and nobody hears that it was gone."""
    async with talking() as server:
        assert await run(HERE / "recovery.mjs", "socket.io-client", transports, server.address) == "recovered\n"


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]], ids="-".join)
async def test_python(transports: list[str]) -> None:
    """python-socketio's client, whose functions are called with as many arguments as an event has."""
    async with talking() as server:
        ana = python_socketio.AsyncClient()
        said: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

        async def on_said(who: str, text: str) -> None:
            await said.put((who, text))

        ana.on("said", on_said)
        await ana.connect(server.address, transports=transports)
        assert await ana.call("enter", "Ana", timeout=20) == {"ok": True}
        brought = (b"\x00\x1e\xff", {"é": "😀"})
        assert await ana.call("echo", brought, timeout=20) == brought
        await ana.emit("say", "hello 😀")
        async with asyncio.timeout(PATIENCE_S):
            assert await said.get() == ("Ana", "hello 😀")
        assert ana.transport() == transports[-1]
        await ana.disconnect()
        await until_empty(server)
