"""Several things at once: slow stores, returns, ends. Nothing is lost, nothing comes twice, nobody hears too much."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import DEN, Slow, begin, say, settled, texts
from tests.hub.test_returns import resume

from palaver.core import channels, chat, errors, moderation
from palaver.core.base import DONE
from palaver.core.calls import JoinCall, Ring, SendSignal
from palaver.core.chat import InChannel, PostMessage, React
from palaver.core.disconnects import KICKED
from palaver.core.ids import ChannelId
from palaver.core.moderation import Block, Kick
from palaver.core.participants import ByHandle, BySession, Identity
from palaver.core.rooms import Channel, History, JoinRoom, LeaveReason, LeaveRoom, Life, Room, UpdateRoom
from palaver.core.sessions import Joined
from palaver.core.waiting import DecideWaiting
from palaver.hub import entrance
from palaver.storage.memory import MemoryMessageStore, MemoryModerationStore, MemoryRoomStore

DURABLE = Channel(ChannelId("main"), history=History.DURABLE)
TWO_ROOMS = (
    Room(LOBBY, life=Life.PERMANENT, channels=(DURABLE,)),
    Room(DEN, life=Life.PERMANENT, channels=(DURABLE,)),
)


async def test_a_joiner_gets_every_message_exactly_once_however_slow_the_store(tasks: list[asyncio.Task[Any]]) -> None:
    """Messages are recorded, told, or both, before, while and after the joiner's page is read."""
    for answers in range(1, 4):
        store = Slow(MemoryMessageStore(), "append", "channel_page")
        world = World(rooms=TWO_ROOMS, messages=store)
        joining_ana = begin(tasks, world.open("ana").asks(JoinRoom(LOBBY)))
        await settled()
        await store.answer()
        ana = next(s for s in world.hub.sessions if s.identity.name == "ana")
        assert joining_ana.done()
        for text in ("one", "two"):
            begin(tasks, world.hub.handle(ana, say(text)))
        await settled()
        bob = world.open("bob")
        joining = begin(tasks, bob.asks(JoinRoom(LOBBY)))
        await settled()
        begin(tasks, world.hub.handle(ana, say("three")))
        await settled()
        await store.answer(answers)
        begin(tasks, world.hub.handle(ana, say("four")))
        await settled()
        while store.waiting:
            await store.answer(1)
        joined = joining.result()
        assert isinstance(joined, Joined)
        seen = [message.text for message in joined.snapshot.messages] + texts(bob.hears())
        assert sorted(seen) == ["four", "one", "three", "two"], answers


async def test_what_is_recorded_and_not_yet_told_is_told_and_not_in_the_snapshot(
    tasks: list[asyncio.Task[Any]],
) -> None:
    store = Slow(MemoryMessageStore(), "append")
    world = World(rooms=TWO_ROOMS, messages=store)
    ana = world.open("ana", "lobby")
    begin(tasks, ana.asks(say("recorded")))
    await settled()
    bob = world.open("bob")
    joined = bob.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    await store.answer()
    assert [message.text for message in joined.snapshot.messages] + texts(bob.hears()) == ["recorded"]


async def test_the_snapshot_knows_what_happened_while_its_page_was_read(tasks: list[asyncio.Task[Any]]) -> None:
    memory = MemoryMessageStore()
    store = Slow(memory, "channel_page")
    world = World(rooms=TWO_ROOMS, messages=store)
    ana = world.open("ana")
    begin(tasks, ana.asks(JoinRoom(LOBBY)))
    await settled()
    await store.answer()
    first = ana.ask(say("first"))
    second = ana.ask(say("second"))
    assert isinstance(first, chat.Posted)
    assert isinstance(second, chat.Posted)
    bob = world.open("bob")
    joining = begin(tasks, bob.asks(JoinRoom(LOBBY)))
    await settled()
    ana.ask(React(first.message, "👍"))
    ana.ask(chat.RetractMessage(second.message))
    ana.ask(say("third"))
    await store.answer()
    (one, three) = joining.result().snapshot.messages
    assert (one.text, one.reactions[0].by, three.text) == ("first", ("ana",), "third")
    assert bob.hears() == []


async def test_reactions_at_the_same_time_are_all_kept(tasks: list[asyncio.Task[Any]]) -> None:
    memory = MemoryMessageStore()
    world = World(rooms=TWO_ROOMS, messages=Slow(memory, "find", "replace"))
    people = [world.open(name, "lobby") for name in ("ana", "bob", "cas")]
    posted = people[0].ask(say("hello"))
    assert isinstance(posted, chat.Posted)
    for person in people:
        begin(tasks, person.asks(React(posted.message, "👍")))
    await settled()
    while world.messages.waiting:
        await world.messages.answer()
    message = await memory.find(posted.message)
    assert message is not None
    assert set(message.reactions[0].by) == {"ana", "bob", "cas"}
    assert len(world.hub.changing) == 0


async def test_an_edit_never_follows_the_retraction(tasks: list[asyncio.Task[Any]]) -> None:
    world = World(rooms=TWO_ROOMS, messages=Slow(MemoryMessageStore(), "find", "replace", "remove"))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby", operator=True)
    posted = ana.ask(say("hello"))
    assert isinstance(posted, chat.Posted)
    bob.hears()
    retracting = begin(tasks, bob.asks(chat.RetractMessage(posted.message)))
    editing = begin(tasks, ana.asks(chat.EditMessage(posted.message, "too late")))
    await settled()
    while world.messages.waiting:
        await world.messages.answer()
    assert retracting.exception() is None
    assert isinstance(editing.exception(), errors.NoSuchMessage)
    assert [event["type"] for event in bob.hears()] == ["message_retracted"]


async def test_settings_changed_at_the_same_time_are_all_kept(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryRoomStore(), "save")
    world = World(rooms=TWO_ROOMS, room_store=store)
    ana = world.open("ana", "lobby", operator=True)
    begin(tasks, ana.asks(UpdateRoom(LOBBY, title="Welcome")))
    begin(tasks, ana.asks(UpdateRoom(LOBBY, locked=True)))
    begin(tasks, ana.asks(channels.AddChannel(LOBBY, ChannelId("more"))))
    await settled()
    while store.waiting:
        await store.answer()
    room = world.hub.rooms[LOBBY].room
    assert (room.title, room.locked, len(room.channels)) == ("Welcome", True, 2)


async def test_two_devices_that_ignore_at_the_same_time_both_count(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryModerationStore(), "save_relations")
    world = World(moderation=store)
    one, other = (world.open("ana", "lobby", verified=True, device=device) for device in ("phone", "desk"))
    begin(tasks, one.asks(moderation.Ignore(("bob",), LOBBY)))
    begin(tasks, other.asks(moderation.Ignore(("cas",), LOBBY)))
    await settled()
    while store.waiting:
        await store.answer()
    assert one.session.relations == other.session.relations
    assert one.session.relations.ignores == {"name:bob", "name:cas"}


async def test_who_is_kicked_while_a_join_waits_gets_no_seat(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryMessageStore(), "channel_page")
    world = World(rooms=TWO_ROOMS, messages=store)
    ana, bob = world.open("ana", operator=True), world.open("bob")
    begin(tasks, ana.asks(JoinRoom(LOBBY)))
    await settled()
    await store.answer()
    joining = begin(tasks, bob.asks(JoinRoom(LOBBY)))
    await settled()
    ana.ask(Kick(LOBBY, ByHandle("bob")))
    await store.answer()
    assert isinstance(joining.exception(), errors.NotInRoom)
    assert list(world.hub.presence.roster(LOBBY)) == [ana.id]
    assert bob.sink.disconnect == KICKED
    assert [event["type"] for event in bob.hears()] == ["session_ended"]


async def test_who_leaves_while_presence_claims_a_seat_gives_it_back(tasks: list[asyncio.Task[Any]]) -> None:
    presence = Slow(World().hub.presence, "take_seat", late=True)
    world = World(presence=presence)
    ana = world.open("ana")
    joining = begin(tasks, ana.asks(JoinRoom(LOBBY)))
    await settled()
    world.hub.end(ana.session, KICKED, LeaveReason.LEFT)
    await presence.answer()
    assert isinstance(joining.exception(), errors.Missing)
    assert not world.hub.presence.roster(LOBBY)


async def test_a_message_that_is_recorded_after_its_author_left_is_told(
    tasks: list[asyncio.Task[Any]],
) -> None:
    store = Slow(MemoryMessageStore(), "append")
    world = World(rooms=TWO_ROOMS, messages=store)
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    begin(tasks, ana.asks(say("last words")))
    await settled()
    world.hub.end(ana.session, KICKED, LeaveReason.LEFT)
    await store.answer()
    assert texts(bob.hears()) == ["last words"]
    assert not world.hub.untold


async def test_a_post_that_was_not_recorded_is_told_to_nobody_and_may_be_tried_again() -> None:
    class Broken(MemoryMessageStore):
        def append(self, message: chat.Message, keep: History) -> Any:
            raise errors.Unavailable()

    world = World(messages=Broken())
    ana = world.open("ana", "lobby")
    with pytest.raises(errors.Unavailable):
        ana.ask(PostMessage(InChannel(LOBBY), "hello", nonce="n"))
    assert ana.hears() == []
    world.hub.messages = MemoryMessageStore()
    assert isinstance(ana.ask(PostMessage(InChannel(LOBBY), "hello", nonce="n")), chat.Posted)
    assert texts(ana.hears()) == ["hello"]


@pytest.mark.parametrize("stored", [True, False])
async def test_who_comes_back_and_posts_again_is_answered_as_the_first_post_ends(
    tasks: list[asyncio.Task[Any]], stored: bool
) -> None:
    class Store(MemoryMessageStore):
        def append(self, message: chat.Message, keep: History) -> Any:
            if not stored:
                raise errors.Unavailable()
            return super().append(message, keep)

    store = Slow(Store(), "append", late=True)
    world = World(rooms=TWO_ROOMS, messages=store)
    ana = world.open("ana", "lobby")
    posts = [begin(tasks, ana.asks(PostMessage(InChannel(LOBBY), "hello", nonce="n")))]
    await settled()
    before = world.hub.position.seq
    ana.lose()
    await resume(ana, before)
    posts.append(begin(tasks, ana.asks(PostMessage(InChannel(LOBBY), "hello", nonce="n"))))
    await settled()
    assert not any(post.done() for post in posts), "nobody is told that it is posted before it is recorded"
    await store.answer()
    if stored:
        assert posts[0].result() == posts[1].result()
        assert texts(ana.hears()) == ["hello"]
    else:
        assert all(isinstance(post.exception(), errors.Unavailable) for post in posts)


async def test_relations_of_somebody_who_left_while_they_were_read_leave_no_ghost(
    tasks: list[asyncio.Task[Any]],
) -> None:
    store = Slow(MemoryModerationStore(), "relations")
    world = World(moderation=store)
    reading = begin(tasks, entrance.stored_relations(world.hub, Identity("ana", user="site:ana")))  # type: ignore[arg-type]
    await settled()
    key, now = moderation.PersonKey("user:site:ana"), world.clock.now()
    world.hub.bans.add(moderation.Ban("ana", (key,), until_ms=int(now * 1000) + 60_000), now=now)
    await store.answer()
    assert isinstance(reading.exception(), errors.Banned)
    assert not world.hub.presence.sessions()


def test_a_block_in_the_middle_of_a_call_ends_the_signals() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    for person in (ana, bob):
        person.ask(JoinCall(LOBBY))
    bob.hears()
    ana.ask(Block(("bob",), LOBBY))
    assert [event["type"] for event in bob.hears()] == ["participant_left"]
    for one, other in ((ana, bob), (bob, ana)):
        with pytest.raises(errors.NoSuchParticipant):
            one.ask(SendSignal(BySession(other.id), Ring(), "call"))
    assert bob.hears() == []


async def test_who_is_let_in_and_gone_again_while_the_store_answers_was_let_in(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryMessageStore())
    world = World(rooms=[msgspec.structs.replace(room, waiting_room=True) for room in TWO_ROOMS], messages=store)
    olga, bob = world.open("olga", "lobby", operator=True), world.open("bob", "lobby")
    store._methods.add("channel_page")
    deciding = begin(tasks, olga.asks(DecideWaiting(LOBBY, bob.id, admit=True)))
    await settled()
    bob.ask(LeaveRoom(LOBBY))
    await store.answer()
    assert deciding.result() == DONE
    assert list(world.hub.presence.roster(LOBBY)) == [olga.id]
