"""Several things at once: slow stores, returns, ends. Nothing is lost, nothing comes twice, nobody hears too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.fakes import LOBBY, FakeSink, Person, World

from palaver.core import channels, chat, errors, moderation, rooms, waiting
from palaver.core.calls import JoinCall, Ring, SendSignal
from palaver.core.chat import InChannel, PostMessage, React, ToPerson
from palaver.core.disconnects import KICKED, REPLACED
from palaver.core.ids import ChannelId, RoomId
from palaver.core.moderation import BanPerson, Block, Kick
from palaver.core.participants import ByHandle, BySession, Identity
from palaver.core.rooms import Channel, History, JoinRoom, LeaveReason, Life, Room, UpdateRoom
from palaver.core.sessions import Joined, Position, Resume, Resumed
from palaver.hub import entrance
from palaver.hub.hub import Hub
from palaver.storage.memory import MemoryMessageStore, MemoryModerationStore, MemoryRoomStore

DEN = RoomId("den")
DURABLE = Channel(ChannelId("main"), history=History.DURABLE)
TWO_ROOMS = (
    Room(LOBBY, life=Life.PERMANENT, channels=(DURABLE,)),
    Room(DEN, life=Life.PERMANENT, channels=(DURABLE,)),
)


class Slow:
    """A store whose named methods do their work at once and answer only when `answer` is called."""

    def __init__(self, store: Any, *methods: str, late: bool = False) -> None:
        self.waiting: list[asyncio.Future[None]] = []
        self._store = store
        self._methods = set(methods)
        self._late = late

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in self._methods:
            return method

        def slow(*arguments: Any, **options: Any) -> asyncio.Task[Any]:
            gate = asyncio.get_running_loop().create_future()
            self.waiting.append(gate)
            done = None if self._late else method(*arguments, **options)

            async def answer() -> Any:
                await gate
                return await (done or method(*arguments, **options))

            return asyncio.create_task(answer())

        return slow

    async def answer(self, count: int = 1000) -> None:
        """Let the store answer its oldest questions, and what follows from them happen."""
        for gate in self.waiting[:count]:
            gate.set_result(None)
        del self.waiting[:count]
        await settled()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def say(text: str, room: RoomId = LOBBY) -> PostMessage:
    return PostMessage(InChannel(room), text)


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"]["text"] for event in events if event["type"] == "message_posted"]


@pytest.fixture
async def tasks() -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Tasks of a test; each must have ended without an unexpected error."""
    running: list[asyncio.Task[Any]] = []
    yield running
    for task in running:
        assert task.done()


def begin(tasks: list[asyncio.Task[Any]], work: Any) -> asyncio.Task[Any]:
    tasks.append(asyncio.ensure_future(work))
    return tasks[-1]


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


# -- coming back ------------------------------------------------------------------------------------------------------


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


async def test_relations_of_somebody_who_left_while_they_were_read_leave_no_ghost(
    tasks: list[asyncio.Task[Any]],
) -> None:
    store = Slow(MemoryModerationStore(), "relations")
    world = World(moderation=store)
    reading = begin(tasks, entrance.stored_relations(world.hub, Identity("ana", user="site:ana")))  # type: ignore[arg-type]
    await settled()
    world.hub.bans.append(
        moderation.Ban("ana", (moderation.PersonKey("user:site:ana"),), until_ms=int(world.clock.now() * 1000) + 60_000)
    )
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
