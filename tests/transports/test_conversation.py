"""One connection's talk with the hub: order, pauses, rates, faults, ends; the wire itself is tested by transcripts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.fakes import FakeClock, World
from tests.transcripts.connections import Closed, FakeConnection

from palaver.core import errors
from palaver.core.chat import Message, PostMessage
from palaver.core.disconnects import SLOW, UNIDENTIFIED
from palaver.core.rooms import History
from palaver.dialects.base import Call
from palaver.dialects.native.surface import DIALECT
from palaver.hub import handlers
from palaver.hub.limits import Limits
from palaver.hub.ports import Admission
from palaver.storage.memory import MemoryMessageStore, MemoryModerationStore
from palaver.transports.connection import PeerInfo
from palaver.transports.conversation import IDENTIFY_WITHIN_S, RELOAD_S, RELOADING, Conversation
from palaver.transports.views import Views

TEXT = {"in": "channel", "room": "lobby"}
OFFER = {"kind": "offer", "description": {"type": "offer", "sdp": "v=0"}}
SESSION_FRAME_BYTES = 1_000_000


class SlowAppends(MemoryMessageStore):
    """Keeps a message when `answer` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[asyncio.Future[None], Message, History]] = []

    def append(self, message: Message, keep: History) -> Any:
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((future, message, keep))
        return future

    async def answer(self, problem: Exception | None = None) -> None:
        future, message, keep = self.waiting.pop(0)
        if problem is None:
            super().append(message, keep)
            future.set_result(None)
        else:
            future.set_exception(problem)
        await turns()


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Talk:
    """Somebody on a pretended connection."""

    def __init__(self, world: World, *, address: str = "") -> None:
        self.world = world
        self.connection = FakeConnection(PeerInfo("/native/ws", b"", [], address))
        self.conversation = self.connection.listener = Conversation(
            world.hub,
            Views(),
            Views().view(DIALECT, "websocket"),
            address=address,
            subprotocol=None,
            session_frame_bytes=SESSION_FRAME_BYTES,
            call=lambda: Call(DIALECT.endpoints[0]),
        )
        self.conversation.opened(self.connection)
        self._number = 0

    def ask(self, word: str, **fields: Any) -> int:
        """Ask for something and return the id of the ask."""
        self._number += 1
        frame = {"id": self._number, "ask": {"type": word, **fields}}
        self.connection.take(json.dumps(frame).encode(), False)
        return self._number

    def say(self, text: str) -> int:
        return self.ask("post_message", place=TEXT, text=text)

    def heard(self) -> list[dict[str, Any]]:
        self.world.clock.settle()
        frames = []
        while self.connection.inbox:
            received = self.connection.inbox.popleft()
            frames.append({"closed": received.code} if isinstance(received, Closed) else json.loads(received))
        return frames

    def in_lobby(self, name: str) -> Talk:
        self.ask("identify", name=name)
        self.ask("join_room", room="lobby")
        assert not [frame for frame in self.heard() if "refusal" in frame]
        return self


def kinds(frames: list[dict[str, Any]]) -> list[Any]:
    return [frame.get("reply") or frame.get("closed") or frame["event"]["type"] for frame in frames]


# -- order ------------------------------------------------------------------------------------------------------------


async def test_while_a_command_waits_the_frames_behind_it_wait_in_order() -> None:
    store = SlowAppends()
    ana = Talk(World(messages=store)).in_lobby("ana")
    first = ana.say("one")
    assert ana.connection.paused
    second, third = ana.say("two"), ana.ask("list_rooms")
    await turns()
    assert len(store.waiting) == 1
    assert ana.heard() == []
    await store.answer()
    assert len(store.waiting) == 1
    assert kinds(ana.heard()) == ["message_posted", first]
    await store.answer()
    assert kinds(ana.heard()) == ["message_posted", second, third]
    assert not ana.connection.paused


async def test_one_who_waits_holds_nobody_else_up() -> None:
    store = SlowAppends()
    world = World(messages=store)
    ana, bob = Talk(world).in_lobby("ana"), Talk(world).in_lobby("bob")
    ana.heard()
    ana.say("slow")
    asked = bob.ask("list_rooms")
    assert kinds(bob.heard()) == [asked]


@pytest.mark.parametrize(
    ("word", "fields", "code"),
    [
        ("post_message", {"place": {"in": "channel", "room": "elsewhere"}, "text": "hi"}, "not_in_room"),
        (
            "send_signal",
            {"to": {"by": "session", "session": "x" * 32}, "signal": OFFER},
            "no_such_participant",
        ),
    ],
    ids=["that could have waited", "that never waits"],
)
def test_a_refusal_is_answered_at_once_and_the_talk_goes_on(word: str, fields: dict[str, Any], code: str) -> None:
    ana = Talk(World()).in_lobby("ana")
    asked = ana.ask(word, **fields)
    (frame,) = ana.heard()
    assert (frame["reply"], frame["refusal"]["code"]) == (asked, code)
    again = ana.ask("list_rooms")
    assert kinds(ana.heard()) == [again]


async def test_a_refusal_after_a_wait_is_answered_and_the_talk_goes_on() -> None:
    store = SlowAppends()
    ana = Talk(World(messages=store)).in_lobby("ana")
    ana.say("lost")
    await store.answer(errors.Unavailable())
    (frame,) = ana.heard()
    assert frame["refusal"]["code"] == "unavailable"
    asked = ana.ask("keepalive")
    assert kinds(ana.heard()) == [asked]


async def test_a_connection_that_closes_while_its_command_waits_leaves_its_message_and_no_session() -> None:
    store = SlowAppends()
    world = World(messages=store)
    ana, bob = Talk(world).in_lobby("ana"), Talk(world).in_lobby("bob")
    ana.say("goodbye")
    ana.say("never read")
    ana.connection.over(1000, clean=True)
    await store.answer()
    assert not store.waiting
    assert kinds(bob.heard()) == ["participant_left", "message_posted"]
    assert len(world.hub.sessions) == 1


def test_one_who_says_that_the_page_is_loaded_anew_has_some_seconds_to_return() -> None:
    """Long enough for a page, too short for others to see somebody who closed it."""
    world = World()
    ana, bob = Talk(world).in_lobby("ana"), Talk(world).in_lobby("bob")
    bob.heard()
    ana.connection.over(RELOADING, clean=True)
    world.clock.advance(RELOAD_S - 1)
    assert bob.heard() == []
    world.clock.advance(1)
    (left,) = bob.heard()
    assert (left["event"]["type"], left["event"].get("reason", "left")) == ("participant_left", "left")


def test_ten_thousand_rapid_frames_are_all_answered_in_order() -> None:
    world = World(limits=Limits(frames_per_second=0, asks_per_second=0))
    ana, bob = Talk(world).in_lobby("ana"), Talk(world).in_lobby("bob")
    ana.heard()
    asked = [ana.ask("set_typing", place=TEXT, typing=bool(number % 2)) for number in range(10_000)]
    assert kinds(ana.heard()) == asked
    assert len(bob.heard()) == 10_000


# -- rates ------------------------------------------------------------------------------------------------------------


def test_over_the_rate_frames_are_delayed_and_none_is_lost() -> None:
    clock = FakeClock()
    ana = Talk(World(limits=Limits(frames_per_second=10, frames_burst=3), clock=clock))
    asked = [ana.ask("keepalive") for _ in range(8)]
    # The frame that goes over the rate has been read; reading stops behind it.
    assert kinds(ana.heard()) == asked[:4]
    assert ana.connection.paused
    for due in asked[4:]:
        clock.advance(0.11)
        assert kinds(ana.heard()) == [due]
    clock.advance(1)
    assert not ana.connection.paused


def test_another_rate_holds_for_connections_that_are_open() -> None:
    """Of somebody who has a session at once, of a stranger from the moment that they have one."""
    clock = FakeClock()
    ana = Talk(World(limits=Limits(frames_per_second=0), clock=clock)).in_lobby("ana")
    bob = Talk(ana.world)
    ana.world.hub.keep_to(Limits(frames_per_second=10, frames_burst=3))
    bob.in_lobby("bob")
    for each in (ana, bob):
        each.heard()
        clock.advance(1)
        asked = [each.ask("keepalive") for _ in range(5)]
        assert kinds(each.heard()) == asked[:4]
        assert each.connection.paused
        clock.advance(1)
    ana.heard()
    for limits in (Limits(frames_per_second=10, frames_burst=8), Limits(frames_per_second=0)):
        ana.world.hub.keep_to(limits)
        clock.advance(10)
    asked = [ana.ask("keepalive") for _ in range(500)]
    assert kinds(ana.heard()) == asked


def test_ten_thousand_frames_against_the_rate_harm_nobody_else() -> None:
    clock = FakeClock()
    world = World(clock=clock)
    ana, bob = Talk(world).in_lobby("ana"), Talk(world).in_lobby("bob")
    ana.heard()
    for _ in range(10_000):
        ana.connection.take(b"not json", False)
    assert ana.connection.paused
    assert len(ana.heard()) < 500
    asked = bob.ask("keepalive")
    assert kinds(bob.heard()) == [asked]
    clock.advance(1000)
    assert not ana.connection.paused


def test_a_pause_that_ends_after_the_connection_is_harmless() -> None:
    clock = FakeClock()
    ana = Talk(World(limits=Limits(frames_per_second=1, frames_burst=1), clock=clock))
    ana.ask("keepalive")
    ana.ask("keepalive")
    assert ana.connection.paused
    ana.connection.over(1006, clean=False)
    clock.advance(60)
    assert clock.pending == 0


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_bug_in_a_handler_is_answered_and_logged_without_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(handlers.HANDLERS, PostMessage, broken)
    ana = Talk(World()).in_lobby("ana")
    with capture_logs() as logs:
        ana.say("my secret")
    (frame,) = ana.heard()
    assert frame["refusal"]["code"] == "server_fault"
    (entry,) = logs
    assert (entry["event"], entry["command"], entry["exc_info"]) == ("command_failed", "PostMessage", True)
    assert entry["session"]
    assert "my secret" not in repr(entry)
    asked = ana.ask("keepalive")
    assert kinds(ana.heard()) == [asked]


async def test_a_bug_behind_a_wait_is_answered_too() -> None:
    store = SlowAppends()
    ana = Talk(World(messages=store)).in_lobby("ana")
    ana.say("hello")
    with capture_logs() as logs:
        await store.answer(ZeroDivisionError())
    assert [frame["refusal"]["code"] for frame in ana.heard()] == ["server_fault"]
    assert len(logs) == 1
    ana.say("again")
    assert len(store.waiting) == 1


# -- beginnings and ends ----------------------------------------------------------------------------------------------


def test_who_does_not_identify_in_time_is_closed() -> None:
    clock = FakeClock()
    ana, bob = Talk(World(clock=clock)), Talk(World(clock=clock)).in_lobby("bob")
    clock.advance(IDENTIFY_WITHIN_S)
    assert kinds(ana.heard()) == [UNIDENTIFIED.code]
    assert bob.heard() == []


def test_frames_may_be_large_only_for_who_is_identified() -> None:
    ana = Talk(World())
    before = ana.connection.max_message_bytes
    ana.ask("identify", name="ana")
    assert before < ana.connection.max_message_bytes == SESSION_FRAME_BYTES


@pytest.mark.parametrize(
    ("code", "clean", "ends"), [(1000, True, True), (1001, True, True), (1006, False, False), (SLOW.code, True, False)]
)
def test_a_goodbye_ends_the_session_and_a_loss_keeps_it(code: int, clean: bool, ends: bool) -> None:
    world = World()
    ana = Talk(world).in_lobby("ana")
    ana.connection.over(code, clean=clean)
    assert len(world.hub.sessions) == (0 if ends else 1)
    world.clock.advance(world.hub.admission.resume_s)
    assert len(world.hub.sessions) == 0
    assert world.clock.pending == 0


def test_a_connection_that_never_identified_leaves_nothing() -> None:
    world = World(limits=Limits(connections_per_address=1))
    world.hub.addresses.enter("192.0.2.1")
    ana = Talk(world, address="192.0.2.1")
    ana.connection.over(1006, clean=False)
    assert world.clock.pending == 0
    assert world.hub.addresses.enter("192.0.2.1")


class SlowRelations(MemoryModerationStore):
    """Answers for a user's relations when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[asyncio.Future[Any]] = []

    def relations(self, user: Any) -> Any:
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]


async def test_a_connection_that_closes_while_it_is_identified_leaves_no_session() -> None:
    store = SlowRelations()
    world = World(moderation=store)
    ana = Talk(world)
    ana.ask("identify", token='{"sub": "ana"}')
    ana.connection.over(1006, clean=False)
    store.asked[0].set_result(await MemoryModerationStore().relations("site:ana"))  # type: ignore[arg-type]
    await turns()
    assert len(world.hub.sessions) == 0
    assert not world.hub.presence.sessions()
    assert world.clock.pending == 0


async def test_a_store_that_fails_while_somebody_is_identified_lets_them_try_again() -> None:
    store = SlowRelations()
    world = World(moderation=store)
    ana = Talk(world)
    ana.ask("identify", token='{"sub": "ana"}')
    store.asked[0].set_exception(errors.Unavailable())
    await turns()
    assert [frame["refusal"]["code"] for frame in ana.heard()] == ["unavailable"]
    ana.ask("identify", token='{"sub": "ana"}')
    store.asked[1].set_result(await MemoryModerationStore().relations("site:ana"))  # type: ignore[arg-type]
    await turns()
    assert [frame["outcome"]["type"] for frame in ana.heard()] == ["identified"]


class SlowPages(MemoryMessageStore):
    """Answers for a channel's page when told to, once `slow` is set."""

    slow = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[asyncio.Future[Any]] = []

    def channel_page(self, *arguments: Any, **options: Any) -> Any:
        if not self.slow:
            return super().channel_page(*arguments, **options)
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]


def returning(world: World, token: str) -> Talk:
    talk = Talk(world)
    talk.ask("resume", token=token, position={"epoch": "another", "seq": 0})
    return talk


async def test_a_connection_that_closes_while_it_resumes_leaves_the_session_to_the_window() -> None:
    store = SlowPages()
    world = World(messages=store)
    ana = Talk(world).in_lobby("ana")
    ana.connection.over(1006, clean=False)
    store.slow = True
    again = returning(world, "e1-secret-1")
    assert len(store.asked) == 1
    again.connection.over(1006, clean=False)
    store.asked[0].set_result(((), False))
    await turns()
    assert len(world.hub.sessions) == 1
    world.clock.advance(world.hub.admission.resume_s)
    assert len(world.hub.sessions) == 0


async def test_nothing_reaches_a_returning_connection_before_its_answer() -> None:
    store = SlowPages()
    world = World(messages=store)
    ana, bob = Talk(world).in_lobby("ana"), Talk(world).in_lobby("bob")
    ana.connection.over(1006, clean=False)
    store.slow = True
    again = returning(world, "e1-secret-1")
    bob.ask("post_message", place={"in": "direct", "to": {"by": "handle", "handle": "ana"}}, text="for ana")
    bob.say("for all")
    assert again.heard() == []
    store.asked[0].set_result(((), False))
    await turns()
    answer, *events = again.heard()
    assert answer["outcome"]["type"] == "resumed"
    told = [message["text"] for message in answer["outcome"]["rooms"][0].get("messages", ())]
    told += [event["event"]["message"]["text"] for event in events]
    assert sorted(told) == ["for all", "for ana"]


def test_the_window_is_told_and_may_be_zero() -> None:
    ana = Talk(World(admission=Admission(resume_s=0)))
    ana.ask("identify", name="ana")
    (frame,) = ana.heard()
    assert frame["outcome"]["resume_s"] == 0


# -- what is counted --------------------------------------------------------------------------------------------------


def test_bytes_are_refused_even_where_they_would_be_a_good_text_and_every_refusal_is_counted() -> None:
    ana = Talk(World())
    for number in (1, 2):
        ana.connection.take(b'{"id":1,"ask":{"type":"list_rooms"}}', True)
        (frame,) = ana.heard()
        assert frame["refusal"]["code"] == "malformed"
        assert ana.world.hub.counts.refusals["malformed"] == number


@pytest.mark.parametrize(("code", "counted"), [(SLOW.code, 1), (1006, 0)])
def test_whoever_read_too_slowly_is_counted(code: int, counted: int) -> None:
    ana = Talk(World()).in_lobby("ana")
    ana.conversation.closed(code, "", False)
    assert ana.world.hub.counts.slow == counted
