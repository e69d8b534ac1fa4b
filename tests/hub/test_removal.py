"""Kicks and bans: whom they reach, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, FakeSink, World
from tests.hub.scenes import DEN, say, words

from palaver.cluster.memory import MemoryPresence
from palaver.core import errors, rooms
from palaver.core.disconnects import BANNED, KICKED
from palaver.core.ids import RoomId, UserId
from palaver.core.moderation import KICK_S, BanPerson, Kick, LiftBan
from palaver.core.participants import ByHandle, BySession, SetStatus
from palaver.core.presentation import Present
from palaver.core.rooms import JoinRoom, Life, Room
from palaver.core.sessions import LogIn
from palaver.hub import site
from palaver.storage.memory import MemoryModerationStore


def test_a_kick_frees_every_seat_before_anybody_is_told_and_nothing_follows_the_farewell() -> None:
    world = World()
    ana = world.open("ana", "lobby", operator=True)
    ana.ask(rooms.CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    bob = world.open("bob", "lobby", "den")
    for person in (ana, bob):
        person.hears()
    ana.ask(Kick(LOBBY, ByHandle("bob")))
    assert words(ana) == ["participant_left", "participant_left"]
    assert words(bob) == ["session_ended"]
    assert bob.sink.disconnect == KICKED
    ana.ask(say("gone"))
    assert words(bob) == []
    assert world.hub.rooms[DEN].seated.keys() == {ana.id}


@pytest.mark.parametrize("command", [Present(display_name="eve"), LogIn(UserId("spreed:eve"))])
def test_a_kick_from_a_room_holds_for_a_session_that_says_to_be_somebody_else(command: Present | LogIn) -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(rooms.CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    eve = world.open("Guest 1", "den", nameless=True)
    ana.ask(Kick(DEN, BySession(eve.id)))
    eve.ask(command)
    with pytest.raises(errors.Kicked):
        eve.ask(JoinRoom(DEN))
    world.clock.advance(KICK_S)
    eve.ask(JoinRoom(DEN))


def test_a_kick_is_over_after_a_minute_also_where_the_clock_was_set_back() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", operator=True), world.open("bob", "lobby")
    ana.ask(Kick(LOBBY, BySession(bob.id)))
    an_hour_ago = world.clock.now() - 3600
    world.clock.now = lambda: an_hour_ago
    with pytest.raises(errors.Kicked):
        world.open("bob", "lobby")
    world.clock.advance(KICK_S)
    assert world.open("bob", "lobby").seat().handle == "bob"


def test_a_ban_of_a_guest_who_bears_a_number_removes_that_guest_and_no_namesake() -> None:
    world = World()
    ana = world.open("ana", "lobby", operator=True)
    bob, other = world.open("bob", "lobby"), world.open("bob", "lobby")
    assert other.seat().handle == "bob 2"
    ana.ask(BanPerson(LOBBY, BySession(other.id)))
    assert other.sink.disconnect == BANNED
    assert bob.sink.disconnect is None


def test_nobody_but_the_site_acts_on_those_who_run_it() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(rooms.CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    olga = world.open("olga", "den", operator=True, verified=True)
    with pytest.raises(errors.NotAllowed):
        ana.ask(BanPerson(DEN, BySession(olga.id)))
    olga.ask(Kick(DEN, BySession(ana.id)))
    assert ana.sink.disconnect == KICKED


def test_a_host_removes_from_the_room_and_from_nothing_else() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(rooms.CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    bob = world.open("bob", "lobby", "den")
    bob.hears()
    ana.ask(Kick(DEN, BySession(bob.id)))
    assert words(bob) == ["participant_left"]
    assert bob.sink.disconnect is None
    assert bob.session.rooms == (LOBBY,)
    ana.ask(say("among ourselves", DEN))
    assert words(bob) == []
    assert world.hub.rooms[DEN].seated.keys() == {ana.id}
    with pytest.raises(errors.Kicked):
        bob.ask(JoinRoom(DEN))
    world.clock.advance(61)
    bob.ask(JoinRoom(DEN))


def test_a_ban_reaches_who_waits_and_who_took_the_handle_elsewhere() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, waiting_room=True)])
    ana = world.open("ana", "lobby", "den", operator=True)
    waiting = world.open("mallory", "den")
    disguised = world.open("somebody", sink=FakeSink())
    disguised.ask(JoinRoom(LOBBY, handle="mallory"))
    ana.hears()
    ana.ask(BanPerson(LOBBY, ByHandle("mallory", LOBBY)))
    assert sorted(words(ana)) == ["participant_left", "waiting_ended"]
    assert waiting.sink.disconnect == BANNED
    assert disguised.sink.disconnect == BANNED
    assert not world.hub.rooms[DEN].waiting


def test_lapsed_bans_are_forgotten_when_another_is_made() -> None:
    world = World()
    ana = world.open("ana", "lobby", operator=True)
    ana.ask(BanPerson(LOBBY, ByHandle("bob"), hours=1))
    world.clock.advance(3601)
    ana.ask(BanPerson(LOBBY, ByHandle("cas"), hours=1))
    assert [ban.name for ban in world.hub.bans] == ["cas"]


def test_a_guest_who_was_removed_is_known_by_the_handle_as_well_in_whichever_room_it_was_borne() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    olga = world.open("olga", "lobby", operator=True)
    eve = world.open("eve", "lobby", address="203.0.113.7")
    eve.ask(JoinRoom(DEN, handle="eva"))
    olga.ask(Kick(LOBBY, ByHandle("eve")))
    for name in ("eve", "eva"):
        with pytest.raises(errors.Kicked):
            world.open(name, "lobby", address="203.0.113.7")
        world.open(name, address="203.0.113.8").ask(JoinRoom(LOBBY))


def test_who_was_removed_from_one_room_bears_another_handle_elsewhere_in_peace() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT)])
    ana = world.open("ana")
    ana.ask(rooms.CreateRoom(DEN))
    ana.ask(JoinRoom(DEN))
    eve = world.open("eve", "den", address="203.0.113.7")
    eve.ask(JoinRoom(LOBBY, handle="eva"))
    ana.ask(Kick(DEN, ByHandle("eve")))
    eve.ask(rooms.LeaveRoom(LOBBY))
    world.open("eva", "den", address="203.0.113.7")


def test_a_removal_is_forgotten_after_a_minute_and_no_other_with_it() -> None:
    world = World()
    olga = world.open("olga", "lobby", operator=True)
    for name in ("eve", "mallory"):
        world.open(name, "lobby", address="203.0.113.7")
        olga.ask(Kick(LOBBY, ByHandle(name)))
        world.clock.advance(KICK_S / 2)
    world.open("eve", "lobby", address="203.0.113.7")
    with pytest.raises(errors.Kicked):
        world.open("mallory", "lobby", address="203.0.113.7")
    world.clock.advance(KICK_S)
    assert not world.hub.kicked, "nothing is kept of it"


def test_nobody_hears_that_one_who_hides_was_removed() -> None:
    world = World()
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    olga.ask(SetStatus("hidden"))
    ana.hears()
    assert site.kick(world.hub, site.named(world.hub, "olga", LOBBY), reason="") == 1
    assert olga.sink.disconnect == KICKED
    assert words(ana) == []


def test_a_ban_that_the_store_cannot_lift_goes_on() -> None:
    class Broken(MemoryModerationStore):
        def lift_ban(self, name: str, room: RoomId | None) -> Any:
            raise errors.Unavailable()

    world = World(moderation=Broken())
    ana = world.open("ana", "lobby", operator=True)
    ana.ask(BanPerson(LOBBY, ByHandle("bob")))
    with pytest.raises(errors.Unavailable):
        ana.ask(LiftBan(LOBBY, "bob"))
    with pytest.raises(errors.Banned):
        world.open("bob", "lobby")


async def test_all_who_bear_a_name_in_whichever_room_are_meant_by_a_ban_of_it() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    guest = world.open("bob", "lobby", address="203.0.113.7")
    user, window = world.open("bob", "den", verified=True), world.open("bob", "lobby", verified=True)
    assert window.seat().handle == "bob"
    assert guest.seat().handle == "bob 2"
    elsewhere = world.open("bob", address="203.0.113.8")
    elsewhere.ask(JoinRoom(DEN, handle="bob 2"))
    renamed, namesake = world.open("zed"), world.open("bob 3", "lobby")
    renamed.ask(JoinRoom(DEN, handle="zed"))
    await site.ban_name(world.hub, "BOB", room=None, hours=1, reason="")
    assert [person.sink.disconnect for person in (user, window)] == [BANNED, BANNED]
    assert guest.sink.disconnect is None
    ban = await site.ban_name(world.hub, "bob 2", room=None, hours=1, reason="")
    assert [person.sink.disconnect for person in (guest, elsewhere)] == [BANNED, BANNED]
    assert ban.address == ""
    assert [person.sink.disconnect for person in (renamed, namesake)] == [None, None]


async def test_one_who_runs_the_site_is_banned_as_a_user_and_not_by_a_name() -> None:
    world = World()
    olga = world.open("root", "lobby", operator=True, user=UserId("site:olga"))
    await site.ban_name(world.hub, "olga", room=None, hours=1, reason="")
    assert olga.sink.disconnect is None
    await site.ban_user(world.hub, "olga", room=None, hours=1, reason="")
    assert olga.sink.disconnect == BANNED


async def test_a_ban_goes_through_nobody_whom_it_does_not_mean() -> None:
    class Crowded(MemoryPresence):
        def sessions(self) -> Any:
            raise AssertionError("thousands are here, and thousands are banned")

    world = World(presence=Crowded())
    bob, cas = world.open("bob", "lobby", verified=True), world.open("cas", "lobby", address="203.0.113.7")
    neighbour, user = (
        world.open(name, "lobby", address="203.0.113.7", verified=name == "dee") for name in ("eve", "dee")
    )
    olga = world.open("olga", "lobby", operator=True)
    await site.ban_name(world.hub, "mallory", room=None, hours=1, reason="")
    await site.ban_name(world.hub, "bob", room=None, hours=1, reason="")
    await site.ban_user(world.hub, "eve", room=LOBBY, hours=1, reason="")
    olga.ask(BanPerson(LOBBY, BySession(cas.id)))
    assert bob.sink.disconnect == cas.sink.disconnect == neighbour.sink.disconnect == BANNED
    assert user.sink.disconnect is None


async def test_who_waited_and_was_banned_from_the_room_waits_there_no_longer() -> None:
    world = World(rooms=[Room(DEN, waiting_room=True)])
    bob = world.open("bob", "den")
    await site.ban_name(world.hub, "bob", room=DEN, hours=1, reason="")
    assert words(bob) == ["waiting_ended"]
    assert bob.session.waiting == ()
    with pytest.raises(errors.NotInRoom):
        bob.ask(rooms.LeaveRoom(DEN))
