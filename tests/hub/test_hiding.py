"""Operators who hide: nobody can tell one from somebody who is absent."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import words

from palaver.core import errors
from palaver.core.calls import JoinCall, Ring, SendSignal
from palaver.core.devices import Devices, FindDevice, ListDevices, PostToDevice
from palaver.core.figures import Figures, ShowFigures
from palaver.core.ids import DeviceId, RoomId, UserId
from palaver.core.media import MarkExplicit, OpenCamera, SetMedia
from palaver.core.moderation import Kick, SetOperator
from palaver.core.participants import ByHandle, BySession, SetStatus
from palaver.core.rooms import JoinRoom, LeaveRoom
from palaver.core.sessions import Joined


@pytest.fixture
def world() -> World:
    return World()


def test_one_who_hides_is_in_no_roster_and_leaves_without_a_word(world: World) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    olga.ask(SetStatus("hidden"))
    assert words(ana) == ["participant_joined", "participant_left"]
    ana.ask(LeaveRoom(LOBBY))
    joined = ana.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [seat.handle for seat in joined.snapshot.participants] == ["ana"]
    ana.hears()
    olga.ask(LeaveRoom(LOBBY))
    assert words(ana) == []


def test_one_who_hides_takes_part_in_no_call(world: World) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(JoinCall(LOBBY))
    olga.ask(SetStatus("hidden"))
    ana.hears()
    with pytest.raises(errors.NotAllowed):
        olga.ask(JoinCall(LOBBY))
    assert words(ana) == []


@pytest.mark.parametrize("command", [Kick, SetOperator, MarkExplicit])
def test_nobody_can_tell_one_who_hides_from_one_who_is_absent(world: World, command: type) -> None:
    world.open("olga", "lobby", operator=True).ask(SetStatus("hidden"))
    omar = world.open("omar", "lobby", operator=True)
    for name in ("olga", "nobody"):
        with pytest.raises(errors.NoSuchParticipant):
            omar.ask(command(LOBBY, ByHandle(name)))


def test_one_who_hides_comes_hidden_into_the_next_room(world: World) -> None:
    ana, olga = world.open("ana"), world.open("olga", "lobby", operator=True)
    ana.ask(JoinRoom(RoomId("den"), create=True))
    olga.ask(SetStatus("hidden"))
    olga.ask(JoinRoom(RoomId("den")))
    assert words(ana) == []


def test_whose_camera_a_hidden_one_opened_may_answer(world: World) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(SetMedia(camera=True))
    olga.ask(SetStatus("hidden"))
    olga.ask(OpenCamera(ByHandle("ana")))
    ana.hears()
    ana.ask(SendSignal(BySession(olga.id), Ring(), about="camera"))
    assert "signal_sent" in words(olga)


def test_one_who_hides_is_in_no_figures() -> None:
    world = World()
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True, verified=True)
    olga.ask(SetStatus("hidden"))
    figures = ana.ask(ShowFigures(details=True))
    assert isinstance(figures, Figures)
    assert figures.seated == ((LOBBY, (ana.id,)),)
    assert olga.id not in str(figures)
    assert figures.of_users == ()


def test_one_who_hides_has_no_device_for_the_others() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    olga = world.open("olga", "lobby", operator=True, verified=True, device="phone")
    user, phone = UserId("site:olga"), DeviceId("phone")
    for person, found in ((ana, (phone,)), (olga, (phone,))):
        assert person.ask(ListDevices(user)) == Devices(found)
    olga.ask(SetStatus("hidden"))
    assert ana.ask(ListDevices(user)) == Devices(())
    assert olga.ask(ListDevices(user)) == Devices((phone,))
    olga.hears()
    for command in (FindDevice(user, phone), PostToDevice(user, phone, "ping")):
        with pytest.raises(errors.NoSuchDevice):
            ana.ask(command)
        olga.ask(command)
    assert words(olga) == ["device_posted"]
