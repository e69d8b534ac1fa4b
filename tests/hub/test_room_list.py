"""The list of rooms, which costs the same however many ask for it."""

from __future__ import annotations

from tests.fakes import LOBBY, FakeClock, World

from palaver.core.ids import RoomId
from palaver.core.rooms import JoinRoom, LeaveRoom, Life, ListRooms, Room, Rooms
from palaver.hub.room_list import KEPT_S, LISTED


def world_of(rooms: int) -> World:
    return World(
        rooms=[Room(RoomId(f"room {number}"), life=Life.PERMANENT) for number in range(rooms)], clock=FakeClock()
    )


def told(world: World) -> dict[str, int]:
    rooms = world.open("eve").ask(ListRooms())
    assert isinstance(rooms, Rooms)
    return {room.id: room.participants for room in rooms.rooms}


def test_of_very_many_rooms_the_fullest_are_told() -> None:
    world = world_of(LISTED + 100)
    ana = world.open("ana", "room 599")
    assert told(world)["room 599"] == 1
    assert len(told(world)) == LISTED
    ana.ask(LeaveRoom(RoomId("room 599")))


def test_a_list_of_very_many_rooms_serves_all_who_ask_within_a_second() -> None:
    world = world_of(LISTED + 1)
    first = world.open("eve").ask(ListRooms())
    ana = world.open("ana", "room 7")
    assert world.open("bob").ask(ListRooms()) is first
    world.clock.advance(KEPT_S)
    assert told(world)["room 7"] == 1
    ana.ask(LeaveRoom(RoomId("room 7")))


def test_a_list_of_few_rooms_is_always_as_it_is() -> None:
    world = World()
    ana = world.open("ana", LOBBY)
    assert told(world) == {LOBBY: 1}
    ana.ask(JoinRoom(RoomId("den"), create=True))
    assert told(world) == {LOBBY: 1, "den": 1}
