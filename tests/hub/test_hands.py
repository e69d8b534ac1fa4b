"""Raised hands in a room: who raises and lowers them, in which windows, and when they go down by themselves."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.test_returns import resume

from palaver.core.errors import NotAllowed, NotInRoom
from palaver.core.hands import LowerHand, RaiseHand
from palaver.core.ids import RoomId, UserId
from palaver.core.participants import HIDDEN, ONLINE, ByHandle, BySession, SetStatus
from palaver.core.rooms import JoinRoom, LeaveRoom, Life, Room
from palaver.core.sessions import Joined, LogIn

DEN = RoomId("den")
UP = RaiseHand(LOBBY)
DOWN = LowerHand(LOBBY)


def told(person: Person) -> list[tuple[str, bool]]:
    """Return whose hand went up or down, as somebody was told."""
    events = [event["participant"] for event in person.hears() if event["type"] == "participant_updated"]
    return [(seat["handle"], "hand_raised_ms" in seat) for seat in events]


def is_up(person: Person, room: RoomId = LOBBY) -> bool:
    return person.seat(room).hand_raised_ms > 0


def test_everybody_is_told_of_a_hand_that_goes_up_and_down() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    told(bob)
    ana.ask(UP)
    ana.ask(UP)  # no news
    ana.ask(DOWN)
    ana.ask(DOWN)
    assert told(bob) == [("ana", True), ("ana", False)]


def test_newcomers_find_hands_in_the_order_in_which_they_went_up() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    bob.ask(UP)
    world.clock.advance(1)
    ana.ask(UP)
    joined = world.open("cas").ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    seats = sorted(joined.snapshot.participants, key=lambda seat: seat.hand_raised_ms)
    assert [seat.handle for seat in seats if seat.hand_raised_ms] == ["bob", "ana"]


def test_a_hand_is_up_in_one_room_alone() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana = world.open("ana", "lobby", "den")
    ana.ask(UP)
    assert (is_up(ana), is_up(ana, DEN)) == (True, False)
    ana.ask(LeaveRoom(LOBBY))
    with pytest.raises(NotInRoom):
        ana.ask(UP)


@pytest.mark.parametrize(("operator", "allowed"), [(True, True), (False, False)])
def test_a_hand_is_lowered_by_who_runs_the_room(operator: bool, allowed: bool) -> None:
    world = World()
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", verified=True, operator=operator)
    ana.ask(UP)
    lower = LowerHand(LOBBY, ByHandle("ana"))
    if allowed:
        olga.ask(lower)
    else:
        with pytest.raises(NotAllowed):
            olga.ask(lower)
    assert is_up(ana) is not allowed


def test_a_hand_is_up_in_all_windows_of_a_person_and_in_those_opened_later() -> None:
    world = World()
    desk, phone = (world.open("ana", "lobby", verified=True) for _ in range(2))
    desk.ask(UP)
    world.clock.advance(5)
    late = world.open("ana", "lobby", verified=True)
    assert desk.seat().hand_raised_ms == phone.seat().hand_raised_ms == late.seat().hand_raised_ms > 0
    late.ask(DOWN)
    assert not any(map(is_up, (desk, phone, late)))
    desk.ask(UP)
    phone.ask(LowerHand(LOBBY, BySession(desk.id)))
    assert not any(map(is_up, (desk, phone, late)))


@pytest.mark.parametrize("first", ["guest", "window"])
def test_a_guest_who_logs_in_has_the_hand_up_that_the_user_has(first: str) -> None:
    world = World()
    window, guest = world.open("ana", "lobby", verified=True), world.open("guest", "lobby")
    (guest if first == "guest" else window).ask(UP)
    guest.ask(LogIn(UserId("site:ana")))
    assert window.seat().hand_raised_ms == guest.seat().hand_raised_ms > 0


def test_guests_of_one_name_raise_hands_of_their_own() -> None:
    world = World()
    ana, other = world.open("ana", "lobby"), world.open("ana", "lobby")
    ana.ask(UP)
    assert (is_up(ana), is_up(other)) == (True, False)


async def test_a_hand_stays_up_while_its_owner_comes_back_and_goes_down_as_they_leave() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    ana.ask(UP)
    position = world.hub.position.seq
    ana.lose()
    world.clock.advance(5)
    outcome, _ = await resume(ana, position)
    assert outcome.complete
    assert is_up(ana)
    ana.ask(LeaveRoom(LOBBY))
    ana.ask(JoinRoom(LOBBY))
    assert not is_up(ana)


def test_who_is_not_seen_has_no_hand_up() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    olga = world.open("olga", "lobby", verified=True, operator=True)
    olga.ask(UP)
    olga.ask(SetStatus(HIDDEN))
    with pytest.raises(NotAllowed):
        olga.ask(UP)
    olga.ask(SetStatus(ONLINE))
    assert not is_up(olga)
    window = world.open("olga", "lobby", verified=True, operator=True)
    olga.ask(SetStatus(HIDDEN))
    window.ask(UP)
    assert not is_up(olga)
    window.ask(JoinRoom(DEN))
    window.ask(RaiseHand(DEN))
    olga.ask(JoinRoom(DEN))
    assert not is_up(olga, DEN)
    olga.ask(SetStatus(ONLINE))
    assert window.seat().hand_raised_ms == olga.seat().hand_raised_ms > 0, "as in the other window"
