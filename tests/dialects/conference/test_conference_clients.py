"""Whole meetings of the real client library, in every era, against the whole server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.serving import Server, serving
from tests.transports.test_socketio_clients import run

SCRIPT = Path(__file__).with_name("meeting.mjs")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("meetings") / "data") as running:
        yield running


@pytest.mark.parametrize("transports", ["polling", "websocket", "polling,websocket"])
@pytest.mark.parametrize(
    ("library", "era"),
    [
        ("socket.io-client-2", "seed"),
        ("socket.io-client-2", "acked"),
        ("socket.io-client-2", "object"),
        ("socket.io-client", "seed"),
        ("socket.io-client", "object"),
    ],
)
async def test_a_meeting_of_the_real_clients(server: Server, library: str, era: str, transports: str) -> None:
    """The originals speak the second generation; whoever changes the library for a later one goes on."""
    await run(SCRIPT, library, transports, server.url.replace("ws:", "http:"), era)
