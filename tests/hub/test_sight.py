"""Who comes into sight, and goes out of it, when a block or what somebody is known by changes while both sit in a room."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, FakeSink, Person, World
from tests.hub.scenes import DEN, Slow, begin, settled, shown_to, words
from tests.hub.test_returns import resume

from palaver.cluster.memory import Fabric
from palaver.core import errors, presentation
from palaver.core.disconnects import LEFT
from palaver.core.ids import PersonKey, UserId
from palaver.core.moderation import (
    MAX_RELATIONS,
    Block,
    Ignore,
    InviteToWatch,
    Relations,
    SetOperator,
    TakeBlocklist,
    TurnAway,
    taken_along,
)
from palaver.core.participants import BySession, Identity, SetStatus
from palaver.core.presentation import Present
from palaver.core.rooms import JoinRoom, LeaveReason, LeaveRoom, Life, Room
from palaver.core.sessions import LogIn
from palaver.hub import site_people
from palaver.hub.admission import Admission
from palaver.storage.memory import MemoryModerationStore

ZED = UserId("site:zed")


async def test_who_comes_in_while_a_block_is_stored_goes_out_of_sight_with_it(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryModerationStore(), "save_relations")
    world = World(moderation=store)
    ana = world.open("ana", "lobby", verified=True)
    begin(tasks, ana.asks(Block(("bob",), LOBBY)))
    await settled()
    bob = world.open("bob", "lobby")
    await store.answer()
    assert words(bob) == ["participant_left"]
    assert words(ana) == ["participant_joined", "relations_changed", "participant_left"]


def test_who_logs_in_as_a_user_whom_somebody_blocks_goes_out_of_sight() -> None:
    world = World()
    ana, zed = world.open("ana", "lobby"), world.open("zed", "lobby", verified=True)
    ana.ask(Block(("zed",), LOBBY))
    zed.ask(LeaveRoom(LOBBY))
    guest = world.open("guest", "lobby")
    ana.hears()
    guest.ask(LogIn(ZED))
    assert words(ana) == ["participant_left"]
    assert words(guest) == ["participant_updated", "participant_left"]


async def test_who_logs_in_still_shuts_out_whom_the_guest_did_and_so_do_the_users_other_windows() -> None:
    world = World()
    bob, window = world.open("bob", "lobby"), world.open("zed", "lobby", verified=True)
    window.ask(TurnAway(("eve",), LOBBY))
    guest = world.open("guest", "lobby")
    guest.ask(Block(("bob",), LOBBY))
    guest.ask(Ignore(("ana", "guest"), LOBBY))
    bob.hears(), window.hears(), guest.hears()
    guest.ask(LogIn(ZED))
    assert words(guest) == ["participant_updated"], "bob did not come into sight in between"
    assert words(bob) == ["participant_left"], "the other window went out of sight"
    assert words(window) == ["participant_updated", "relations_changed", "participant_left"]
    ignored, blocked, away = (frozenset({PersonKey(f"name:{name}")}) for name in ("ana", "bob", "eve"))
    assert guest.session.declared == window.session.declared == Relations(ignored, blocked, away)
    assert await world.hub.moderation.relations(ZED) == Relations(ignored, blocked, away)


def test_who_logs_in_lets_all_windows_of_the_user_keep_whom_any_invited_to_watch() -> None:
    world = World()
    world.open("ana", "lobby"), world.open("eve", "lobby")
    window, guest = world.open("zed", "lobby", verified=True), world.open("guest", "lobby")
    window.ask(InviteToWatch(("ana",), LOBBY))
    guest.ask(InviteToWatch(("eve",), LOBBY))
    guest.ask(Block(("mallory",), LOBBY))
    guest.ask(LogIn(ZED))
    for person in (window, guest):
        assert person.session.relations.invited == {"name:ana", "name:eve"}
    again = world.open("again", "lobby")
    again.ask(InviteToWatch(("mo",), LOBBY))
    again.ask(LogIn(ZED))
    assert window.session.relations.invited == {"name:ana", "name:eve", "name:mo"}


def test_more_than_a_user_may_shut_out_is_not_taken_along() -> None:
    many = frozenset(PersonKey(f"name:{n}") for n in range(MAX_RELATIONS))
    stored, held = Relations(ignores=many), Relations(ignores=frozenset({PersonKey("name:bob")}), blocks=many)
    assert taken_along(stored, held, (PersonKey("name:1"),)) == Relations(many, many - {PersonKey("name:1")})


def test_who_takes_a_first_name_that_somebody_blocks_goes_out_of_sight() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    ana.ask(Block(("zed",), LOBBY))
    guest = world.open("Guest 1", "lobby", nameless=True)
    ana.hears()
    guest.ask(Present(display_name="zed"))
    assert words(ana) == ["participant_left"]
    assert words(guest) == ["participant_updated", "participant_left"]


def test_a_guest_whose_blocked_name_goes_to_its_user_comes_into_sight() -> None:
    world = World()
    ana, guest = world.open("ana", "lobby"), world.open("zed", "lobby")
    ana.ask(Block(("zed",), LOBBY))
    ana.hears(), guest.hears()
    world.open("zed", verified=True).ask(JoinRoom(LOBBY))
    assert words(ana) == ["participant_updated", "participant_joined"]
    updated, *joined = guest.hears()
    assert (updated["participant"]["handle"], updated["was"]["handle"]) == ("zed 2", "zed")
    assert [event["type"] for event in joined] == ["participant_joined", "participant_joined"]
    assert guest.seat().handle == "zed 2"


def test_whom_the_site_lets_run_it_comes_into_the_sight_of_those_who_block_them() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    world.open("zed", "lobby", verified=True)
    ana.ask(Block(("zed",), LOBBY))
    ana.hears()
    site_people.amend(world.hub, "zed", Identity("zed", user=ZED, operator=True), room=LOBBY)
    assert words(ana) == ["participant_joined", "participant_updated"]


def test_who_hides_is_seen_again_when_the_site_no_longer_lets_them_run_it() -> None:
    world = World()
    ana, zed = world.open("ana", "lobby"), world.open("zed", "lobby", verified=True, operator=True)
    zed.ask(SetStatus("hidden"))
    ana.hears()
    site_people.amend(world.hub, "zed", Identity("zed", user=ZED), room=LOBBY)
    assert words(ana) == ["participant_joined"]
    assert zed.seat().status == "away"


@pytest.mark.parametrize("by", ["ana", "bob"])
def test_a_user_runs_the_site_in_all_windows_or_in_none(by: str) -> None:
    world = World()
    olga, bob = world.open("olga", "lobby", operator=True), world.open("bob", "lobby", verified=True)
    one, other = world.open("ana", "lobby", verified=True), world.open("ana", "lobby", verified=True)
    (bob if by == "bob" else other).ask(Block(("ana" if by == "bob" else "bob",), LOBBY))
    assert shown_to(bob) == {"olga", "bob"}
    for on in (True, False):
        for person in (bob, one, other):
            person.hears()
        olga.ask(SetOperator(LOBBY, BySession(one.id), on=on))
        assert one.session.identity.operator is other.session.identity.operator is on
        assert shown_to(bob) == ({"olga", "bob", "ana", "ana 2"} if on else {"olga", "bob"})
        told = ["participant_joined", "participant_joined"] if on else ["participant_left", "participant_left"]
        assert [word for word in words(bob) if word != "participant_updated"] == told
        for person in (one, other):
            assert ("bob" in shown_to(person)) is on
            assert [word for word in words(person) if word in told] == told[:1]


@pytest.mark.parametrize("by", ["ana", "bob"])
def test_who_runs_the_site_in_one_window_is_one_person_in_the_other(by: str) -> None:
    world = World()
    bob, one = world.open("bob", "lobby", verified=True), world.open("ana", "lobby", verified=True)
    (bob if by == "bob" else one).ask(Block(("ana" if by == "bob" else "bob",), LOBBY))
    bob.hears(), one.hears()
    ana = msgspec.structs.replace(one.session.identity, operator=True)
    other = Person(world, ana, FakeSink(), one.session.declared)
    assert (words(bob), shown_to(bob)) == (["participant_joined"], {"bob", "ana"})
    assert (words(one), shown_to(one)) == (["relations_changed", "participant_joined"], {"bob", "ana"})
    world.hub.end(other.session, LEFT, LeaveReason.LEFT)
    assert (words(bob), shown_to(bob)) == (["participant_left"], {"bob"})
    assert (words(one), shown_to(one)) == (["relations_changed", "participant_left"], {"ana"})


@pytest.mark.parametrize("leaves_first", [False, True])
async def test_that_one_who_ran_the_site_is_gone_is_known_to_whoever_blocked_them_in_vain(leaves_first: bool) -> None:
    world = World()
    olga, bob = world.open("olga", "lobby", operator=True), world.open("bob")
    bob.ask(Block(("olga",), LOBBY))
    bob.ask(JoinRoom(LOBBY))
    assert shown_to(bob) == {"olga", "bob"}
    before = world.hub.position.seq
    bob.lose()
    if leaves_first:
        olga.ask(LeaveRoom(LOBBY))
    world.hub.end(olga.session, LEFT, LeaveReason.LEFT)
    outcome, _ = await resume(bob, before)
    assert not outcome.complete
    assert [seat.handle for seat in outcome.rooms[0].participants] == ["bob"]


async def test_that_one_left_who_ran_the_site_then_is_known_to_whoever_blocks_them_now() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    olga, bob = world.open("olga", "den", operator=True), world.open("bob", "lobby")
    ana = world.open("ana", "lobby", "den")
    bob.ask(Block(("ana",), LOBBY))
    olga.ask(SetOperator(DEN, BySession(ana.id)))
    assert shown_to(bob) == {"ana", "bob"}
    before = world.hub.position.seq
    bob.lose()
    ana.ask(LeaveRoom(LOBBY))
    olga.ask(SetOperator(DEN, BySession(ana.id), on=False))
    outcome, _ = await resume(bob, before)
    assert not outcome.complete
    assert [seat.handle for seat in outcome.rooms[0].participants] == ["bob"]


def test_that_those_who_run_the_site_may_be_blocked_holds_at_once_for_all_of_them() -> None:
    world = World()
    world.open("olga", "lobby", operator=True)
    bob, ana = world.open("bob", "lobby"), world.open("ana", "lobby")
    bob.ask(TakeBlocklist(("olga", "ana"), LOBBY))
    bob.hears(), ana.hears()
    for blockable, told in ((True, "participant_left"), (False, "participant_joined")):
        world.hub.admission = Admission(blockable_operators=blockable)
        site_people.judge_operators_anew(world.hub)
        assert words(bob) == [told]
        assert ("olga" in shown_to(bob)) is not blockable
        assert words(ana) == [], "whom it does not concern"


async def test_that_one_who_ran_the_site_is_gone_is_told_on_every_node_whoever_blocks_them() -> None:
    fabric = Fabric()
    here, there = World(fabric=fabric, epoch="e1"), World(fabric=fabric, epoch="e2", node=1)
    olga, bob = here.open("olga", "lobby", operator=True), there.open("bob")
    bob.ask(Block(("olga",), LOBBY))
    bob.ask(JoinRoom(LOBBY))
    await settled()
    bob.hears()
    here.hub.end(olga.session, LEFT, LeaveReason.LEFT)
    await settled()
    assert words(bob) == ["participant_left"]


async def test_who_ends_while_logging_in_leaves_nobody_behind(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryModerationStore(), "relations")
    world = World(moderation=store)
    guest = world.open("guest", "lobby")
    logging_in = begin(tasks, guest.asks(LogIn(ZED)))
    await settled()
    world.hub.admission = msgspec.structs.replace(world.hub.admission, resume_s=0)
    guest.lose()
    await store.answer()
    assert isinstance(logging_in.exception(), errors.NoSuchSession)
    assert not world.hub.presence.sessions()


def test_who_logs_in_with_too_much_to_say_stays_a_guest() -> None:
    guest = World().open("guest", "lobby")
    with pytest.raises(errors.TooLarge):
        guest.ask(LogIn(ZED, msgspec.Raw(b'"%s"' % (b"x" * presentation.MAX_DETAILS_BYTES))))
    assert guest.session.identity.user is None
    assert guest.seat().user is None
