"""How a connection's talk with the hub begins and ends: in time, by a goodbye, by a loss, and while something is awaited."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.fakes import FakeClock, World
from tests.transports.speakers import SESSION_FRAME_BYTES, SlowAppends, Talk, kinds, turns

from palaver.core import errors
from palaver.core.disconnects import SLOW, UNIDENTIFIED
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits
from palaver.storage.memory import MemoryMessageStore, MemoryModerationStore
from palaver.transports.conversation import IDENTIFY_WITHIN_S, RELOAD_S, RELOADING


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
