"""Direct messages reach people in every window: a user in all sessions, a guest in the one."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import DEN, words
from tests.hub.test_returns import resume

from palaver.core.chat import (
    EditMessage,
    MarkMessages,
    Posted,
    PostMessage,
    React,
    ReceiptState,
    RetractMessage,
    SetTyping,
    ToPerson,
)
from palaver.core.errors import Kicked
from palaver.core.filters import MessageFilter
from palaver.core.ids import MessageId, RoomId, UserId
from palaver.core.moderation import Ignore, Kick
from palaver.core.participants import ByHandle, BySession
from palaver.core.rooms import CreateRoom, JoinRoom, Life, Room
from palaver.core.sessions import LogIn
from palaver.hub import site, site_people
from palaver.hub.admission import Admission
from palaver.integrations.patterns import compiled


class Four:
    """Two people with two windows each."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.ana, self.anas, self.bob, self.bobs = (
            self.world.open(name, "lobby", verified=True) for name in ("ana", "ana", "bob", "bob")
        )
        self.quiet()

    def quiet(self) -> None:
        for person in (self.ana, self.anas, self.bob, self.bobs):
            person.hears()

    def told(self) -> list[list[str]]:
        return [words(person) for person in (self.ana, self.anas, self.bob, self.bobs)]


def writes(author: Person, to: Person, *, echo: bool = True) -> MessageId:
    posted = author.ask(PostMessage(ToPerson(BySession(to.id)), "psst", echo=echo))
    assert isinstance(posted, Posted)
    return posted.message


@pytest.mark.parametrize("echo", [True, False])
def test_what_is_written_in_one_window_is_read_in_all_of_both(echo: bool) -> None:
    four = Four()
    writes(four.ana, four.bob, echo=echo)
    assert four.told() == [["message_posted"] * echo, ["message_posted"], ["message_posted"], ["message_posted"]]


def test_what_becomes_of_it_is_told_in_all_windows_and_may_be_done_in_each() -> None:
    four = Four()
    message = writes(four.ana, four.bob)
    four.quiet()
    four.bobs.ask(React(message, "👍"))
    four.anas.ask(EditMessage(message, "psst!"))
    four.anas.ask(RetractMessage(message))
    assert four.told() == [["reaction_changed", "message_edited", "message_retracted"]] * 4


def test_whoever_reads_it_in_another_window_says_so_to_all_of_its_authors() -> None:
    four = Four()
    message = writes(four.ana, four.bob)
    four.quiet()
    four.bobs.ask(MarkMessages((message,), ReceiptState.SEEN))
    assert four.told() == [["messages_marked"], ["messages_marked"], [], []]


def test_that_one_writes_is_news_for_the_addressee_alone() -> None:
    four = Four()
    four.ana.ask(SetTyping(ToPerson(BySession(four.bob.id)), typing=True))
    assert four.told() == [[], [], ["typing_changed"], ["typing_changed"]]


def test_whom_one_ignores_is_heard_in_no_window() -> None:
    four = Four()
    four.bobs.ask(Ignore(("ana",), LOBBY))
    four.quiet()
    writes(four.ana, four.bob)
    assert four.told() == [["message_posted"], ["message_posted"], [], []]


def test_what_a_filter_keeps_to_its_author_is_in_all_windows_of_that_author() -> None:
    censor = MessageFilter((compiled("psst"),), forward=False)
    four = Four(World(admission=Admission(filters=(censor,))))
    writes(four.ana, four.bob, echo=False)
    assert four.told() == [[], ["message_posted"], [], []]


def test_a_note_to_oneself_comes_once_to_each_window() -> None:
    four = Four()
    writes(four.ana, four.anas)
    assert four.told() == [["message_posted"], ["message_posted"], [], []]


async def test_a_window_that_was_lost_reads_it_on_coming_back() -> None:
    four = Four()
    before = four.world.hub.position.seq
    four.bobs.lose()
    writes(four.ana, four.bob)
    _, sink = await resume(four.bobs, before)
    assert sink.words == ["message_posted"]


def test_guests_of_one_name_are_different_people() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana, bob, other = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("bob", "den")
    other.ask(JoinRoom(LOBBY, handle="bob 2"))
    ana.hears(), bob.hears(), other.hears()
    ana.ask(PostMessage(ToPerson(ByHandle("bob")), "psst"))
    assert (words(bob), words(other)) == (["message_posted"], [])


def test_a_guest_who_logs_in_is_a_window_of_that_user_and_one_that_ended_is_none() -> None:
    four = Four()
    guest = four.world.open("guest", "lobby")
    guest.ask(LogIn(UserId("site:bob")))
    four.quiet(), guest.hears()
    writes(four.ana, four.bob)
    assert words(guest) == ["message_posted"]
    for person in (four.bob, four.bobs, guest):
        person.lose()
    four.world.clock.advance(60)
    assert four.world.hub.sessions.of_user(UserId("site:bob")) == ()


def here(world: World, room: RoomId = LOBBY) -> list[str]:
    return sorted(seat.handle for seat in world.hub.presence.roster(room).values())


@pytest.mark.parametrize("by", ["olga", "the site"])
@pytest.mark.parametrize("window", ["bob", "bob 2"])
def test_who_is_removed_in_one_window_stays_in_none(window: str, by: str) -> None:
    four = Four()
    olga = four.world.open("olga", "lobby", operator=True)
    four.quiet()
    if by == "olga":
        olga.ask(Kick(LOBBY, ByHandle(window)))
    else:
        assert site.kick(four.world.hub, site.named(four.world.hub, window, None), reason="") == 2
    assert here(four.world) == ["ana", "ana 2", "olga"]
    assert [words(each)[-1] for each in (four.bob, four.bobs)] == ["session_ended"] * 2
    with pytest.raises(Kicked):
        four.world.open("bob", "lobby", verified=True)


def test_who_runs_a_room_alone_ends_the_seats_in_it_and_no_others() -> None:
    four = Four()
    four.ana.ask(CreateRoom(DEN, hosted=True))
    for person in (four.ana, four.anas, four.bob, four.bobs):
        person.ask(JoinRoom(DEN))
    four.ana.ask(Kick(DEN, BySession(four.bob.id)))
    assert here(four.world, DEN) == ["ana", "ana 2"]
    assert here(four.world) == ["ana", "ana 2", "bob", "bob 2"]
    # A window of one's own is no person: the other one stays.
    four.ana.ask(Kick(DEN, BySession(four.anas.id)))
    assert here(four.world, DEN) == ["ana"]


@pytest.mark.parametrize("kicked", [True, False])
def test_whom_the_site_sends_away_goes_in_every_window_and_counts_once(kicked: bool) -> None:
    four = Four()
    assert site_people.send_away(four.world.hub, ["bob", "nobody"], room=LOBBY, text="", kicked=kicked) == 1
    assert here(four.world) == ["ana", "ana 2"]
