"""The people of the global room are seen and heard in every other, by clients whose wire sits in one room at a time."""

from __future__ import annotations

import pytest
from tests.fakes import FakeSink, Person, PlainView, World

from palaver.core.chat import InChannel, PostMessage
from palaver.core.ids import RoomId
from palaver.core.moderation import Ignore
from palaver.core.one_room import EnterRoom, ListParticipants, Roster
from palaver.core.rooms import JoinRoom, ListRooms, Rooms
from palaver.core.sessions import Joined
from palaver.hub.admission import Admission

TOWER, GARDEN = RoomId("tower"), RoomId("garden")


class WideView(PlainView):
    """As a wire that knows of the global room."""

    hears_global_room = True


WIDE = WideView()


@pytest.fixture
def world() -> World:
    return World(admission=Admission(global_room=TOWER))


def wide(world: World, name: str, room: RoomId) -> Person:
    person = world.open(name, sink=FakeSink(WIDE))
    person.ask(EnterRoom(room, create=True))
    person.hears()
    return person


def shown(person: Person, room: RoomId) -> list[str]:
    roster = person.ask(ListParticipants(room))
    assert isinstance(roster, Roster)
    return [each.handle for each in roster.participants]


def test_they_are_shown_and_heard_in_every_other_room(world: World) -> None:
    ana, bob = wide(world, "ana", GARDEN), wide(world, "bob", RoomId("shed"))
    eve = wide(world, "eve", TOWER)
    assert [each["type"] for each in (*ana.hears(), *bob.hears())] == ["participant_joined"] * 2
    eve.ask(PostMessage(InChannel(TOWER), "we close at ten"))
    assert [each["message"]["text"] for each in (*ana.hears(), *bob.hears())] == ["we close at ten"] * 2
    assert shown(ana, GARDEN) == ["ana", "eve"]


def test_who_enters_later_reads_of_them_in_the_snapshot(world: World) -> None:
    wide(world, "eve", TOWER)
    ana = world.open("ana", sink=FakeSink(WIDE))
    for _ in range(2):  # the second time as somebody who returns
        joined = ana.ask(EnterRoom(GARDEN, create=True))
        assert isinstance(joined, Joined)
        assert [each.handle for each in joined.snapshot.participants] == ["ana", "eve"]


def test_they_hear_their_own_room_alone(world: World) -> None:
    ana, eve = wide(world, "ana", GARDEN), wide(world, "eve", TOWER)
    ana.ask(PostMessage(InChannel(GARDEN), "who is that?"))
    assert eve.hears() == []
    assert shown(eve, TOWER) == ["eve"]


def test_an_event_is_rendered_once_for_all_rooms(world: World) -> None:
    for at in range(20):
        wide(world, f"ana {at}", RoomId(f"room {at}"))
    eve = wide(world, "eve", TOWER)
    before = WIDE.rendered
    eve.ask(PostMessage(InChannel(TOWER), "hello"))
    assert WIDE.rendered - before == 2


def test_whoever_does_not_want_to_hear_one_of_them_does_not(world: World) -> None:
    ana, bob, eve = wide(world, "ana", GARDEN), wide(world, "bob", GARDEN), wide(world, "eve", TOWER)
    ana.ask(Ignore(("eve",), GARDEN))
    ana.hears()
    bob.hears()
    eve.ask(PostMessage(InChannel(TOWER), "hello"))
    assert (len(ana.hears()), len(bob.hears())) == (0, 1)


def test_on_a_wire_with_several_rooms_it_is_a_room_like_any_other(world: World) -> None:
    ana = world.open("ana")
    ana.ask(JoinRoom(GARDEN, create=True))
    eve = wide(world, "eve", TOWER)
    eve.ask(PostMessage(InChannel(TOWER), "hello"))
    assert ana.hears() == []


def test_its_name_is_in_no_list(world: World) -> None:
    eve = wide(world, "eve", TOWER)
    wide(world, "ana", GARDEN)
    rooms = eve.ask(ListRooms())
    assert isinstance(rooms, Rooms)
    assert [each.id for each in rooms.rooms] == ["garden", "lobby"]
