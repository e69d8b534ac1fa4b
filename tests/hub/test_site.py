"""What the site may do to a hub, beside what HTTP shows of it: one writer per room, nothing told that was not recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, World, driven

from palaver.core.chat import InChannel, PostMessage
from palaver.core.errors import NoSuchMessage, NoSuchRoom, Refusal, RoomExists, Unavailable
from palaver.core.ids import MessageId, RoomId
from palaver.core.moderation import Block
from palaver.core.rooms import History, JoinRoom, Room
from palaver.hub import site
from palaver.storage.memory import MemoryMessageStore, MemoryRoomStore

DEN = RoomId("den")


class Slow:
    """A method that waits until it is let go; then it does what it stands for, or fails."""

    def __init__(self, method: Any) -> None:
        self.method = method
        self.fault: Exception | None = None
        self.calls: list[tuple[Any, ...]] = []
        self.go = asyncio.Event()

    def __call__(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        return asyncio.ensure_future(self._work(arguments))

    async def _work(self, arguments: tuple[Any, ...]) -> Any:
        await self.go.wait()
        if self.fault is not None:
            raise self.fault
        return await self.method(*arguments)


class SlowRooms(MemoryRoomStore):
    def __init__(self) -> None:
        super().__init__()
        self.save = Slow(super().save)  # type: ignore[method-assign]
        self.delete = Slow(super().delete)  # type: ignore[method-assign]


class SlowMessages(MemoryMessageStore):
    def __init__(self) -> None:
        super().__init__()
        self.append = Slow(super().append)  # type: ignore[method-assign]


async def turns() -> None:
    """Let everything go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_two_who_make_one_room_at_once_get_one_room_and_one_refusal() -> None:
    world = World(room_store=SlowRooms())
    first = asyncio.create_task(site.create_room(world.hub, Room(DEN, title="first")))
    await turns()
    with pytest.raises(RoomExists):
        await site.create_room(world.hub, Room(DEN, title="second"))
    world.room_store.save.go.set()
    assert (await first).title == "first"


async def test_a_room_that_could_not_be_stored_closes_for_whoever_was_quick() -> None:
    world = World(room_store=SlowRooms())
    world.room_store.save.fault = Unavailable()
    making = asyncio.create_task(site.create_room(world.hub, Room(DEN)))
    await turns()
    ana = world.open("ana", "den")
    world.room_store.save.go.set()
    with pytest.raises(Unavailable):
        await making
    assert [event["type"] for event in ana.hears()] == ["room_closed"]
    assert DEN not in world.hub.rooms


async def test_changes_to_one_room_do_not_undo_each_other() -> None:
    world = World(room_store=SlowRooms())
    hub = world.hub
    changes: tuple[dict[str, Any], ...] = ({"title": "new"}, {"locked": True})
    both = [
        asyncio.create_task(site.change_room(hub, LOBBY, lambda room, c=c: msgspec.structs.replace(room, **c)))  # type: ignore[misc]
        for c in changes
    ]
    await turns()
    assert len(world.room_store.save.calls) == 1
    world.room_store.save.go.set()
    await asyncio.gather(*both)
    room = hub.rooms[LOBBY].room
    assert (room.title, room.locked) == ("new", True)


async def test_a_change_is_not_told_before_it_is_stored() -> None:
    world = World(room_store=SlowRooms())
    ana = world.open("ana", "lobby")
    changing = asyncio.create_task(
        site.change_room(world.hub, LOBBY, lambda room: msgspec.structs.replace(room, title="new"))
    )
    await turns()
    assert ana.hears() == []
    world.room_store.save.go.set()
    await changing
    assert [event["type"] for event in ana.hears()] == ["title_changed", "room_updated"]


async def test_a_word_of_the_site_is_not_told_before_it_is_recorded() -> None:
    world = World(messages=SlowMessages())
    ana = world.open("ana", "lobby")
    speaking = asyncio.create_task(
        site.speak(world.hub, PostMessage(InChannel(LOBBY), "hi"), InChannel(LOBBY), "The Site")
    )
    await turns()
    assert ana.hears() == []
    assert len(world.hub.untold) == 1
    world.messages.append.go.set()
    await speaking
    assert [event["type"] for event in ana.hears()] == ["message_posted"]
    assert not world.hub.untold
    assert world.messages.append.calls[0][1] is History.MEMORY


async def test_a_word_that_is_not_recorded_is_not_told_or_counted() -> None:
    world = World(messages=SlowMessages())
    ana = world.open("ana", "lobby")
    world.messages.append.fault = Unavailable()
    world.messages.append.go.set()
    with pytest.raises(Unavailable):
        await site.speak(world.hub, PostMessage(InChannel(LOBBY), "hi"), InChannel(LOBBY), "")
    assert (ana.hears(), world.hub.counts.posted, world.hub.untold) == ([], 0, {})


def test_the_default_room_and_unknown_things_are_refused() -> None:
    hub = World().hub
    for work, code in (
        (site.close_room(hub, LOBBY), "not_allowed"),
        (site.close_room(hub, DEN), "no_such_room"),
        (site.lift_ban(hub, "x", None), "no_such_ban"),
        (site.retract(hub, MessageId(7), ""), "no_such_message"),
    ):
        with pytest.raises(Refusal, match=code):
            driven(work)


def test_the_title_stands_beside_the_handle_unless_it_is_the_same() -> None:
    assert site.author("The Site").display_name == "The Site"
    assert site.author(site.HANDLE).display_name == ""
    assert len(site.author("x" * 500).display_name) == 128


def test_those_who_block_each_other_hear_the_site_alike() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Block(("bob",), LOBBY))
    ana.hears(), bob.hears()
    driven(site.speak(world.hub, PostMessage(InChannel(LOBBY), "hi"), InChannel(LOBBY), ""))
    assert [event["type"] for event in (*ana.hears(), *bob.hears())] == ["message_posted"] * 2


def test_a_kick_empties_every_seat_and_bars_for_a_minute() -> None:
    world = World()
    driven(site.create_room(world.hub, Room(DEN)))
    ana = world.open("ana", "lobby", "den", verified=True)
    bob = world.open("bob", "lobby", "den")
    bob.hears()
    assert site.kick(world.hub, site.of_user(world.hub, "ana"), reason="x" * 900) == 1
    assert [(event["room"], event["reason"]) for event in bob.hears()] == [("lobby", "kicked"), ("den", "kicked")]
    assert len(ana.sink.events[-1]["text"]) == 500
    assert site.of_user(world.hub, "ana") == []


def test_a_room_that_ended_is_gone_for_the_stores_as_well() -> None:
    world = World()
    driven(site.create_room(world.hub, Room(DEN)))
    posted = driven(site.speak(world.hub, PostMessage(InChannel(DEN), "hi"), InChannel(DEN), ""))
    driven(site.close_room(world.hub, DEN))
    assert driven(_found(world, posted.id)) is None
    with pytest.raises(NoSuchRoom):
        world.open("ana").ask(JoinRoom(DEN))
    with pytest.raises(NoSuchMessage):
        driven(site.retract(world.hub, posted.id, ""))


async def _found(world: World, message: MessageId) -> Any:
    return await world.messages.find(message)
