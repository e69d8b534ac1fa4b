"""The counts that everybody may read, and the pages of other origins that may."""

from __future__ import annotations

import msgspec
import pytest
from tests.web.conftest import Desk

from palaver.core.ids import RoomId
from palaver.core.participants import CameraRules, Media, SetStatus
from palaver.core.rooms import CreateRoom
from palaver.hub import seats

FRIEND = "https://www.site.example"


async def test_an_empty_server_counts_nothing(desk: Desk) -> None:
    answer = await desk.asks("GET", "/v1/statistics", bearer="")
    assert answer.json() == {"people": 0, "names": [], "rooms": 0, "cameras": {"plain": 0, "explicit": 0}}


async def test_people_are_counted_once_and_named_in_the_default_room_alone(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby")
    ana.ask(CreateRoom(RoomId("secret"), listed=False))
    bob = desk.world.open("bob", "lobby", "secret")
    desk.world.open("cleo", "secret")
    desk.world.open("waits outside")
    for person, explicit in ((ana, False), (bob, True)):
        for room in desk.world.hub.presence.rooms_of(person.id):
            media = Media(camera=True, rules=CameraRules(explicit=explicit))
            seats.change_seat(desk.world.hub, room, msgspec.structs.replace(person.seat(room), media=media))

    statistics = (await desk.asks("GET", "/v1/statistics", bearer="")).json()
    assert statistics == {
        "people": 3,
        "names": ["ana", "bob"],
        "rooms": 2,
        "cameras": {"plain": 1, "explicit": 1},
    }


async def test_somebody_who_hides_is_not_counted(desk: Desk) -> None:
    desk.world.open("ana", "lobby", operator=True).ask(SetStatus("hidden"))
    assert (await desk.asks("GET", "/v1/statistics", bearer="")).json()["people"] == 0


async def test_a_page_of_a_friend_may_read_it(desk: Desk) -> None:
    desk.change(origins=frozenset({FRIEND}))
    answer = await desk.asks("GET", "/v1/statistics", bearer="", headers={"Origin": FRIEND})

    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://www.site.example.evil", "http://www.site.example", "null", "*", ""])
async def test_a_page_of_a_stranger_may_not(desk: Desk, origin: str) -> None:
    desk.change(origins=frozenset({FRIEND, "null"}))
    for method in ("GET", "OPTIONS"):
        answer = await desk.asks(method, "/v1/statistics", bearer="", headers={"Origin": origin})
        assert answer.status_code in (200, 204)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "Origin"


async def test_a_page_of_a_friend_may_send_pictures_and_read_why_not(desk: Desk) -> None:
    desk.change(origins=frozenset({FRIEND}))
    headers = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    asked = await desk.asks("OPTIONS", "/v1/pictures", bearer="", headers=headers)

    assert asked.status_code == 204
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert asked.headers["access-control-allow-headers"] == "Authorization, Content-Type"
    refusal = await desk.asks("POST", "/v1/pictures", bearer="", headers={"Origin": FRIEND})
    assert refusal.status_code == 401
    assert refusal.headers["access-control-allow-origin"] == FRIEND


@pytest.mark.parametrize("path", ["/v1/rooms", "/v1/tokens", "/v1/kicks", "/v1/bans", "/v1/shutdown", "/openapi.json"])
async def test_what_is_for_the_site_is_not_for_pages(desk: Desk, path: str) -> None:
    desk.change(origins=frozenset({FRIEND}))
    for method in ("OPTIONS", "GET", "POST"):
        answer = await desk.asks(method, path, headers={"Origin": FRIEND}, json={})
        assert not [name for name in answer.headers if name.startswith("access-control")]
