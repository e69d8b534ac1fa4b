"""One connection's talk with the hub: order, pauses, rates, faults, counts; the wire itself is tested by transcripts."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.fakes import FakeClock, World
from tests.transports.speakers import TEXT, SlowAppends, Talk, kinds, turns

from palaver.core import errors
from palaver.core.chat import PostMessage
from palaver.core.disconnects import SLOW
from palaver.hub import handlers
from palaver.hub.limits import Limits

OFFER = {"kind": "offer", "description": {"type": "offer", "sdp": "v=0"}}


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
