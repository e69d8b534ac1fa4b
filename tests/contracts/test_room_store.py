"""What every RoomStore promises."""

from __future__ import annotations

import pytest

from palaver.core.ids import ChannelId, RoomId
from palaver.core.rooms import Channel, History, Life, Room
from palaver.hub.ports.stores import RoomStore

LOBBY = Room(RoomId("lobby"))
STUDIO = Room(
    RoomId("Stüdio 7"),
    title="Ton & Licht",
    life=Life.PERMANENT,
    channels=(
        Channel(ChannelId("main")),
        Channel(ChannelId("vip"), "VIPs", "★", True, False, History.DURABLE, 5, ("Hello", "Rules: …")),
    ),
    pin_digest="d1gest",
    waiting_room=True,
    locked=True,
    guests=False,
    listed=False,
    capacity=12,
    transfer=False,
)


@pytest.fixture
def rooms(stores) -> RoomStore:
    return stores.rooms


async def test_a_new_store_has_no_rooms(rooms: RoomStore) -> None:
    assert await rooms.load() == ()


async def test_rooms_come_back_as_they_were_saved(rooms: RoomStore) -> None:
    await rooms.save(LOBBY)
    await rooms.save(STUDIO)

    assert set(await rooms.load()) == {LOBBY, STUDIO}


async def test_saving_again_replaces(rooms: RoomStore) -> None:
    await rooms.save(LOBBY)
    await rooms.save(Room(LOBBY.id, title="Welcome"))

    assert await rooms.load() == (Room(LOBBY.id, title="Welcome"),)


async def test_room_names_that_differ_only_in_case_are_two_rooms(rooms: RoomStore) -> None:
    await rooms.save(LOBBY)
    await rooms.save(Room(RoomId("Lobby")))

    assert {room.id for room in await rooms.load()} == {"lobby", "Lobby"}


async def test_a_deleted_room_is_gone_and_deleting_it_again_is_harmless(rooms: RoomStore) -> None:
    await rooms.save(LOBBY)
    await rooms.save(STUDIO)
    await rooms.delete(LOBBY.id)
    await rooms.delete(LOBBY.id)

    assert await rooms.load() == (STUDIO,)


async def test_work_is_under_way_before_it_is_awaited(rooms: RoomStore) -> None:
    saving = rooms.save(LOBBY)
    deleting = rooms.delete(LOBBY.id)
    again = rooms.save(STUDIO)
    await again
    await deleting
    await saving

    assert await rooms.load() == (STUDIO,)
