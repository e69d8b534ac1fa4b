"""How many requests an address may make, whatever they ask for."""

from __future__ import annotations

import pytest
from tests.fakes import World
from tests.transports.talk import TALK
from tests.web.conftest import STRANGER, TRUSTED, Desk

from palaver.hub.limits import Limits
from palaver.transports.access import Access
from palaver.transports.socketio import SocketIo

LIMITS = Limits(requests_per_second=0.5, requests_burst=3)
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def desk() -> Desk:
    world = World(limits=LIMITS)
    return Desk(world, socketio=(SocketIo(world.hub, TALK, lambda: Access(trusted=TRUSTED)),))


async def statuses(desk: Desk, *paths: str, address: str = STRANGER, **headers: str) -> list[int]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [(await desk.asks("GET", path, bearer="", address=address, headers=named)).status_code for path in paths]


async def test_an_address_that_asks_too_much_is_told_how_long_to_wait(desk: Desk) -> None:
    assert await statuses(desk, "/healthz", "/nowhere/at/all", "/v1/rooms", "/healthz") == [200, 404, 401, 429]
    answer = await desk.asks("GET", "/api/statistics", bearer="")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    said = answer.json()
    # One answer for the clients of every wire.
    assert (said["code"], said["OK"], said["success"]) == ("too_many_requests", False, False)
    assert said["detail"] == said["Error"] == said["message"]
    assert "x-content-type-options" in answer.headers
    assert desk.world.hub.counts.refusals["too_many_requests"] == 2
    desk.world.clock.advance(2)
    assert await statuses(desk, "/healthz", "/healthz") == [200, 429]


async def test_others_are_not_held_back(desk: Desk) -> None:
    """Neither another address nor this machine's own programs, and a proxy's clients are counted one by one."""
    await statuses(desk, *["/healthz"] * 4)
    assert await statuses(desk, "/healthz", address="198.51.100.8") == [200]
    for own in ("127.0.0.1", "10.0.0.9"):
        assert set(await statuses(desk, *["/healthz"] * 9, address=own)) == {200}
    assert await statuses(desk, *["/healthz"] * 4, address="10.0.0.9", X_Forwarded_For="192.0.2.1") == [200] * 3 + [429]
    assert await statuses(desk, "/healthz", address="10.0.0.9", X_Forwarded_For="192.0.2.2") == [200]


async def test_the_page_s_own_files_are_not_counted(desk: Desk) -> None:
    """A newcomer's browser fetches a hundred of them, and so do those of a whole office behind one address."""
    assert set(await statuses(desk, *["/static/nothing.js"] * 9)) == {404}


async def test_whoever_polls_within_a_session_is_not_counted(desk: Desk) -> None:
    """To begin one counts, and so does a guess, also of a session of another address."""
    begun = await desk.asks("GET", HANDSHAKE, bearer="")
    (session,) = desk.surroundings.socketio[0]
    assert session.sid in begun.text
    within = f"{HANDSHAKE}&sid={session.sid}"
    for _ in range(9):
        assert (await desk.asks("POST", within, bearer="", content=b"3")).status_code == 200
    assert await statuses(desk, *[within] * 4, address="198.51.100.8") == [400, 400, 400, 429]
    assert await statuses(desk, *[f"{HANDSHAKE}&sid=guess"] * 3) == [400, 400, 429]


async def test_a_rate_of_0_counts_nothing() -> None:
    desk = Desk(World(limits=Limits(requests_per_second=0.0, requests_burst=3)))
    assert set(await statuses(desk, *["/healthz"] * 9)) == {200}
