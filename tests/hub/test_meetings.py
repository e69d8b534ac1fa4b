"""Meetings: names that are made, who hosts, what a new host learns, and how guessing and returning are kept down."""

from __future__ import annotations

import re

import pytest
from tests.fakes import LOBBY, Person, World

from palaver.core import channels, chat, errors
from palaver.core.base import DONE
from palaver.core.channels import AddChannel, UpdateChannel
from palaver.core.ids import ChannelId, MessageId, RoomId
from palaver.core.moderation import BanPerson, Kick, SetOperator
from palaver.core.one_room import EnterRoom
from palaver.core.participants import ByHandle, BySession, Role, SetStatus
from palaver.core.room_names import FindRoom, FoundRoom, room_digest
from palaver.core.room_settings import FetchSettings, Settings
from palaver.core.rooms import (
    CloseRoom,
    Created,
    CreateRoom,
    JoinRoom,
    LeaveRoom,
    Life,
    Room,
    SetRole,
    TransferHost,
    UpdateRoom,
)
from palaver.core.rosters import ShowRoster
from palaver.core.sessions import Joined
from palaver.core.waiting import DecideWaiting, Waiting
from palaver.hub import live_rooms
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits

STANDUP = RoomId("standup")


def made(world: World, **how: bool) -> RoomId:
    return made_by(world.open("ana"), **how)


def made_by(person: Person, **how: bool) -> RoomId:
    outcome = person.ask(CreateRoom(**how))
    assert isinstance(outcome, Created)
    return outcome.room


def test_a_room_without_a_name_gets_one_that_nobody_has() -> None:
    world = World()
    names = {made(world) for _ in range(50)}
    assert len(names) == 50
    assert all(re.fullmatch(r"[a-z]{4}-[a-z]{4}-[a-z]{4}", name) for name in names)
    assert re.fullmatch(r"[0-9]{9}", made(world, digits=True))


def test_a_room_whose_maker_never_came_is_hosted_by_the_next_to_join() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(STANDUP, hosted=True, waiting_room=True))
    bob = world.open("bob")
    assert isinstance(bob.ask(JoinRoom(STANDUP)), Waiting)
    ana.lose()
    world.clock.advance(5)
    assert isinstance(world.open("cas").ask(JoinRoom(STANDUP)), Waiting)  # the maker may still return
    world.hub.admission = type(world.hub.admission)(resume_s=0)
    ana.session.sink = ana.sink
    ana.lose()
    dan = world.open("dan", STANDUP)
    assert dan.seat(STANDUP).role is Role.HOST
    assert isinstance(world.open("eve").ask(JoinRoom(STANDUP)), Waiting)


def test_whoever_begins_to_run_a_room_is_told_who_waits() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(STANDUP, hosted=True, waiting_room=True))
    ana.ask(JoinRoom(STANDUP))
    bob, cas = world.open("bob"), world.open("cas")
    bob.ask(JoinRoom(STANDUP))
    ana.ask(DecideWaiting(STANDUP, bob.id, admit=True))
    cas.ask(JoinRoom(STANDUP))
    bob.hears()
    ana.ask(SetRole(STANDUP, bob.id, Role.MODERATOR))
    assert [event["type"] for event in bob.hears()] == ["participant_updated", "waiting_started"]
    ana.ask(LeaveRoom(STANDUP))
    assert [event["type"] for event in bob.hears()] == ["participant_left", "participant_updated"]
    assert bob.seat(STANDUP).role is Role.HOST


def test_who_does_not_run_the_room_is_never_told_who_waits() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", operator=True), world.open("bob", "lobby")
    ana.ask(UpdateRoom(LOBBY, waiting_room=True))
    world.open("cas").ask(JoinRoom(LOBBY))
    bob.hears(), ana.hears()
    for person in (ana, bob):
        person.ask(SetStatus("away"))
    for person in (ana, bob):
        assert [event["type"] for event in person.hears()] == ["participant_updated"] * 2


def test_who_is_made_an_operator_is_told_who_waits() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", operator=True), world.open("bob", "lobby")
    ana.ask(UpdateRoom(LOBBY, waiting_room=True))
    world.open("cas").ask(JoinRoom(LOBBY))
    bob.hears()
    ana.ask(SetOperator(LOBBY, BySession(bob.id)))
    assert [event["type"] for event in bob.hears()] == ["operator_changed", "participant_updated", "waiting_started"]


def test_asking_for_rooms_that_are_not_there_is_slowed_down() -> None:
    world = World()
    eve = world.open("eve", address="192.0.2.9")
    for number in range(30):
        with pytest.raises(errors.NoSuchRoom):
            eve.ask(JoinRoom(RoomId(f"{number:09}")))
    with pytest.raises(errors.Limited):
        eve.ask(JoinRoom(RoomId("123456789")))
    with pytest.raises(errors.Limited):
        eve.ask(JoinRoom(LOBBY))  # nor is it told whether there is one
    assert isinstance(world.open("bob", address="192.0.2.8").ask(JoinRoom(LOBBY)), Joined)
    world.clock.advance(2)
    assert isinstance(eve.ask(JoinRoom(LOBBY)), Joined)


def test_who_was_removed_is_known_by_the_handle_that_was_taken_in_the_room() -> None:
    world = World()
    ana = world.open("ana", address="192.0.2.1")
    ana.ask(CreateRoom(STANDUP))
    ana.ask(JoinRoom(STANDUP))
    bob = world.open("first", address="192.0.2.2")
    bob.ask(JoinRoom(STANDUP, handle="bob"))
    ana.ask(Kick(STANDUP, BySession(bob.id)))
    again = world.open("second", address="192.0.2.2")
    with pytest.raises(errors.Kicked):
        again.ask(JoinRoom(STANDUP, handle="bob"))
    assert isinstance(again.ask(JoinRoom(STANDUP, handle="cas")), Joined)


def test_a_display_name_is_given_on_coming_in() -> None:
    world = World()
    world.open("ana", "lobby")
    other = world.open("second")
    other.ask(JoinRoom(LOBBY, handle="ana", display_name="ana"))
    assert (other.seat().handle, other.seat().display_name) == ("ana 2", "ana")
    with pytest.raises(errors.BadName):
        world.open("third").ask(JoinRoom(LOBBY, display_name="system"))


def test_a_channel_ends_with_its_last_member_however_that_one_goes() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(STANDUP))
    ana.ask(JoinRoom(STANDUP))
    bob = world.open("bob", STANDUP)
    ana.ask(AddChannel(STANDUP, ChannelId("two"), members=(bob.id,)))
    ana.ask(Kick(STANDUP, BySession(bob.id)))
    assert [channel.id for channel in world.hub.rooms[STANDUP].room.channels] == ["main"]
    with pytest.raises(errors.NameTaken):
        ana.ask(AddChannel(STANDUP, ChannelId("two")))


def test_who_runs_a_room_takes_back_what_others_wrote_unless_it_should_be_their_own() -> None:
    world = World()
    olga = world.open("olga", "lobby", operator=True, verified=True)
    posted = world.open("bob", "lobby").ask(chat.PostMessage(chat.InChannel(LOBBY), "hello"))
    assert isinstance(posted, chat.Posted)
    with pytest.raises(errors.NotAllowed):
        olga.ask(chat.RetractMessage(posted.message, own=True))
    olga.ask(chat.RetractMessage(posted.message))


def test_settings_are_fetched_by_those_who_run_a_room_and_told_to_them_once_more() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(STANDUP, title="Standup"))
    ana.ask(JoinRoom(STANDUP))
    bob = world.open("bob", STANDUP)
    settings = ana.ask(FetchSettings(STANDUP))
    assert isinstance(settings, Settings)
    assert settings.room.title == "Standup"
    with pytest.raises(errors.NotAllowed):
        bob.ask(FetchSettings(STANDUP))
    ana.hears()
    ana.ask(UpdateRoom(STANDUP, title="Retro"))
    assert [event["type"] for event in ana.hears()] == ["room_updated", "settings_changed"]
    title, told = bob.hears()
    assert (title["type"], title["title"], told["type"]) == ("title_changed", "Retro", "room_updated")
    assert (told["was"]["title"], told["room"]["title"]) == ("Standup", "Retro")


def test_a_room_is_found_by_its_name_and_by_its_digest() -> None:
    world = World()
    ana = world.open("ana", address="192.0.2.1")
    assert ana.ask(FindRoom(LOBBY)) == ana.ask(FindRoom(digest=room_digest(LOBBY).upper())) == FoundRoom(LOBBY)
    assert room_digest(RoomId("418230975")) == "dd4d262cee7b8f27170b441433cef48c"
    ana.ask(CreateRoom(STANDUP))
    world.clock.advance(61)
    for command in (FindRoom(STANDUP), FindRoom(digest=room_digest(STANDUP)), FindRoom()):
        with pytest.raises(errors.NoSuchRoom):
            ana.ask(command)
    assert len(world.hub.room_digests) == len(world.hub.rooms) == 1


def test_who_is_about_to_enter_is_refused_as_by_joining() -> None:
    world = World()
    ana, bob = world.open("ana"), world.open("bob")
    ana.ask(CreateRoom(STANDUP))
    ana.ask(JoinRoom(STANDUP))
    asked = FindRoom(STANDUP, entering=True)
    for change, refusal in (
        (UpdateRoom(STANDUP, locked=True), errors.RoomLocked),
        (UpdateRoom(STANDUP, locked=False, capacity=1), errors.RoomFull),
        (UpdateRoom(STANDUP, capacity=0, pin="4711"), errors.PinRequired),
    ):
        assert bob.ask(asked) == FoundRoom(STANDUP)
        ana.ask(change)
        with pytest.raises(refusal):
            bob.ask(asked)
        ana.ask(UpdateRoom(STANDUP, locked=False, capacity=0, pin=""))
    bob.ask(JoinRoom(STANDUP))
    ana.ask(Kick(STANDUP, ByHandle("bob")))
    with pytest.raises(errors.Kicked):
        bob.ask(asked)
    assert bob.ask(FindRoom(STANDUP)) == FoundRoom(STANDUP)


def test_a_message_is_found_in_its_room_alone() -> None:
    world = World()
    posted = world.open("bob", "lobby").ask(chat.PostMessage(chat.InChannel(LOBBY), "hello"))
    assert isinstance(posted, chat.Posted)
    ana = world.open("ana")
    assert ana.ask(chat.FindMessage(LOBBY, posted.message)) == DONE
    for room, message in ((STANDUP, posted.message), (LOBBY, MessageId(7))):
        with pytest.raises(errors.NoSuchMessage):
            ana.ask(chat.FindMessage(room, message))


def test_who_may_use_a_channel_from_now_on_is_told_and_so_are_its_members() -> None:
    world = World()
    ana = world.open("ana")
    ana.ask(CreateRoom(STANDUP))
    ana.ask(JoinRoom(STANDUP))
    bob, cas = world.open("bob", STANDUP), world.open("cas", STANDUP)
    ana.ask(AddChannel(STANDUP, ChannelId("two"), members=(bob.id,)))
    (opened,) = [event for event in bob.hears() if event["type"] == "channel_opened"]
    assert opened["participants"] == [bob.id]
    ana.ask(UpdateChannel(STANDUP, ChannelId("two"), members=(bob.id, cas.id)))
    assert [event["type"] for event in bob.hears()] == ["room_updated", "channel_joined"]
    assert [event["type"] for event in cas.hears()][-1] == "channel_opened"


def test_the_next_to_join_must_know_the_pin_of_a_maker_who_never_came() -> None:
    world = World(admission=Admission(resume_s=0))
    ana, eve = world.open("ana"), world.open("eve")
    ana.ask(CreateRoom(STANDUP, hosted=True, pin="1234"))
    ana.lose()
    with pytest.raises(errors.PinRequired):
        eve.ask(JoinRoom(STANDUP))
    eve.ask(JoinRoom(STANDUP, pin="1234"))
    assert eve.seat(STANDUP).role is Role.HOST


def test_no_host_keeps_those_who_run_the_site_out_of_a_room() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT)])
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True, verified=True)
    ana.ask(CreateRoom(STANDUP, hosted=True))
    ana.ask(JoinRoom(STANDUP))
    ana.ask(BanPerson(STANDUP, ByHandle("olga")))
    olga.ask(JoinRoom(STANDUP))
    with pytest.raises(errors.Banned):
        world.open("olga", STANDUP, verified=True)
    one_room = world.open("olga", operator=True, verified=True)
    for _ in range(2):  # the second time on returning to where one sits
        assert isinstance(one_room.ask(EnterRoom(STANDUP)), Joined)


def test_a_room_counts_as_its_makers_until_it_ends_or_is_passed_on() -> None:
    world = World(limits=Limits(rooms_per_session=1))
    ana, bob = world.open("ana"), world.open("bob")
    for end in (CloseRoom(STANDUP), TransferHost(STANDUP, bob.id), None):
        ana.ask(CreateRoom(STANDUP))
        for person in (ana, bob):
            person.ask(JoinRoom(STANDUP))
        if end is not None:
            ana.ask(end)
        for person, may in ((ana, end is not None), (bob, not isinstance(end, TransferHost))):
            if may:
                live_rooms.close(world.hub, world.hub.rooms[made_by(person)])
            else:
                with pytest.raises(errors.TooLarge):
                    made_by(person)
        if STANDUP in world.hub.rooms:
            live_rooms.close(world.hub, world.hub.rooms[STANDUP])
    assert not world.hub.hosted


def test_in_a_shared_room_everybody_sets_the_pin_and_nothing_else() -> None:
    world = World(rooms=[Room(STANDUP, shared=True), Room(LOBBY)])
    ana = world.open("ana", STANDUP, LOBBY)
    ana.ask(UpdateRoom(STANDUP, pin="1234"))
    for command in (
        UpdateRoom(STANDUP, title="mine"),
        UpdateRoom(STANDUP, pin="1234", locked=True),
        UpdateRoom(LOBBY, pin="1234"),
    ):
        with pytest.raises(errors.NotAllowed):
            ana.ask(command)
    assert world.hub.rooms[STANDUP].room == Room(STANDUP, shared=True, pin_digest="digest of 1234")


def test_what_a_host_may_not_do_to_a_room_or_need_not() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT)])
    olga, ana = world.open("olga", LOBBY, operator=True), world.open("ana")
    with pytest.raises(errors.NotAllowed):
        olga.ask(CloseRoom(LOBBY))
    with pytest.raises(errors.NotInRoom):
        ana.ask(ShowRoster(LOBBY))
    ana.ask(CreateRoom(STANDUP, hosted=True))
    ana.ask(JoinRoom(STANDUP))
    ana.hears()
    assert ana.ask(TransferHost(STANDUP, ana.id)) == DONE
    assert (ana.hears(), ana.seat(STANDUP).role) == ([], Role.HOST)


def test_a_room_remembers_so_many_channels_that_ended_and_opens_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MAX_ENDED", 2)
    world = World()
    ana = world.open("ana", LOBBY, operator=True)
    for name in ("one", "two"):
        guest = world.open("guest", LOBBY)
        ana.ask(AddChannel(LOBBY, ChannelId(name), members=(guest.id,)))
        guest.ask(LeaveRoom(LOBBY))
    with pytest.raises(errors.TooLarge):
        ana.ask(AddChannel(LOBBY, ChannelId("three")))
