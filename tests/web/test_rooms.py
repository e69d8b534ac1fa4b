"""Rooms over HTTP: made, read, changed and ended by the site, stored where they stay, and told to everybody in them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, World
from tests.web.conftest import Desk, refused

from palaver.core.channels import AddChannel
from palaver.core.errors import Refusal, Unavailable
from palaver.core.ids import ChannelId, RoomId
from palaver.core.rooms import CreateRoom, History, JoinRoom, Life
from palaver.hub.limits import Limits
from palaver.storage.memory import MemoryRoomStore

DEN: dict[str, Any] = {
    "room": "den",
    "title": "The Den",
    "pin": "4711",
    "waiting_room": True,
    "guests": False,
    "listed": False,
    "capacity": 7,
    "channels": [
        {"id": "talk", "history": "durable", "newcomers_see": 5, "welcomes": ["Hi!"]},
        {"id": "vips", "title": "VIPs", "icon": "fa-star", "vip_only": True, "pictures": False, "history": "off"},
    ],
}


async def made(desk: Desk, **room: Any) -> dict[str, Any]:
    answer = await desk.asks("POST", "/v1/rooms", json={"room": "den", **room})
    assert answer.status_code == 201, answer.text
    details: dict[str, Any] = answer.json()
    return details


async def test_a_room_is_made_as_asked_and_stored(desk: Desk) -> None:
    answer = await desk.asks("POST", "/v1/rooms", json=DEN)

    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/rooms/den")
    talk = {"id": "talk", "title": "", "icon": "", "vip_only": False, "pictures": True, "history": "durable"}
    vips = {"id": "vips", "title": "VIPs", "icon": "fa-star", "vip_only": True, "pictures": False, "history": "off"}
    details = {
        "room": "den",
        "title": "The Den",
        "life": "permanent",
        "pin": True,
        "waiting_room": True,
        "locked": False,
        "guests": False,
        "listed": False,
        "capacity": 7,
        "channels": [
            {**talk, "newcomers_see": 5, "welcomes": ["Hi!"]},
            {**vips, "newcomers_see": 50, "welcomes": []},
        ],
        "participants": 0,
    }
    assert answer.json() == details
    assert (await desk.asks("GET", "/v1/rooms/den")).json() == details

    (stored,) = await desk.world.room_store.load()
    assert stored == desk.world.hub.rooms[RoomId("den")].room
    assert (stored.life, stored.pin_digest) == (Life.PERMANENT, "digest of 4711")
    assert stored.channels[0].history is History.DURABLE


async def test_a_room_is_plain_unless_said_otherwise(desk: Desk) -> None:
    details = await made(desk)
    assert (details["pin"], details["guests"], details["capacity"]) == (False, True, 0)
    assert [channel["id"] for channel in details["channels"]] == ["main"]


async def test_a_room_of_the_site_stays_when_it_is_empty(desk: Desk) -> None:
    await made(desk)
    desk.world.clock.advance(3600)
    assert (await desk.asks("GET", "/v1/rooms/den")).status_code == 200


@pytest.mark.parametrize("name", ["a/b", "Größe & Co?", "...", "100%", "部屋"])
async def test_a_room_of_any_name_has_an_address(desk: Desk, name: str) -> None:
    answer = await desk.asks("POST", "/v1/rooms", json={"room": name})
    assert (await desk.asks("GET", answer.headers["location"])).json()["room"] == name


async def test_two_rooms_cannot_have_one_name(desk: Desk) -> None:
    problem = refused(await desk.asks("POST", "/v1/rooms", json={"room": "lobby"}), 409, "room_exists")
    assert problem["params"] == {"room": "lobby"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"room": ""}, 400, "bad_name"),
        ({"room": "x" * 129}, 400, "bad_name"),
        ({"room": "a\u202eb"}, 400, "bad_name"),
        ({"room": "a\nb"}, 400, "bad_name"),
        ({"capacity": -1}, 400, "malformed"),
        ({"capacity": "7"}, 400, "malformed"),
        ({"channels": []}, 400, "malformed"),
        ({"channels": [{"id": ""}]}, 400, "bad_name"),
        ({"channels": [{"id": "Talk"}, {"id": "talk"}]}, 409, "name_taken"),
        ({"channels": [{"id": "a", "newcomers_see": 101}]}, 400, "malformed"),
        ({"channels": [{"id": "a", "welcomes": ["hi"] * 21}]}, 413, "too_large"),
        ({"channels": [{"id": "a", "welcomes": ["x" * 10_001]}]}, 413, "too_large"),
        ({"channels": [{"id": f"c{number}"} for number in range(101)]}, 413, "too_large"),
        ({"life": "hosted"}, 400, "malformed"),
    ],
)
async def test_a_room_that_cannot_be_is_refused(desk: Desk, changes: dict[str, Any], status: int, code: str) -> None:
    refused(await desk.asks("POST", "/v1/rooms", json={"room": "den", **changes}), status, code)
    assert set(desk.world.hub.rooms) == {LOBBY}


async def test_there_are_only_so_many_rooms() -> None:
    desk = Desk(World(limits=Limits(rooms_per_server=1)))
    refused(await desk.asks("POST", "/v1/rooms", json={"room": "den"}), 429, "too_many_requests")


class FailingRooms(MemoryRoomStore):
    """Keeps nothing."""

    def save(self, room: Any) -> Any:
        raise Unavailable

    def delete(self, room: Any) -> Any:
        raise Unavailable


async def test_a_room_that_is_not_stored_is_not_made_changed_or_ended() -> None:
    desk = Desk(World(room_store=FailingRooms()))
    ana = desk.world.open("ana", "lobby")

    refused(await desk.asks("POST", "/v1/rooms", json={"room": "den"}), 503, "unavailable")
    refused(await desk.asks("PATCH", "/v1/rooms/lobby", json={"title": "New"}), 503, "unavailable")
    assert desk.world.hub.rooms.keys() == {LOBBY}
    assert desk.world.hub.rooms[LOBBY].room.title == ""
    assert ana.hears() == []


async def test_every_room_is_listed_by_name_with_its_people(desk: Desk) -> None:
    await made(desk, listed=False)
    desk.world.open("ana", "lobby", "den")
    desk.world.open("bob", "lobby")

    rooms = (await desk.asks("GET", "/v1/rooms")).json()["rooms"]
    assert [(room["room"], room["participants"]) for room in rooms] == [("den", 1), ("lobby", 2)]


async def test_the_people_of_a_room_are_listed_in_order(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby", verified=True, vip=True)
    desk.world.open("bob", "lobby")

    seats = (await desk.asks("GET", "/v1/rooms/lobby/participants")).json()["participants"]
    assert [(seat["handle"], seat.get("user"), seat.get("vip", False)) for seat in seats] == [
        ("ana", "site:ana", True),
        ("bob", None, False),
    ]
    assert seats[0]["session"] == ana.id
    assert not any("address" in seat for seat in seats)


async def test_a_change_is_stored_and_told_and_leaves_the_rest(desk: Desk) -> None:
    await desk.asks("POST", "/v1/rooms", json={**DEN, "waiting_room": False, "guests": True, "pin": ""})
    ana = desk.world.open("ana", "den")

    answer = await desk.asks("PATCH", "/v1/rooms/den", json={"title": " New ", "locked": True, "pin": "1"})

    details = answer.json()
    assert answer.status_code == 200
    assert (details["title"], details["locked"], details["pin"], details["capacity"]) == ("New", True, True, 7)
    assert [event["type"] for event in ana.hears()] == ["title_changed", "room_updated"]
    (stored,) = await desk.world.room_store.load()
    assert (stored.title, stored.locked, stored.pin_digest) == ("New", True, "digest of 1")


async def test_every_setting_can_be_changed(desk: Desk) -> None:
    await desk.asks("POST", "/v1/rooms", json=DEN)
    changes: dict[str, Any] = {
        "title": "T",
        "pin": "",
        "waiting_room": False,
        "locked": True,
        "guests": True,
        "listed": True,
        "capacity": 0,
        "channels": [{"id": "only"}],
    }
    details = (await desk.asks("PATCH", "/v1/rooms/den", json=changes)).json()

    assert [channel["id"] for channel in details.pop("channels")] == ["only"]
    assert {name: details[name] for name in changes if name not in ("pin", "channels")} == {
        name: value for name, value in changes.items() if name not in ("pin", "channels")
    }
    assert details["pin"] is False


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"channels": []}, 400, "malformed"),
        ({"capacity": -1}, 400, "malformed"),
        ({"title": None}, 400, "malformed"),
        ({"room": "other"}, 400, "malformed"),
        ({"channels": [{"id": "a"}, {"id": "A"}]}, 409, "name_taken"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(desk: Desk, changes: Any, status: int, code: str) -> None:
    await made(desk, title="Old")
    refused(await desk.asks("PATCH", "/v1/rooms/den", json=changes), status, code)
    assert (await desk.asks("GET", "/v1/rooms/den")).json()["title"] == "Old"


async def test_a_room_of_people_is_changed_without_being_stored(desk: Desk) -> None:
    desk.world.open("ana").ask(CreateRoom(RoomId("club")))
    assert (await desk.asks("PATCH", "/v1/rooms/club", json={"title": "Club"})).json()["life"] == "ephemeral"
    assert await desk.world.room_store.load() == ()


async def test_a_room_ends_for_all_and_is_forgotten(desk: Desk) -> None:
    await made(desk)
    ana = desk.world.open("ana", "den")

    answer = await desk.asks("DELETE", "/v1/rooms/den")

    assert (answer.status_code, answer.content) == (204, b"")
    assert [event["type"] for event in ana.hears()] == ["room_closed"]
    assert await desk.world.room_store.load() == ()
    refused(await desk.asks("GET", "/v1/rooms/den"), 404, "no_such_room")
    with pytest.raises(Refusal, match="no_such_room"):
        ana.ask(JoinRoom(RoomId("den")))


async def test_the_default_room_stays(desk: Desk) -> None:
    refused(await desk.asks("DELETE", "/v1/rooms/lobby"), 403, "not_allowed")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/rooms/nowhere", None),
        ("PATCH", "/v1/rooms/nowhere", {}),
        ("DELETE", "/v1/rooms/nowhere", None),
        ("GET", "/v1/rooms/nowhere/participants", None),
        ("GET", "/v1/rooms/nowhere/messages", None),
        ("POST", "/v1/rooms/nowhere/messages", {"text": "hello"}),
    ],
)
async def test_a_room_that_is_not_there_is_told(desk: Desk, method: str, path: str, body: Any) -> None:
    options = {} if body is None else {"json": body}
    assert refused(await desk.asks(method, path, **options), 404, "no_such_room")["params"] == {"room": "nowhere"}


async def test_channels_with_members_are_neither_shown_nor_replaced(desk: Desk) -> None:
    ana = desk.world.open("ana")
    ana.ask(CreateRoom(RoomId("club")))
    ana.ask(JoinRoom(RoomId("club")))
    ana.ask(AddChannel(RoomId("club"), ChannelId("mine"), members=(ana.id,)))
    answer = await desk.asks("PATCH", "/v1/rooms/club", json={"channels": [{"id": "talk"}]})
    assert [channel["id"] for channel in answer.json()["channels"]] == ["talk"]
    assert [channel.id for channel in desk.world.hub.rooms[RoomId("club")].room.channels] == ["talk", "mine"]
