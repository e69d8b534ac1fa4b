"""Rooms that begin, change and end while other things happen to them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import DEN, Slow, begin, settled, words

from palaver.core import channels, errors
from palaver.core.ids import ChannelId, RoomId
from palaver.core.participants import Role, SetStatus
from palaver.core.rooms import CloseRoom, CreateRoom, JoinRoom, LeaveRoom, Room, SetRole, TransferHost, UpdateRoom
from palaver.hub import site
from palaver.storage.memory import MemoryRoomStore


async def answered(store: Slow) -> None:
    while store.waiting:
        await store.answer()


async def test_a_room_that_was_deleted_is_not_stored_again_by_who_changes_it(tasks: list[asyncio.Task[Any]]) -> None:
    memory = MemoryRoomStore()
    store = Slow(memory, "save", "delete")
    world = World(room_store=store)
    begin(tasks, site.create_room(world.hub, Room(DEN)))
    await settled()
    await answered(store)
    ana = world.open("ana", "den", operator=True)
    begin(tasks, site.close_room(world.hub, DEN))
    changing = begin(tasks, ana.asks(UpdateRoom(DEN, title="ours")))
    await settled()
    await answered(store)
    assert isinstance(changing.exception(), errors.NoSuchRoom)
    assert await memory.load() == ()
    assert len(world.hub.changing) == 0


async def test_a_channel_that_ends_while_its_room_is_recorded_stays_ended(tasks: list[asyncio.Task[Any]]) -> None:
    memory = MemoryRoomStore()
    store = Slow(memory, "save")
    world = World(room_store=store)
    ana, bob = world.open("ana", "lobby", operator=True), world.open("bob", "lobby")
    begin(tasks, ana.asks(channels.AddChannel(LOBBY, ChannelId("two"), members=(bob.id,))))
    await settled()
    await answered(store)
    begin(tasks, ana.asks(UpdateRoom(LOBBY, title="ours")))
    await settled()
    bob.ask(LeaveRoom(LOBBY))
    await answered(store)
    room = world.hub.rooms[LOBBY].room
    assert (room.title, [channel.id for channel in room.channels]) == ("ours", ["main"])
    assert await memory.load() == (room,)


def test_nothing_waits_to_be_told_of_a_crowded_room_that_ended() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    for number in range(60):
        world.open(f"person {number}", "den")
    assert len(world.hub.batches) == 1
    ana.ask(CloseRoom(DEN))
    assert len(world.hub.batches) == 0
    assert world.clock.pending == 0


def test_a_room_that_is_there_outlives_who_is_refused_by_another_spelling_of_its_name() -> None:
    world = World()
    ana, eve = world.open("ana"), world.open("eve")
    ana.ask(JoinRoom(DEN, create=True, pin="1"))
    ana.ask(LeaveRoom(DEN))
    with pytest.raises(errors.WrongPin):
        eve.ask(JoinRoom(RoomId(" den "), pin="2"))
    with pytest.raises(errors.PinRequired):
        eve.ask(JoinRoom(DEN, create=True))


@pytest.mark.parametrize("role", ["host", "moderator"])
def test_who_hides_is_not_found_by_who_would_pass_the_room_on_to_them(role: str) -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(DEN, hosted=True))
    ana.ask(JoinRoom(DEN))
    omar = world.open("omar", "den", operator=True)
    omar.ask(SetStatus("hidden"))
    omar.hears()
    with pytest.raises(errors.NoSuchParticipant):
        ana.ask(TransferHost(DEN, omar.id) if role == "host" else SetRole(DEN, omar.id, Role.MODERATOR))
    assert words(omar) == []


@pytest.mark.parametrize("by", ["its host", "leaving"])
def test_nothing_is_left_of_a_room_that_ended_for_all(by: str) -> None:
    world = World()
    ana, bob, cas = world.open("ana"), world.open("bob"), world.open("cas")
    ana.ask(CreateRoom(DEN, hosted=True, transfer=False))
    ana.ask(JoinRoom(DEN))
    bob.ask(JoinRoom(DEN))
    ana.ask(UpdateRoom(DEN, waiting_room=True))
    cas.ask(JoinRoom(DEN))
    bob.hears(), cas.hears()
    ana.ask(CloseRoom(DEN) if by == "its host" else LeaveRoom(DEN))
    assert words(bob)[-1] == words(cas)[-1] == "room_closed"
    assert not world.hub.presence.roster(DEN)
    assert not any((*bob.session.rooms, *ana.session.rooms, *cas.session.waiting))
    assert DEN not in world.hub.rooms
    bob.ask(CreateRoom(DEN))
    assert ana.ask(JoinRoom(DEN))
    assert words(cas) == [], "who waited for another room of that name"
