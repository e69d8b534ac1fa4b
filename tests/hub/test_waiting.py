"""Waiting rooms: who waits, what they hear, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import World
from tests.hub.scenes import DEN, say, words

from palaver.core import chat, errors, rooms, waiting
from palaver.core.chat import InChannel, PostMessage, SetTyping, ToPerson
from palaver.core.ids import RoomId, UserId
from palaver.core.moderation import Kick
from palaver.core.participants import ByHandle, BySession, Rename, SetStatus
from palaver.core.presentation import Present
from palaver.core.rooms import JoinRoom, LeaveRoom, Room, UpdateRoom
from palaver.core.sessions import Joined, LogIn


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
    assert isinstance(bob.ask(JoinRoom(DEN)), Joined)
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
    gone, asks = ana.hears()
    assert (gone["type"], gone["session"], gone["admitted"]) == ("waiting_ended", bob.id, False)
    shown = asks["participant"]
    assert (asks["type"], shown["handle"], shown.get("display_name", "")) == ("waiting_started", *named)
    bob.ask(command) if not isinstance(command, LogIn) else None
    assert ana.hears() == [], "nothing is new"
    ana.ask(waiting.DecideWaiting(DEN, bob.id, admit=True))
    seat = bob.seat(DEN)
    assert (seat.handle, seat.display_name, seat.user) == (*named, bob.session.identity.user)


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
