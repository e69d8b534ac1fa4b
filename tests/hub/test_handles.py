"""Under which handles people know, block and reach each other, in the rooms that they share and in none."""

from __future__ import annotations

import msgspec
import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import DEN, say, words
from tests.hub.test_returns import resume

from palaver.core import chat, errors
from palaver.core.calls import Ring, SendSignal
from palaver.core.chat import Posted, PostMessage, ToPerson
from palaver.core.devices import PostToDevice
from palaver.core.ids import DeviceId, RoomId, UserId
from palaver.core.media import OpenCamera, SetMedia, Watch
from palaver.core.moderation import Block, Ignore, TurnAway
from palaver.core.participants import ByHandle, BySession, SetStatus
from palaver.core.presentation import Found, LookUp
from palaver.core.rooms import JoinRoom, LeaveRoom, Life, Room
from palaver.hub import site_people


class Cousins:
    """A guest who is bob in one room and zed in another, and somebody who sits only in the second."""

    def __init__(self) -> None:
        self.world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
        self.bob, self.ana = self.world.open("bob", "lobby"), self.world.open("ana", "den")
        self.bob.ask(JoinRoom(DEN, handle="zed"))
        self.bob.ask(SetMedia(camera=True))
        self.ana.ask(SetMedia(camera=True))
        self.ana.hears(), self.bob.hears()


async def test_who_takes_a_name_that_they_block_hears_themselves_also_on_coming_back() -> None:
    world = World()
    bob, guest = world.open("bob", "lobby"), world.open("guest", "lobby")
    guest.ask(Block(("bob",), LOBBY))
    for person in (bob, guest):
        person.ask(LeaveRoom(LOBBY))
    guest.ask(JoinRoom(LOBBY, handle="bob"))
    guest.hears()
    before = world.hub.position.seq
    guest.ask(say("it is me"))
    assert words(guest) == ["message_posted"]
    guest.lose()
    _, sink = await resume(guest, before)
    assert sink.words == ["message_posted"]


def test_people_are_known_by_the_handle_of_the_room_they_share() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana, olga = world.open("ana", "lobby", "den"), world.open("olga", "den", operator=True)
    bob = world.open("bob", "lobby")
    bob.ask(JoinRoom(DEN, handle="rob"))
    ana.ask(LeaveRoom(LOBBY))
    ana.hears(), olga.hears()
    ana.ask(PostMessage(ToPerson(BySession(bob.id)), "hello"))
    (event,) = ana.hears()
    assert event["message"]["place"]["to"]["handle"] == "rob"
    bob.ask(Ignore(("olga",), DEN))
    assert [event["by"]["handle"] for event in olga.hears()] == ["rob"]


def test_people_speak_to_each_other_under_the_handle_of_the_room_they_share() -> None:
    of = Cousins()
    ana = BySession(of.ana.id)
    posted = of.bob.ask(PostMessage(ToPerson(ana), "hello"))
    assert isinstance(posted, Posted)
    of.bob.ask(chat.React(posted.message, "👍"))
    of.bob.ask(SendSignal(ana, Ring()))
    of.bob.ask(OpenCamera(ana))
    of.bob.ask(Watch(ana))
    of.ana.ask(OpenCamera(BySession(of.bob.id)))
    of.bob.ask(TurnAway(("ana",), DEN))
    told = of.ana.hears()
    assert [event["type"] for event in told] == [
        *("message_posted", "reaction_changed", "signal_sent", "camera_opened", "watch_started", "camera_opened"),
        "viewer_turned_away",
    ]
    assert told[0]["message"]["author"]["handle"] == "zed"
    assert {"zed", "ana"} == {
        event[who]["handle"] for event in told[1:] for who in ("by", "sender", "viewer", "owner") if who in event
    }
    of.bob.ask(chat.RetractMessage(posted.message))
    assert [event["by"]["handle"] for event in of.ana.hears()] == ["zed"]


def test_whom_one_blocks_reaches_one_under_no_other_handle() -> None:
    of = Cousins()
    of.ana.ask(Block(("zed",), DEN))
    for target in (BySession(of.ana.id), ByHandle("ana", DEN)):
        for command in (PostMessage(ToPerson(target), "hello"), SendSignal(target, Ring()), OpenCamera(target)):
            with pytest.raises(errors.NoSuchParticipant):
                of.bob.ask(command)
    before = Cousins()
    posted = before.ana.ask(PostMessage(ToPerson(BySession(before.bob.id)), "hello"))
    assert isinstance(posted, Posted)
    before.ana.ask(Block(("zed",), DEN))
    before.bob.hears()
    before.ana.ask(chat.EditMessage(posted.message, "hello you"))
    assert words(before.bob) == []
    with pytest.raises(errors.NoSuchMessage):
        before.bob.ask(chat.React(posted.message, "👍"))
    phone = before.world.open("cas", "den", verified=True, device="phone")
    phone.ask(Block(("zed",), DEN))
    with pytest.raises(errors.NoSuchDevice):
        before.bob.ask(PostToDevice(UserId("site:cas"), DeviceId("phone"), "hello", msgspec.Raw(b"{}")))
    assert before.bob.ask(LookUp(session=before.ana.id)) == Found(())
    other = Cousins()
    assert other.bob.ask(LookUp(session=other.ana.id)) == Found((other.ana.seat(DEN),))
    other.ana.ask(Ignore(("zed",), DEN))
    other.bob.ask(PostMessage(ToPerson(BySession(other.ana.id)), "hello"))
    other.bob.ask(SendSignal(BySession(other.ana.id), Ring()))
    assert words(other.ana) == ["relations_changed"]


def test_who_hides_is_known_by_the_handle_alone() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    world.open("omar", "lobby", operator=True, verified=True).ask(SetStatus("hidden"))
    ana.ask(Ignore(("omar",), LOBBY))
    assert ana.session.relations.ignores == {"name:omar"}


def test_a_user_who_is_here_under_another_name_may_be_heard_again_by_it() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", verified=True)
    bob.ask(JoinRoom(LOBBY, handle="robert"))
    ana.ask(Ignore(("robert",), LOBBY))
    assert ana.session.relations.ignores == {"user:site:bob"}
    ana.ask(Ignore(("robert",), LOBBY, on=False))
    assert not ana.session.relations.ignores


@pytest.mark.parametrize("ends", ["zed", "bob"])
def test_a_guest_is_blocked_under_each_name_that_the_asker_knows(ends: str) -> None:
    world = World(rooms=[Room(each, life=Life.PERMANENT) for each in (LOBBY, DEN, RoomId("attic"))])
    ana, bob = world.open("ana", "lobby", "den"), world.open("bob", "lobby", "attic")
    bob.ask(JoinRoom(DEN, handle="zed"))
    ana.ask(Block(("zed",), DEN))
    for room in (LOBBY, DEN):
        bob.hears()
        ana.ask(say("unheard", room))
        assert words(bob) == []
    assert ana.session.relations.blocks == {"name:bob", "name:zed"}
    ana.ask(Block((ends,), DEN if ends == "zed" else LOBBY, on=False))
    assert ana.session.relations.blocks == frozenset()


@pytest.mark.parametrize("by", ["ana", "the site"])
async def test_a_guest_is_blocked_under_each_name_that_any_window_of_the_asker_knows(by: str) -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana, window = world.open("ana", "lobby", verified=True), world.open("ana", "den", verified=True)
    bob = world.open("bob", "lobby")
    bob.ask(JoinRoom(DEN, handle="zed"))
    if by == "ana":
        ana.ask(Block(("bob",), LOBBY))
    else:
        await site_people.keep_apart(world.hub, ("ana", "bob"), room=LOBBY)
    assert window.session.relations.blocks == {"name:bob", "name:zed"}
    window.hears()
    bob.ask(say("it is me", DEN))
    assert words(window) == []


def test_a_name_from_a_room_where_the_asker_does_not_sit_is_not_given_away() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    bob.ask(JoinRoom(DEN, handle="zed"))
    ana.ask(Ignore(("bob",), LOBBY))
    assert ana.session.relations.ignores == {"name:bob"}
