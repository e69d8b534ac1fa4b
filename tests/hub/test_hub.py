"""The three verbs, who hears what, and two nodes that share a fabric."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, NOW, FakeSink, Person, World
from tests.hub.test_races import settled

from palaver.cluster.memory import Fabric
from palaver.core import channels, chat, errors, media, moderation, rooms, waiting
from palaver.core.base import Command
from palaver.core.chat import InChannel, PostMessage, React, SetTyping, ToPerson
from palaver.core.disconnects import BANNED, KICKED, LEFT, REPLACED, RESTARTING
from palaver.core.ids import ChannelId, RoomId, UserId
from palaver.core.moderation import BanPerson, Block, Ignore, Kick, TurnAway
from palaver.core.participants import ByHandle, BySession, SetStatus
from palaver.core.rooms import Channel, JoinRoom, LeaveReason, LeaveRoom, Life, Room, UpdateRoom
from palaver.core.sessions import Joined
from palaver.hub import seats
from palaver.hub.ports import Admission, Limits

DEN = RoomId("den")


def say(text: str, room: RoomId = LOBBY, channel: str = "") -> PostMessage:
    return PostMessage(InChannel(room, ChannelId(channel)), text)


def words(person: Person) -> list[str]:
    return [event["type"] for event in person.hears()]


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


def test_closing_tells_every_connection_to_come_back() -> None:
    world = World()
    people = [world.open(name) for name in ("ana", "bob")]
    world.hub.close()
    assert [person.sink.disconnect for person in people] == [RESTARTING, RESTARTING]


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


# -- rooms ------------------------------------------------------------------------------------------------------------


def test_a_refused_join_leaves_no_new_room_behind() -> None:
    world = World()
    ana = world.open("ana")
    with pytest.raises(errors.BadName):
        ana.ask(JoinRoom(DEN, handle="@all", create=True))
    assert DEN not in world.hub.rooms


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
    with pytest.raises(errors.Limited):
        bob.ask(rooms.CreateRoom(RoomId("4")))


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


# -- who hears what ---------------------------------------------------------------------------------------------------


def test_an_ignored_person_is_still_seen_to_come_and_go() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Ignore(("bob",), LOBBY))
    ana.hears()
    bob.ask(say("hello"))
    bob.ask(SetStatus(status="away"))
    bob.ask(LeaveRoom(LOBBY))
    bob.ask(JoinRoom(LOBBY))
    assert words(ana) == ["participant_updated", "participant_left", "participant_joined"]


def test_nobody_can_ignore_or_block_themselves() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    ana.ask(Ignore(("ANA", "bob"), LOBBY))
    ana.ask(Block(("ana",), LOBBY))
    assert ana.session.relations.ignores == {"name:bob"}
    assert not ana.session.relations.blocks
    ana.hears()
    ana.ask(say("hello"))
    assert words(ana) == ["message_posted"]


def test_a_block_holds_for_every_seat_of_a_person() -> None:
    world = World()
    phone, desk = (world.open("ana", "lobby", verified=True, device=device) for device in ("phone", "desk"))
    bob = world.open("bob", "lobby")
    phone.ask(Block(("bob",), LOBBY))
    gone = [event["session"] for event in bob.hears() if event["type"] == "participant_left"]
    assert sorted(gone) == sorted([phone.id, desk.id])
    assert "participant_left" in words(desk)
    desk.ask(say("unseen"))
    assert bob.hears() == []


def test_a_blocked_person_reads_nothing_of_the_other_in_history_either() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(say("before"))
    ana.ask(Block(("bob",), LOBBY))
    ana.ask(say("after"))
    page = bob.ask(chat.FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, chat.HistoryPage)
    assert page.messages == ()
    bob.ask(LeaveRoom(LOBBY))
    joined = bob.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [seat.handle for seat in joined.snapshot.participants] == ["bob"]
    assert joined.snapshot.messages == ()


def test_names_of_strangers_are_not_looked_up_in_rooms_one_is_not_in() -> None:
    world = World()
    world.open("ana", "lobby", verified=True)
    eve = world.open("eve")
    eve.ask(Ignore(("ana",), LOBBY))
    assert eve.session.relations.ignores == {"name:ana"}


def test_seen_receipts_do_not_reach_somebody_who_was_blocked() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    posted = ana.ask(PostMessage(ToPerson(BySession(bob.id)), "hello"))
    assert isinstance(posted, chat.Posted)
    bob.ask(Block(("ana",), LOBBY))
    ana.hears()
    bob.ask(chat.MarkMessages((posted.message,), chat.ReceiptState.SEEN))
    assert ana.hears() == []


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


# -- keeping the peace ------------------------------------------------------------------------------------------------


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
    with pytest.raises(errors.Kicked):
        bob.ask(JoinRoom(DEN))
    world.clock.advance(61)
    bob.ask(JoinRoom(DEN))


def test_a_seat_taken_later_shows_the_same_status() -> None:
    world = World()
    bob = world.open("bob", "lobby")
    bob.ask(SetStatus(status="busy", dnd=True))
    world.open("ana").ask(rooms.CreateRoom(DEN))
    bob.ask(JoinRoom(DEN))
    seat = world.hub.presence.roster(DEN)[bob.id]
    assert (seat.status, seat.dnd) == ("busy", True)


def test_a_ban_reaches_who_waits_and_who_took_the_handle_elsewhere() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, waiting_room=True)])
    ana = world.open("ana", "lobby", "den", operator=True)
    waiting = world.open("mallory", "den")
    disguised = world.open("somebody", sink=FakeSink())
    disguised.ask(JoinRoom(LOBBY, handle="mallory"))
    ana.ask(BanPerson(LOBBY, ByHandle("mallory", LOBBY)))
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


@pytest.mark.parametrize("command", [Ignore, Block, TurnAway])
def test_relations_are_bounded_in_number_and_length(command: Any) -> None:
    world = World()
    ana = world.open("ana", "lobby")
    for names in (("x" * 129,), tuple(f"name{number}" for number in range(5001))):
        with pytest.raises(errors.TooLarge):
            ana.ask(command(names, LOBBY))
    ana.ask(command(tuple(f"name{number}" for number in range(5000)), LOBBY))
    with pytest.raises(errors.TooLarge):
        ana.ask(command(("one more",), LOBBY))


# -- two nodes --------------------------------------------------------------------------------------------------------


class Nodes:
    """Two hubs on one fabric, with the same rooms, and somebody on each."""

    def __init__(self) -> None:
        fabric = Fabric()
        first = World(fabric=fabric, epoch="e1", node=0)
        second = World(fabric=fabric, epoch="e2", node=1, clock=first.clock, messages=first.messages)
        self.worlds = (first, second)
        self.ana = first.open("ana", "lobby", operator=True)
        self.bob = second.open("bob", "lobby")

    async def hear(self, person: Person) -> list[dict[str, Any]]:
        await settled()
        return person.hears()


@pytest.fixture
async def nodes() -> Nodes:
    made = Nodes()
    await made.hear(made.ana)
    await made.hear(made.bob)
    return made


async def test_people_on_two_nodes_share_a_room(nodes: Nodes) -> None:
    assert [seat.handle for seat in nodes.worlds[1].hub.presence.roster(LOBBY).values()] == ["ana", "bob"]
    nodes.ana.ask(say("from the first"))
    nodes.bob.ask(say("from the second"))
    for person in (nodes.ana, nodes.bob):
        heard = [event["message"]["text"] for event in await nodes.hear(person)]
        assert sorted(heard) == ["from the first", "from the second"]


async def test_message_ids_of_two_nodes_differ(nodes: Nodes) -> None:
    one, other = nodes.ana.ask(say("1")), nodes.bob.ask(say("2"))
    assert isinstance(one, chat.Posted)
    assert isinstance(other, chat.Posted)
    assert one.message != other.message


async def test_a_direct_message_finds_its_way(nodes: Nodes) -> None:
    nodes.ana.ask(PostMessage(ToPerson(ByHandle("bob")), "psst"))
    assert [event["type"] for event in await nodes.hear(nodes.bob)] == ["message_posted"]


async def test_a_kick_ends_a_session_of_another_node(nodes: Nodes) -> None:
    nodes.ana.ask(Kick(LOBBY, ByHandle("bob")))
    assert [event["type"] for event in await nodes.hear(nodes.bob)] == ["session_ended"]
    assert nodes.bob.sink.disconnect == KICKED
    assert nodes.worlds[1].hub.sessions.get(nodes.bob.id) is None
    assert not nodes.worlds[1].hub.rooms[LOBBY].seated
    assert [event["type"] for event in await nodes.hear(nodes.ana)] == ["participant_left"]


async def test_cameras_open_across_nodes(nodes: Nodes) -> None:
    nodes.ana.ask(media.SetMedia(camera=True))
    nodes.bob.ask(media.OpenCamera(ByHandle("ana")))
    await settled()
    assert nodes.ana.session.is_open_to(nodes.bob.id)
    nodes.bob.ask(media.Watch(ByHandle("ana")))
    assert "watch_started" in [event["type"] for event in await nodes.hear(nodes.ana)]


async def test_a_block_holds_across_nodes(nodes: Nodes) -> None:
    for world in nodes.worlds:  # ana runs the site
        world.hub.admission = Admission(blockable_operators=True)
        world.hub.relate_anew()
    nodes.ana.ask(Block(("bob",), LOBBY))
    assert [event["type"] for event in await nodes.hear(nodes.bob)] == ["participant_left"]
    nodes.ana.ask(say("unseen"))
    assert await nodes.hear(nodes.bob) == []
    nodes.bob.ask(LeaveRoom(LOBBY))
    joined = nodes.bob.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [seat.handle for seat in joined.snapshot.participants] == ["bob"]


async def test_relations_of_a_user_reach_their_session_on_another_node(nodes: Nodes) -> None:
    here, there = (world.open("cas", "lobby", verified=True) for world in nodes.worlds)
    here.ask(Ignore(("ana",), LOBBY))
    await settled()
    assert there.session.relations.ignores
    await nodes.hear(there)
    nodes.ana.ask(say("unheard"))
    assert await nodes.hear(there) == []


async def test_a_room_that_closes_is_gone_for_sessions_of_other_nodes(nodes: Nodes) -> None:
    for world in nodes.worlds:
        seats.add_room(world.hub, Room(DEN))
    nodes.ana.ask(JoinRoom(DEN))
    nodes.bob.ask(JoinRoom(DEN))
    nodes.ana.ask(rooms.CloseRoom(DEN))
    assert "room_closed" in [event["type"] for event in await nodes.hear(nodes.bob)]
    assert nodes.bob.session.rooms == (LOBBY,)
    nodes.bob.ask(SetStatus(status="away"))


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
