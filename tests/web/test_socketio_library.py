"""Socket.IO's own client, where front ends look for it."""

from __future__ import annotations

import pytest
from tests.fakes import World
from tests.transports.talk import TALK
from tests.web.conftest import Desk

from palaver.transports.access import Access
from palaver.transports.socketio import SocketIo


@pytest.fixture
def desk() -> Desk:
    world = World()
    return Desk(world, socketio=(SocketIo(world.hub, TALK, Access),))


@pytest.mark.parametrize("path", ["/socket.io/socket.io.js", f"/{TALK.name}/socket.io/socket.io.js"])
async def test_a_front_end_loads_its_client_from_here(desk: Desk, path: str) -> None:
    """Also one of another origin, as in `<script src="https://chat.example/socket.io/socket.io.js">`."""
    answer = await desk.asks("GET", path, bearer="", headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert answer.text.startswith("/*!\n * Socket.IO v2.")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = await desk.asks("GET", path, bearer="", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_where_socket_io_is_not_spoken_there_is_no_client_of_it(desk: Desk) -> None:
    assert (await desk.asks("GET", "/socket.io/other.js", bearer="")).status_code == 404
    assert (await Desk().asks("GET", "/socket.io/socket.io.js", bearer="")).status_code == 404
