"""Waiting rooms: who waits, what they hear, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import DEN, say, words

from palaver.core import chat, errors, rooms, waiting
from palaver.core.chat import InChannel, PostMessage, SetTyping, ToPerson
from palaver.core.ids import RoomId, UserId
from palaver.core.moderation import Kick
from palaver.core.participants import ByHandle, BySession, Rename, Role, SetStatus
from palaver.core.presentation import Present
from palaver.core.rooms import JoinRoom, LeaveRoom, Life, Room, UpdateRoom
from palaver.core.sessions import Joined, LogIn
from palaver.hub import site
from palaver.hub.limits import Limits


def test_who_waits_is_told_when_the_room_closes_and_may_wait_again() -> None:
    world = World()
    ana, bob = world.open("ana"), world.open("bob")
    ana.ask(rooms.CreateRoom(DEN, waiting_room=True))
    ana.ask(JoinRoom(DEN))
    assert isinstance(bob.ask(JoinRoom(DEN)), waiting.Waiting)
    ana.ask(rooms.CloseRoom(DEN))
    assert words(bob) == ["room_closed"]
    bob.ask(JoinRoom(DEN, create=True))
    bob.ask(LeaveRoom(DEN))
    assert bob.session.rooms == ()
    assert bob.session.waiting == ()


def test_who_waits_in_a_room_that_all_have_left_is_told_when_it_ends() -> None:
    world = World()
    ana, bob = world.open("ana"), world.open("bob")
    ana.ask(rooms.CreateRoom(DEN, waiting_room=True))
    ana.ask(JoinRoom(DEN))
    bob.ask(JoinRoom(DEN))
    ana.ask(LeaveRoom(DEN))
    world.clock.advance(60)
    assert words(bob) == ["room_closed"]
    assert bob.session.waiting == ()


def test_leaving_one_waiting_room_keeps_the_place_in_another() -> None:
    waiting = [Room(RoomId(name), waiting_room=True) for name in ("one", "two")]
    world = World(rooms=waiting)
    ana = world.open("ana", "one", "two")
    ana.ask(LeaveRoom(RoomId("one")))
    assert ana.session.waiting == ("two",)
    assert list(world.hub.rooms[RoomId("two")].waiting) == [ana.id]


def test_who_walks_in_when_the_waiting_room_is_off_waits_no_longer() -> None:
    world = World(rooms=[Room(DEN, waiting_room=True)])
    ana, bob = world.open("ana", "den", operator=True), world.open("bob", "den")
    ana.ask(UpdateRoom(DEN, waiting_room=False))
    ana.hears()
    assert isinstance(bob.ask(JoinRoom(DEN)), Joined)
    assert [event["admitted"] for event in ana.hears() if event["type"] == "waiting_ended"] == [True]
    with pytest.raises(errors.NoSuchParticipant):
        ana.ask(waiting.DecideWaiting(DEN, bob.id, admit=True))
    assert bob.session.rooms == (DEN,)
    assert bob.session.waiting == ()


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (Rename("Cyrus"), ("bob", "Cyrus")),
        (Present(display_name="cyrus"), ("cyrus", "")),
        (LogIn(UserId("spreed:cy")), ("bob", "Bob")),
    ],
    ids=["rename", "first name", "login"],
)
def test_who_waits_is_shown_and_comes_in_under_the_name_of_now(command: Any, named: tuple[str, str]) -> None:
    world = World(rooms=[Room(DEN, waiting_room=True)])
    ana = world.open("ana", "den", operator=True)
    bob = world.open("bob", nameless=isinstance(command, Present))
    bob.ask(JoinRoom(DEN, display_name="" if bob.session.identity.nameless else "Bob"))
    ana.hears()
    bob.ask(command)
    assert bob.hears() == [], "who waits is not told that the waiting was over in between"
    (update,) = ana.hears()
    shown = update["participant"]
    assert (update["type"], shown["handle"], shown.get("display_name", "")) == ("waiting_updated", *named)
    bob.ask(command) if not isinstance(command, LogIn) else None
    assert ana.hears() == [], "nothing is new"
    ana.ask(waiting.DecideWaiting(DEN, bob.id, admit=True))
    seat = bob.seat(DEN)
    assert (seat.handle, seat.display_name, seat.user) == (*named, bob.session.identity.user)
    assert seat.role is (Role.MEMBER if seat.user else Role.GUEST)


def test_who_waits_hears_nothing_of_the_room() -> None:
    world = World(rooms=[Room(DEN, waiting_room=True)])
    ana, bob = world.open("ana", "den", operator=True), world.open("bob", "den")
    ana.ask(say("secret", DEN))
    ana.ask(SetTyping(InChannel(DEN), typing=True))
    ana.ask(SetStatus(status="away"))
    ana.ask(UpdateRoom(DEN, title="Den"))
    for command in (
        say("?", DEN),
        chat.FetchHistory(InChannel(DEN)),
        SetTyping(InChannel(DEN), typing=True),
        PostMessage(ToPerson(ByHandle("ana", DEN)), "?"),
        Kick(DEN, BySession(ana.id)),
    ):
        with pytest.raises(errors.Missing):
            bob.ask(command)
    assert bob.hears() == []


async def test_who_is_banned_by_the_name_they_wait_with_is_let_in_by_nobody() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, waiting_room=True)])
    ana, eve = world.open("ana", "den", operator=True), world.open("eve", "lobby")
    eve.ask(JoinRoom(DEN, handle="mallory"))
    await site.ban_name(world.hub, "mallory", room=None, hours=1, reason="")
    with pytest.raises(errors.NotAllowed):
        ana.ask(waiting.DecideWaiting(DEN, eve.id, admit=True))
    assert (eve.session.rooms, eve.session.waiting) == ((LOBBY,), ())
    assert words(ana)[-1] == "waiting_ended"


def test_where_one_waits_counts_as_a_room_of_ones_own() -> None:
    world = World(
        rooms=[Room(LOBBY), *(Room(RoomId(f"room {at}"), waiting_room=True) for at in range(3))],
        limits=Limits(rooms_per_session=3),
    )
    eve = world.open("eve", "lobby", "room 0", "room 1")
    with pytest.raises(errors.TooLarge):
        eve.ask(JoinRoom(RoomId("room 2")))
    assert isinstance(eve.ask(JoinRoom(RoomId("room 1"))), waiting.Waiting), "where one waits already"
    eve.ask(LeaveRoom(RoomId("room 0")))
    assert isinstance(eve.ask(JoinRoom(RoomId("room 2"))), waiting.Waiting)


def test_who_asks_once_more_is_announced_anew_only_as_somebody_else() -> None:
    world = World(rooms=[Room(DEN, waiting_room=True)])
    ana, bob = world.open("ana", "den", operator=True), world.open("bob", "den")
    (asked,) = ana.hears()
    world.clock.advance(1)
    bob.ask(JoinRoom(DEN))
    assert ana.hears() == []
    bob.ask(JoinRoom(DEN, handle="rob"))
    (update,) = ana.hears()
    assert update == {
        "type": "waiting_updated",
        "room": DEN,
        "participant": {**asked["participant"], "handle": "rob"},
    }
