"""Guests of one name, of whom one runs the site: blocks meet the others, and the name tells them apart."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import DEN, say, shown_to, words

from palaver.core import errors
from palaver.core.chat import PostMessage, ToPerson
from palaver.core.disconnects import LEFT
from palaver.core.ids import RoomId
from palaver.core.moderation import Block, HearEverybody, SetOperator, TakeBlocklist
from palaver.core.participants import BySession
from palaver.core.presentation import Present
from palaver.core.rooms import CloseRoom, JoinRoom, LeaveReason, LeaveRoom, Life, Room
from palaver.hub import site_people
from palaver.hub.admission import Admission

ATTIC = RoomId("attic")


def test_a_guest_blocks_whom_they_like_while_one_of_the_same_name_runs_the_site() -> None:
    world = World()
    olga, bob, ana = world.open("olga", "lobby", operator=True), world.open("bob", "lobby"), world.open("ana", "lobby")
    other = world.open("bob", "lobby")
    olga.ask(SetOperator(LOBBY, BySession(other.id)))
    ana.hears()
    bob.ask(Block(("ana",), LOBBY))
    assert "bob" not in shown_to(ana)
    assert words(ana) == ["participant_left"]


def test_a_guest_who_runs_the_site_is_met_by_no_block_under_the_name_that_others_see() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    olga, ana = world.open("olga", "lobby", operator=True), world.open("ana", "lobby")
    world.open("bob", "lobby")
    other = world.open("bob", "lobby")  # as bob 2
    ana.ask(Block(("bob", "bob 2"), LOBBY))
    assert shown_to(ana) == {"olga", "ana"}
    ana.hears()
    olga.ask(SetOperator(LOBBY, BySession(other.id)))
    assert shown_to(ana) == {"olga", "ana", "bob 2"}
    assert words(ana) == ["participant_joined", "participant_updated"]
    olga.ask(SetOperator(LOBBY, BySession(other.id), on=False))
    assert shown_to(ana) == {"olga", "ana"}
    assert words(ana) == ["participant_left"]


def a_guest_of_two_names_who_runs_the_site(life: Life) -> tuple[Person, Person, Person]:
    """Return who made them so in the lobby, which lives as it is told, who blocks them in the den, and the guest."""
    world = World(rooms=[Room(LOBBY, life=life), Room(DEN, life=Life.PERMANENT)])
    olga, ana, guest = world.open("olga", "lobby", operator=True), world.open("ana"), world.open("bob", "lobby")
    ana.ask(Block(("rob",), LOBBY))
    guest.ask(JoinRoom(DEN, handle="rob"))
    ana.ask(JoinRoom(DEN))
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    return olga, ana, guest


@pytest.mark.parametrize("ends", ["leaves", "closes"])
def test_a_guest_who_runs_the_site_is_met_by_no_block_under_any_name(ends: str) -> None:
    olga, ana, guest = a_guest_of_two_names_who_runs_the_site(Life.EPHEMERAL)
    assert shown_to(ana, DEN) == {"ana", "rob"}
    ana.hears()
    (guest if ends == "leaves" else olga).ask(LeaveRoom(LOBBY) if ends == "leaves" else CloseRoom(LOBBY))
    assert shown_to(ana, DEN) == {"ana", "rob"}
    assert words(ana) == []
    guest.ask(LeaveRoom(DEN))
    assert words(ana) == ["participant_left"]
    guest.ask(JoinRoom(DEN, handle="rob"))
    assert words(ana) == ["participant_joined"]


def test_the_end_of_a_guest_who_runs_the_site_is_told_once() -> None:
    _, ana, guest = a_guest_of_two_names_who_runs_the_site(Life.PERMANENT)
    ana.hears()
    guest.world.hub.end(guest.session, LEFT, LeaveReason.LEFT)
    assert words(ana) == ["participant_left"]


@pytest.mark.parametrize("comes", ["before", "afterwards"])
@pytest.mark.parametrize("nameless", [False, True])
def test_no_guest_shares_the_name_under_which_another_is_met_by_no_block(comes: str, nameless: bool) -> None:
    world = World(rooms=[Room(each, life=Life.PERMANENT) for each in (LOBBY, DEN, ATTIC)])
    olga, ana, guest = world.open("olga", "lobby", operator=True), world.open("ana", "den"), world.open("zed", "lobby")

    def eve_comes() -> Person:
        eve = world.open("Guest 1" if nameless else "zed", "den", nameless=nameless)
        if nameless:
            eve.ask(Present("zed"))
        return eve

    eve = eve_comes() if comes == "before" else None
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    eve = eve or eve_comes()
    assert eve.seat(DEN).handle == "zed 2"
    assert shown_to(ana, DEN) == {"ana", "zed 2"}
    ana.ask(Block(("zed 2",), DEN))
    ana.hears()
    eve.ask(say("it is me", DEN))
    assert words(ana) == []
    world.open("zed", "den", verified=True)
    assert shown_to(ana, DEN) == {"ana", "zed"}, "users bear their own names"
    guest.ask(JoinRoom(ATTIC, handle="zed 2"))
    assert guest.seat(ATTIC).handle == "zed 2 2"
    olga.ask(SetOperator(LOBBY, BySession(guest.id), on=False))
    assert world.open("zed 2 2", "den").seat(DEN).handle == "zed 2 2"


@pytest.mark.parametrize("sits", [True, False])
def test_a_guest_from_outside_is_blocked_under_a_name_of_their_own(sits: bool) -> None:
    world = World()
    olga, ana, guest = (
        world.open("olga", "lobby", operator=True),
        world.open("ana", "lobby"),
        world.open("zed", "lobby"),
    )
    outside = world.open("zed")
    hello = PostMessage(ToPerson(BySession(ana.id)), "hello")
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    if not sits:
        guest.ask(LeaveRoom(LOBBY))
    ana.hears()
    for person in (outside, guest):
        person.ask(hello)
    assert [event["message"]["author"]["handle"] for event in ana.hears()] == ["zed 2", "zed"]
    ana.ask(Block(("zed 2",), LOBBY))
    with pytest.raises(errors.NoSuchParticipant):
        outside.ask(hello)
    ana.ask(TakeBlocklist(("zed",), LOBBY))
    guest.ask(hello)


def test_a_name_that_another_guest_bears_is_no_shield_of_one_who_sits_nowhere() -> None:
    world = World()
    olga, ana, zed = world.open("olga", "lobby", operator=True), world.open("ana", "lobby"), world.open("zed", "lobby")
    other = world.open("zed", "lobby")
    olga.ask(SetOperator(LOBBY, BySession(other.id)))
    other.ask(LeaveRoom(LOBBY))
    ana.ask(Block(("zed",), LOBBY))
    ana.hears()
    zed.ask(say("it is me"))
    assert words(ana) == []


def test_nobody_gives_way_to_a_name_who_bears_another_or_is_a_user() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    olga, guest = world.open("olga", "lobby", operator=True), world.open("zed", "lobby")
    user, other = world.open("zed", "den", verified=True), world.open("zed")
    other.ask(JoinRoom(DEN, handle="eve"))
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    assert [person.seat(DEN).handle for person in (user, other)] == ["zed", "eve"]


def test_guests_who_may_be_blocked_though_they_run_the_site_share_names_as_others_do() -> None:
    world = World(
        rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)],
        admission=Admission(blockable_operators=True),
    )
    olga, eve, guest = world.open("olga", "lobby", operator=True), world.open("zed", "den"), world.open("zed", "lobby")
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    other = world.open("zed")
    other.ask(JoinRoom(DEN))
    assert (eve.seat(DEN).handle, other.seat(DEN).handle) == ("zed", "zed 2")
    guest.ask(HearEverybody())
    assert eve.seat(DEN).handle != "zed"


def test_guests_give_way_to_those_who_run_the_site_once_they_cannot_be_blocked() -> None:
    world = World(
        rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)],
        admission=Admission(blockable_operators=True),
    )
    olga, eve, guest = world.open("olga", "lobby", operator=True), world.open("zed", "den"), world.open("zed", "lobby")
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    world.hub.admission = Admission()
    site_people.judge_operators_anew(world.hub)
    assert (eve.seat(DEN).handle, guest.seat().handle) == ("zed 2", "zed")


def test_who_is_named_by_the_server_may_have_that_name() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    world.open("GUEST 1", "den")
    guest = world.open("Guest 1", "lobby", "den", nameless=True)
    guest.ask(Present("guest 1"))
    assert [guest.seat(room).handle for room in (LOBBY, DEN)] == ["guest 1", "guest 1 2"]


def test_a_guest_who_runs_the_site_and_gives_up_a_name_is_met_by_no_block_under_the_next() -> None:
    world = World()
    olga, ana, guest = (
        world.open("olga", "lobby", operator=True),
        world.open("ana", "lobby"),
        world.open("bob", "lobby"),
    )
    ana.ask(TakeBlocklist(("bob 2",), LOBBY))
    olga.ask(SetOperator(LOBBY, BySession(guest.id)))
    ana.hears()
    world.open("bob", "lobby", verified=True)
    assert guest.seat().handle == "bob 2"
    assert shown_to(ana) == {"olga", "ana", "bob", "bob 2"}
    assert "participant_left" not in words(ana)
