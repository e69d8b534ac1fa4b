"""Whole meetings of the real client libraries, in every era, against the whole server; and calls that carry pictures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.bridges.visitor import ROOM
from tests.browser.python_peer import PythonPeer
from tests.browser.visitor import until
from tests.client.serving import Server, serving
from tests.dialects.conference.peer import ConferencePeer, LastConferencePeer
from tests.transports.test_socketio_clients import LIBRARIES, WAYS, run

SCRIPT = Path(__file__).with_name("meetings.mjs")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("meetings") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def problems(server: Server) -> dict[tuple[str, ...], str | None]:
    """What went wrong in each meeting; they are held all at once, by one process."""
    written = asyncio.run(run(SCRIPT, *LIBRARIES, server.url))
    held = map(json.loads, written.splitlines())
    return {(each["library"], each["era"], each["transports"]): each["problem"] for each in held}


@pytest.mark.parametrize("transports", WAYS)
@pytest.mark.parametrize("era", ["seed", "acked", "object"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_meeting_of_the_real_clients(
    problems: dict[tuple[str, ...], str | None], library: str, era: str, transports: str
) -> None:
    """The originals speak the second generation; whoever changes the library for a later one goes on."""
    assert problems[library, era, transports] is None


async def test_a_mesh_of_both_ends_of_the_wire_and_our_own(server: Server) -> None:
    """Without a server for media three people connect to each other by `signal`, and each decodes the other two (§E3)."""
    ann, bob, robot = ConferencePeer("Ann"), LastConferencePeer("Bob"), PythonPeer(server.url, "robot", ROOM)
    running = asyncio.ensure_future(robot.run())
    await ann.come(server.url)
    try:
        await ann.call()
        await bob.come(server.url)
        await bob.call()

        async def decoded() -> bool:
            everybody = (ann.frames, bob.frames, robot.frames)
            return all(len(frames) == 2 and min(frames.values()) > 5 for frames in everybody)

        await until(decoded, "each decodes the pictures of both others")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await ann.leave()
        await bob.leave()
