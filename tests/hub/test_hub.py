"""The three verbs, who hears what, and two nodes that share a fabric."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, NOW, FakeSink, World
from tests.hub.scenes import DEN, say, texts, words

from palaver.core import channels, chat, errors, media, moderation, rooms
from palaver.core.base import Command
from palaver.core.chat import InChannel, PostMessage, React, SetTyping
from palaver.core.disconnects import LEFT, REPLACED
from palaver.core.ids import ChannelId, RoomId, UserId
from palaver.core.moderation import Block, Ignore
from palaver.core.participants import BySession, SetStatus
from palaver.core.rooms import Channel, JoinRoom, LeaveReason, Life, Room, UpdateRoom
from palaver.core.sessions import Joined
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits


class Unheard(Command, frozen=True):
    """A command that nobody handles."""


def test_a_command_without_a_handler_is_unknown() -> None:
    with pytest.raises(errors.UnknownWord):
        World().open("ana").ask(Unheard())


def test_what_is_told_has_a_rising_position() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    for text in "abc":
        ana.ask(say(text))
    seqs = [seq for seq, _ in ana.sink.lines]
    assert seqs == sorted(set(seqs))
    assert world.hub.position.seq == seqs[-1]


def test_ending_twice_tells_once() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.hears()
    for _ in range(2):
        world.hub.end(bob.session, LEFT, LeaveReason.LEFT)
    assert words(ana) == ["participant_left"]
    assert bob.sink.disconnect == LEFT


def test_a_connection_that_was_replaced_cannot_lose_the_session() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    old, new = ana.sink, FakeSink()
    world.hub.take_over(ana.session, new)
    world.hub.deliver_again(ana.session, new)
    world.hub.lost(ana.session, old)
    assert old.disconnect == REPLACED
    assert ana.session.sink is new


def test_without_a_resume_window_a_loss_is_an_end() -> None:
    world = World(admission=Admission(resume_s=0))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.hears()
    bob.lose()
    assert [event["reason"] for event in ana.hears()] == ["lost"]


def test_nothing_is_left_of_people_who_are_gone() -> None:
    """No session, seat, card, timer, relation or open camera outlives its owner."""
    world = World()
    ana, bob = world.open("ana", "lobby", verified=True, device="phone"), world.open("bob", "lobby")
    ana.ask(JoinRoom(DEN, create=True))
    ana.ask(Ignore(("cas",), LOBBY))
    ana.ask(Block(("bob",), LOBBY))
    ana.ask(Block(("bob",), LOBBY, on=False))
    bob.ask(media.SetMedia(camera=True))
    ana.ask(media.OpenCamera(BySession(bob.id)))
    world.hub.end(ana.session, LEFT, LeaveReason.LEFT)
    assert list(bob.session.opened) == []
    bob.lose()
    world.clock.advance(1000)
    hub = world.hub
    assert len(hub.sessions) == 0
    assert not hub.presence.sessions()
    assert not hub.presence.blockers()
    assert hub.presence.devices(UserId("site:ana")) == ()
    assert hub.sessions.deaf_to((moderation.PersonKey("name:cas"), moderation.PersonKey("name:bob"))) == set()
    assert list(hub.rooms) == [LOBBY]
    assert hub.rooms[LOBBY].connected == 0
    assert not hub.rooms[LOBBY].seated
    assert world.clock.pending == 0


def test_a_refused_join_leaves_no_new_room_behind() -> None:
    world = World()
    ana = world.open("ana")
    with pytest.raises(errors.BadName):
        ana.ask(JoinRoom(DEN, handle="@all", create=True))
    assert DEN not in world.hub.rooms


def test_who_runs_the_site_passes_lock_pin_and_capacity() -> None:
    world = World(rooms=[Room(DEN, locked=True, capacity=1, pin_digest="digest of 1")])
    assert isinstance(world.open("ana", operator=True).ask(JoinRoom(DEN)), Joined)
    with pytest.raises(errors.RoomLocked):
        world.open("bob").ask(JoinRoom(DEN, pin="1"))


def test_who_knows_the_pin_uses_up_nobodys_guesses() -> None:
    world = World(rooms=[Room(DEN, life=Life.PERMANENT, pin_digest="digest of 1")])
    for number in range(20):
        assert isinstance(world.open(f"guest{number}").ask(JoinRoom(DEN, pin="1")), Joined)


def test_sessions_sit_in_a_bounded_number_of_rooms() -> None:
    world = World(limits=Limits(rooms_per_session=2, rooms_per_server=4, channels_per_room=2))
    ana = world.open("ana", "lobby")
    ana.ask(JoinRoom(RoomId("1"), create=True))
    with pytest.raises(errors.TooLarge):
        ana.ask(JoinRoom(RoomId("2"), create=True))
    bob = world.open("bob")
    bob.ask(rooms.CreateRoom(RoomId("2")))
    bob.ask(JoinRoom(RoomId("2")))
    bob.ask(channels.AddChannel(RoomId("2"), ChannelId("more")))
    with pytest.raises(errors.TooLarge):
        bob.ask(channels.AddChannel(RoomId("2"), ChannelId("too many")))
    bob.ask(rooms.CreateRoom(RoomId("3")))
    with pytest.raises(errors.TooLarge):
        bob.ask(rooms.CreateRoom(RoomId("4")))
    with pytest.raises(errors.Limited):
        world.open("cas").ask(rooms.CreateRoom(RoomId("4")))


def test_only_those_whom_the_site_lets_may_make_rooms() -> None:
    world = World(admission=Admission(everybody_creates=False))
    guest, user = world.open("ana"), world.open("bob", verified=True)
    for command in (rooms.CreateRoom(DEN), JoinRoom(DEN, create=True)):
        with pytest.raises(errors.NotAllowed):
            guest.ask(command)
    user.ask(rooms.CreateRoom(DEN))


def test_a_changed_title_is_bounded() -> None:
    world = World()
    ana = world.open("ana", "lobby", operator=True)
    ana.ask(UpdateRoom(LOBBY, title=" " + "x" * 10_000))
    assert world.hub.rooms[LOBBY].room.title == "x" * 128


def test_a_crowd_that_walks_in_is_told_in_few_writes_and_every_roster_is_right() -> None:
    world = World()
    crowd = [world.open(f"guest{number}", "lobby") for number in range(120)]
    world.clock.advance(1)
    for at, person in enumerate(crowd):
        joined = [event["participant"]["handle"] for event in person.hears() if event["type"] == "participant_joined"]
        assert joined == [f"guest{number}" for number in range(at + 1, 120)]
    assert len(crowd[0].sink.writes) == 0


def test_what_happens_in_a_vip_channel_reaches_nobody_else() -> None:
    lounge = Channel(ChannelId("lounge"), vip_only=True)
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT, channels=(Channel(ChannelId("main")), lounge))])
    vic, bob = world.open("vic", "lobby", vip=True), world.open("bob", "lobby")
    mod = world.open("mod", "lobby", operator=True)
    bob.hears()
    posted = vic.ask(say("secret", channel="lounge"))
    assert isinstance(posted, chat.Posted)
    vic.ask(SetTyping(InChannel(LOBBY, ChannelId("lounge")), typing=True))
    vic.ask(React(posted.message, "🥂"))
    vic.ask(chat.EditMessage(posted.message, "secret!"))
    vic.ask(chat.RetractMessage(posted.message))
    assert bob.hears() == []
    assert words(mod)[-5:] == [
        "message_posted", "typing_changed", "reaction_changed", "message_edited", "message_retracted",
    ]  # fmt: skip


def test_a_reaction_is_told_as_it_is_kept() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    posted = ana.ask(say("hello"))
    assert isinstance(posted, chat.Posted)
    ana.hears()
    ana.ask(React(posted.message, " \x01👍 "))
    assert [event["emoji"] for event in ana.hears()] == ["👍"]
    page = ana.ask(chat.FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, chat.HistoryPage)
    assert page.messages[0].reactions == (chat.Reaction("👍", ("ana",), (ana.id,)),)


def test_a_seat_taken_later_shows_the_same_status() -> None:
    world = World()
    bob = world.open("bob", "lobby")
    bob.ask(SetStatus(status="busy", dnd=True))
    world.open("ana").ask(rooms.CreateRoom(DEN))
    bob.ask(JoinRoom(DEN))
    seat = world.hub.presence.roster(DEN)[bob.id]
    assert (seat.status, seat.dnd) == ("busy", True)


def test_time_is_passed_in() -> None:
    world = World()
    assert world.open("ana", "lobby").seat().joined_ms == NOW * 1000


def test_all_sessions_of_a_user_share_one_rate() -> None:
    world = World(limits=Limits(messages_per_second=1, messages_burst=2))
    phone = world.open("ana", "lobby", verified=True)
    desk = world.open("ana", "lobby", verified=True)
    say = PostMessage(InChannel(LOBBY), "hello")
    phone.ask(say)
    desk.ask(say)
    for each in (phone, desk):
        with pytest.raises(errors.Limited):
            each.ask(say)


def test_a_post_that_is_made_again_with_its_nonce_is_one_post() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    first, again, other = (
        ana.ask(PostMessage(InChannel(LOBBY), "hello", nonce=nonce)) for nonce in ("one", "one", "two")
    )
    assert first == again != other
    assert texts(bob.hears()) == ["hello", "hello"]
