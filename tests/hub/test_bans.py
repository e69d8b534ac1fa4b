"""Bans that are held: whom they bar, whatever was added, lifted and forgotten before, and what a join pays for them."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes import LOBBY, World
from tests.hub.scenes import DEN

from palaver.core import errors, moderation
from palaver.core.ids import PersonKey, RoomId, UserId
from palaver.core.moderation import Ban, BanPerson, Bans, ListBans, bars
from palaver.core.names import fold
from palaver.core.participants import ByHandle, Identity
from palaver.core.rooms import CreateRoom, JoinRoom
from palaver.hub import entrance
from palaver.hub.bans import HeldBans

PLACES = (None, LOBBY, DEN)
PEOPLE = (
    Identity("ana", address="203.0.113.7"),
    Identity("Bob", address="203.0.113.7"),
    Identity("cas"),
    Identity("bob", UserId("site:bob"), address="203.0.113.8"),
    Identity("cas", UserId("site:ana")),
    Identity("ana", UserId("spreed:ana"), address="203.0.113.7"),
)
_KEYS = [PersonKey(key) for key in ("name:ana", "name:bob", "name:cas", "user:site:bob", "user:site:ana")]

bans = st.builds(
    Ban,
    name=st.sampled_from(("ana", "ANA", "bob", "cas")),
    keys=st.lists(st.sampled_from(_KEYS), max_size=2, unique=True).map(tuple),
    until_ms=st.integers(1_000, 9_000),
    address=st.sampled_from(("", "203.0.113.7", "203.0.113.8")),
    room=st.sampled_from(PLACES),
)
lifts = st.tuples(st.sampled_from(("ana", "Bob", "cas")), st.sampled_from(PLACES))


@given(st.lists(st.tuples(st.integers(0, 2), bans | lifts), max_size=20))
def test_whom_they_bar_is_whom_one_of_them_bars(steps: list[tuple[int, Ban | tuple[str, RoomId | None]]]) -> None:
    held, listed, now = HeldBans(), {}, 0.0  # type: ignore[var-annotated]
    for seconds, step in steps:
        now += seconds
        if isinstance(step, Ban):
            held.add(step, now=now)
            listed[fold(step.name), step.room] = step
        else:
            held.lift(*step)
            listed.pop((fold(step[0]), step[1]), None)
    held.forget_lapsed(now=now)
    holding = [ban for ban in listed.values() if ban.until_ms > now * 1000]
    assert sorted(map(repr, held)) == sorted(map(repr, holding))
    assert len(held) == len(holding)
    for who in PEOPLE:
        for room in PLACES:
            barring = [ban for ban in holding if bars(ban, who, room, now=now)]
            found = held.barring(who, room, now=now)
            assert (found is None) is (not barring)
            assert found is None or (found in barring and found.until_ms == max(ban.until_ms for ban in barring))


def test_one_that_lapsed_and_was_not_forgotten_bars_nobody() -> None:
    held = HeldBans()
    held.add(Ban("bob", (PersonKey("name:bob"),), until_ms=1_000), now=0)
    assert held.barring(Identity("bob"), None, now=0.999) is not None
    assert held.barring(Identity("bob"), None, now=1.0) is None


def test_a_join_costs_no_more_where_many_are_banned() -> None:
    """Counted in calls, since a machine's time is its own."""

    def calls(work: Callable[[], object]) -> int:
        counted = 0

        def count(_frame: object, event: str, _arg: object) -> None:
            nonlocal counted
            counted += event == "call"

        before = sys.getprofile()
        gc.disable()  # its callbacks are calls, too: hypothesis has one
        sys.setprofile(count)
        try:
            work()
        finally:
            sys.setprofile(before)
            gc.enable()
        return counted

    few, many = World(), World()
    for world, count in ((few, 1), (many, 2_000)):
        until_ms = int(world.clock.now() * 1000) + 60_000
        for number in range(count):
            keys = (PersonKey(f"name:troll {number}"),)
            ban = Ban(f"troll {number}", keys, until_ms, address=f"2001:db8::{number:x}")
            world.hub.bans.add(ban, now=world.clock.now())

    def comes_in(world: World) -> Callable[[], object]:
        return lambda: entrance.refuse_barred(world.hub, Identity("ana", address="203.0.113.7"), LOBBY)

    assert calls(comes_in(many)) == calls(comes_in(few))


def test_nothing_piles_up_where_somebody_is_banned_and_let_in_again_and_again() -> None:
    held = HeldBans()
    tracemalloc.start()
    try:
        for number in range(2_000):
            held.add(Ban("bob", (PersonKey("name:bob"),), until_ms=10_000 + number), now=0)
            held.lift("bob", None)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100_000


def test_the_reason_is_told_to_whom_it_was_written_about_and_to_nobody_else() -> None:
    world = World()
    olga = world.open("olga", "lobby", operator=True)
    world.open("bob", "lobby", address="203.0.113.7")
    olga.ask(BanPerson(LOBBY, ByHandle("bob"), reason="{until} <b>spam</b>"))
    with pytest.raises(errors.Banned) as banned:
        world.open("BOB", "lobby", address="203.0.113.9")
    assert banned.value.params["reason"] == "{until} <b>spam</b>"
    assert banned.value.text.endswith(" UTC. Reason: {until} <b>spam</b>")
    with pytest.raises(errors.Banned) as neighbour:
        world.open("ana", "lobby", address="203.0.113.7")
    assert "reason" not in neighbour.value.params
    assert neighbour.value.text.endswith(" UTC.")


def test_bans_that_have_lapsed_do_not_count_against_how_many_a_room_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderation, "MAX_BANS", 2)
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    for name in ("bob", "cas"):
        ana.ask(BanPerson(DEN, ByHandle(name), hours=1))
    with pytest.raises(errors.TooLarge):
        ana.ask(BanPerson(DEN, ByHandle("eve"), hours=1))
    world.clock.advance(3600)
    ana.ask(BanPerson(DEN, ByHandle("eve"), hours=1))
    assert [ban.name for ban in world.hub.bans] == ["eve"]


def test_whoever_makes_a_room_is_shown_its_bans_and_not_those_of_the_server() -> None:
    world = World()
    olga, ana = world.open("olga", "lobby", operator=True), world.open("ana")
    ana.ask(CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    olga.ask(JoinRoom(DEN))
    olga.ask(BanPerson(LOBBY, ByHandle("mallory"), reason="what the police asked about"))
    ana.ask(BanPerson(DEN, ByHandle("bob")))
    for who, shown in ((ana, ["bob"]), (olga, ["mallory", "bob"])):
        listed = who.ask(ListBans(DEN))
        assert isinstance(listed, Bans)
        assert [ban.name for ban in listed.bans] == shown
