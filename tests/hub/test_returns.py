"""Coming back to a session while the world goes on: nothing is lost, told twice or told to the wrong one."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, FakeSink, Person, World
from tests.hub.scenes import DEN, Slow, begin, say, settled, texts

from palaver.core import channels, chat, errors, rooms, waiting
from palaver.core.audience import Publication, ToSessions
from palaver.core.chat import InChannel, PostMessage, ToPerson
from palaver.core.disconnects import REPLACED
from palaver.core.ids import ChannelId, RoomId
from palaver.core.media import ExplicitSuggested
from palaver.core.moderation import BanPerson, Block, Ignore, Kick
from palaver.core.participants import ByHandle, BySession, Identity
from palaver.core.rooms import Channel, History, JoinRoom, LeaveRoom, Life, Room
from palaver.core.sessions import Position, Resume, Resumed
from palaver.hub import entrance
from palaver.hub.hub import Hub
from palaver.hub.limits import Limits
from palaver.hub.sessions import DIRECT_KEPT
from palaver.storage.memory import MemoryMessageStore

DURABLE = Channel(ChannelId("main"), history=History.DURABLE)
TWO_ROOMS = (
    Room(LOBBY, life=Life.PERMANENT, channels=(DURABLE,)),
    Room(DEN, life=Life.PERMANENT, channels=(DURABLE,)),
)


async def resume(person: Person, seq: int, epoch: str = "e1") -> tuple[Resumed, FakeSink]:
    """Come back on a new connection as a conversation does: the answer, what was missed, then what follows."""
    world, sink = person.world, FakeSink()
    session, outcome, missed = await entrance.resume(world.hub, Resume(person.token, Position(epoch, seq)), sink)
    for data in missed:
        sink.write(data)
    world.hub.deliver_again(session, sink)
    person.sink = sink
    return outcome, sink


def position(hub: Hub) -> int:
    return hub.position.seq


async def test_what_is_told_while_snapshots_are_read_for_a_return_is_not_lost(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryMessageStore())
    world = World(rooms=TWO_ROOMS, messages=store)
    ana, bob = world.open("ana", "lobby", "den"), world.open("bob", "lobby", "den")
    bob.lose()
    store._methods.add("channel_page")
    coming = begin(tasks, resume(bob, 0, epoch="another"))
    await settled()
    await store.answer(1)
    ana.ask(say("in the lobby", LOBBY))
    ana.ask(say("in the den", DEN))
    ana.ask(PostMessage(ToPerson(BySession(bob.id)), "to you alone"))
    await store.answer()
    outcome, sink = coming.result()
    assert not outcome.complete
    in_snapshots = [message.text for snapshot in outcome.rooms for message in snapshot.messages]
    assert len({snapshot.position for snapshot in outcome.rooms}) == 1, "one is enough to come back to"
    assert sorted(in_snapshots + texts(sink.events)) == ["in the den", "in the lobby", "to you alone"]
    assert [seq for seq, _ in sink.lines] == sorted(seq for seq, _ in sink.lines)
    ana.ask(say("and now"))
    assert texts(bob.hears())[-1] == "and now"


async def test_a_room_that_closes_while_somebody_returns_is_left_out(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryMessageStore())
    world = World(rooms=TWO_ROOMS, messages=store)
    ana = world.open("ana")
    ana.ask(rooms.CreateRoom(RoomId("idea")))
    ana.ask(JoinRoom(RoomId("idea")))
    bob = world.open("bob", "lobby", "idea")
    store._methods.add("channel_page")
    coming = begin(tasks, resume(bob, 0, epoch="another"))
    await settled()
    ana.ask(rooms.CloseRoom(RoomId("idea")))
    await store.answer(1)
    await store.answer()
    outcome, sink = coming.result()
    assert [snapshot.room.id for snapshot in outcome.rooms] == ["lobby"]
    assert sink.words == ["room_closed"]
    assert bob.session.rooms == (LOBBY,)


async def test_who_is_kicked_while_returning_does_not_return(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryMessageStore())
    world = World(rooms=TWO_ROOMS, messages=store)
    ana, bob = world.open("ana", "lobby", operator=True), world.open("bob", "lobby")
    store._methods.add("channel_page")
    coming = begin(tasks, resume(bob, 0, epoch="another"))
    await settled()
    ana.ask(Kick(LOBBY, BySession(bob.id)))
    await store.answer()
    assert isinstance(coming.exception(), errors.Refusal)
    assert world.hub.sessions.get(bob.id) is None
    assert list(world.hub.presence.roster(LOBBY)) == [ana.id]


async def test_of_two_returns_at_once_the_later_one_has_the_session(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryMessageStore())
    world = World(rooms=TWO_ROOMS, messages=store)
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    first_sink = bob.sink
    store._methods.add("channel_page")
    first = begin(tasks, resume(bob, 0, epoch="another"))
    await settled()
    second = begin(tasks, resume(bob, 0, epoch="another"))
    await settled()
    await store.answer()
    assert isinstance(first.exception(), errors.NoSuchSession)
    _, sink = second.result()
    assert first_sink.disconnect == REPLACED
    ana.ask(say("hello"))
    assert texts(bob.hears()) == ["hello"]
    assert bob.session.sink is sink


async def test_a_return_from_before_the_seat_gets_snapshots_since_its_own_may_be_lost() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    bob = world.open("bob")
    before = position(world.hub)
    bob.ask(JoinRoom(LOBBY))
    bob.lose()
    outcome, _ = await resume(bob, before)
    assert not outcome.complete
    assert [snapshot.room.id for snapshot in outcome.rooms] == ["lobby"]
    ana.ask(say("hello"))
    assert texts(bob.hears()) == ["hello"]


async def test_who_was_admitted_while_lost_hears_nothing_from_before() -> None:
    quiet = Room(DEN, waiting_room=True, channels=(Channel(ChannelId("main"), history=History.OFF),))
    world = World(rooms=(quiet,))
    ana, bob = world.open("ana", "den", operator=True), world.open("bob", "den")
    before = position(world.hub)
    bob.lose()
    ana.ask(say("about bob", DEN))
    ana.ask(waiting.DecideWaiting(DEN, bob.id, admit=True))
    ana.ask(say("welcome bob", DEN))
    outcome, sink = await resume(bob, before)
    told = [message.text for snapshot in outcome.rooms for message in snapshot.messages] + texts(sink.events)
    assert "about bob" not in told
    ana.ask(say("at last", DEN))
    assert texts(bob.hears())[-1] == "at last"


async def test_who_is_admitted_while_returning_hears_nothing_from_before(tasks: list[asyncio.Task[Any]]) -> None:
    quiet = Room(DEN, waiting_room=True, channels=(Channel(ChannelId("main"), history=History.OFF),))
    store = Slow(MemoryMessageStore())
    world = World(rooms=(TWO_ROOMS[0], quiet), messages=store)
    ana, bob = world.open("ana", "lobby", "den", operator=True), world.open("bob", "lobby", "den")
    bob.lose()
    store._methods.add("channel_page")
    coming = begin(tasks, resume(bob, 0, epoch="another"))
    await settled()
    ana.ask(say("about bob", DEN))
    ana.ask(waiting.DecideWaiting(DEN, bob.id, admit=True))
    ana.ask(say("welcome bob", DEN))
    await store.answer()
    outcome, sink = coming.result()
    assert [snapshot.room.id for snapshot in outcome.rooms] == ["lobby"]
    assert sink.words == ["waiting_ended", "admitted", "message_posted"]
    assert texts(sink.events) == ["welcome bob"]
    ana.ask(say("at last", DEN))
    assert texts(bob.hears())[-1] == "at last"


async def test_who_was_blocked_while_lost_hears_nothing_of_the_other_on_returning() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby") for name in ("ana", "bob", "cas"))
    bob.lose()
    before = position(world.hub)
    ana.ask(Block(("bob",), LOBBY))
    ana.ask(say("about bob"))
    ana.ask(chat.SetTyping(InChannel(LOBBY), typing=True))
    cas.ask(say("hello"))
    outcome, sink = await resume(bob, before)
    assert outcome.complete
    assert sink.words == ["participant_left", "message_posted"]
    assert texts(sink.events) == ["hello"]


async def test_what_was_said_in_a_channel_of_others_is_not_told_on_returning_when_the_channel_has_ended() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby", operator=name == "ana") for name in ("ana", "bob", "cas"))
    cas.lose()
    before = position(world.hub)
    ana.ask(channels.AddChannel(LOBBY, ChannelId("two"), members=(ana.id, bob.id)))
    ana.ask(say("between us", LOBBY, "two"))
    for person in (ana, bob):
        person.ask(LeaveRoom(LOBBY))
    outcome, sink = await resume(cas, before)
    assert outcome.complete
    assert texts(sink.events) == []
    assert sink.words.count("participant_left") == 2


async def test_a_lost_session_ends_with_a_ban_and_does_not_return() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", operator=True), world.open("bob", "lobby", address="203.0.113.7")
    bob.lose()
    ana.hears()
    ana.ask(BanPerson(LOBBY, ByHandle("bob")))
    assert [event["reason"] for event in ana.hears()] == ["banned"]
    with pytest.raises(errors.NoSuchSession):
        await resume(bob, 0)
    assert world.clock.pending == 0
    with pytest.raises(errors.Banned):
        entrance.refuse_barred(world.hub, Identity("anybody", address="203.0.113.7"), None)


async def test_a_lost_session_is_over_after_its_window_and_no_earlier() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.hears()
    bob.lose()
    world.clock.advance(29.9)
    assert ana.hears() == []
    await resume(bob, position(world.hub))
    world.clock.advance(100)
    assert ana.hears() == []
    bob.lose()
    world.clock.advance(30)
    assert [(event["type"], event["reason"]) for event in ana.hears()] == [("participant_left", "lost")]
    assert world.hub.presence.card(bob.id) is None


async def test_who_returns_hears_neither_what_they_said_without_echo_nor_whom_they_ignore() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby") for name in ("ana", "bob", "cas"))
    before = position(world.hub)
    ana.ask(PostMessage(InChannel(LOBBY), "mine", echo=False))
    ana.ask(Ignore(("bob",), LOBBY))
    ana.lose()
    for person in (bob, cas):
        person.ask(say(f"from {person.session.identity.name}"))
    outcome, sink = await resume(ana, before)
    assert outcome.complete
    assert texts(sink.events) == ["from cas"]


async def test_a_position_that_nobody_was_told_is_never_complete() -> None:
    world = World(rooms=TWO_ROOMS)
    ana = world.open("ana", "lobby")
    now = position(world.hub)
    assert (await resume(ana, now))[0].complete
    assert not (await resume(ana, now + 1))[0].complete


async def test_who_left_before_they_were_blocked_is_seen_by_nobody_who_returns() -> None:
    """Ana, away, has seen Bob; in her other window she blocks him after he left, so that she must take a snapshot."""
    world = World()
    ana, other = (world.open("ana", "lobby", verified=True) for _ in range(2))
    bob = world.open("bob", "lobby")
    before = position(world.hub)
    ana.lose()
    bob.ask(LeaveRoom(LOBBY))
    other.ask(Block(("bob",), LOBBY))
    outcome, _ = await resume(ana, before)
    assert not outcome.complete
    assert [seat.handle for seat in outcome.rooms[0].participants] == ["ana", "ana 2"]


async def test_a_position_of_another_process_is_never_complete() -> None:
    ana = World().open("ana", "lobby")
    before = position(ana.world.hub)
    ana.lose()
    outcome, _ = await resume(ana, before, epoch="e0")
    assert not outcome.complete


async def test_who_missed_more_than_is_kept_for_them_alone_gets_snapshots() -> None:
    ana = World().open("ana", "lobby")
    before = position(ana.world.hub)
    ana.lose()
    for _ in range(DIRECT_KEPT + 1):
        ana.world.hub.tell(Publication(ExplicitSuggested(), ToSessions((ana.id,))))
    outcome, _ = await resume(ana, before)
    assert not outcome.complete
    assert [each.room.id for each in outcome.rooms] == [LOBBY]


def test_a_session_is_recovered_where_nothing_is_forgotten_and_left_as_it_is_otherwise() -> None:
    world = World(limits=Limits(asks_per_second=1, asks_burst=6))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    before = position(world.hub)
    ana.lose()
    bob.ask(say("one"))
    bob.ask(PostMessage(ToPerson(BySession(ana.id)), "two"))
    bob.ask(say("three"))
    sink = FakeSink()
    assert entrance.recover(world.hub, ana.session, Position("e0", before), sink) is None
    assert ana.session.sink is None
    told = entrance.recover(world.hub, ana.session, Position("e1", before), sink) or []
    assert [msgspec.json.decode(each)[1]["message"]["text"] for each in told] == ["one", "two", "three"]
    assert ana.session.sink is sink
    for _ in range(5):
        again = entrance.recover(world.hub, ana.session, Position("e1", before), FakeSink())
    assert again is None, "too often"
