"""Below the path at which a proxy shows the server, and which it takes off what it passes on."""

from __future__ import annotations

import pytest
from tests.web.conftest import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(path_prefix="/site/chat")


async def test_the_page_finds_its_files_and_its_socket_below_the_path(desk: Desk) -> None:
    page = (await desk.asks("GET", "/r/den", bearer="")).text
    assert '"root":"/site/chat"' in page
    assert '"wsPath":"/site/chat/native/ws"' in page
    assert 'href="/site/chat/static/' in page
    assert '"/static/' not in page


async def test_addresses_that_are_told_are_below_the_path(desk: Desk) -> None:
    made = await desk.asks("POST", "/v1/rooms", json={"room": "den"})
    refused = await desk.asks("POST", "/v1/rooms", json={"room": "den"})
    elsewhere = await desk.asks("GET", "/r/den/?jwt=abc", bearer="")
    assert made.headers["location"] == "/site/chat/v1/rooms/den"
    assert refused.json()["type"] == "/site/chat/docs#problem-room_exists"
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (307, "/site/chat/r/den?jwt=abc")


async def test_what_asks_past_the_proxy_needs_no_path(desk: Desk) -> None:
    assert (await desk.asks("GET", "/healthz", bearer="")).status_code == 200
    assert (await desk.asks("GET", "/site/chat/healthz", bearer="")).status_code == 404
