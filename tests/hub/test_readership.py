"""Whom is told what becomes of a message, and what history shows of it: nobody learns of one that they were not given."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from tests.fakes import LOBBY, FakeSink, Person, World
from tests.hub.scenes import DEN, Slow, posted, say, settled, words, written
from tests.hub.test_returns import resume

from palaver.core import errors
from palaver.core.chat import (
    EditMessage,
    FetchHistory,
    HistoryPage,
    InChannel,
    Posted,
    React,
    RetractMessage,
    ToPerson,
)
from palaver.core.disconnects import LEFT
from palaver.core.ids import ChannelId, MessageId, UserId
from palaver.core.moderation import Block, Ignore, TakeBlocklist
from palaver.core.participants import ByHandle, Role, SetStatus
from palaver.core.rooms import Channel, JoinRoom, LeaveReason, Life, Room
from palaver.core.sessions import LogIn
from palaver.hub import seats, site
from palaver.hub.admission import Admission

CHANGES = ["message_edited", "reaction_changed", "message_retracted"]


def changes(author: Person, other: Person, message: MessageId) -> None:
    """Let everything become of a message that can."""
    author.ask(EditMessage(message, "hello again"))
    other.ask(React(message, "👍"))
    author.ask(RetractMessage(message))


def runs_room(person: Person) -> None:
    seats.change_seat(person.world.hub, LOBBY, msgspec.structs.replace(person.seat(), role=Role.MODERATOR))


@pytest.mark.parametrize("blocking", ["ana", "bob"])
@pytest.mark.parametrize("first", ["block", "message"])
def test_who_is_parted_by_a_block_is_told_nothing_of_a_message(blocking: str, first: str) -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas"))
    by, whom = (ana, "bob") if blocking == "ana" else (bob, "ana")
    message = posted(ana) if first == "message" else None
    by.ask(Block((whom,), LOBBY))
    message = message or posted(ana)
    bob.hears(), cas.hears()
    changes(ana, cas, message)
    assert words(bob) == []
    assert words(cas) == CHANGES


def test_who_ignores_somebody_is_told_only_of_what_they_were_given_before() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas"))
    before = posted(ana)
    world.clock.advance(1)
    bob.ask(Ignore(("ana",), LOBBY))
    after = posted(ana)
    bob.hears(), cas.hears()
    changes(ana, cas, after)
    assert words(bob) == []
    changes(ana, cas, before)
    assert words(bob) == ["reaction_changed", "message_retracted"], "what it says now is hers to be ignored"


def test_who_ignored_somebody_before_they_came_was_given_nothing() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", verified=True), world.open("bob", "lobby", verified=True)
    bob.ask(Ignore(("ana",), LOBBY))
    message = posted(ana)
    again = Person(world, bob.session.identity, FakeSink(), bob.session.declared)
    again.ask(JoinRoom(LOBBY))
    again.hears()
    ana.ask(RetractMessage(message))
    assert words(again) == []


async def test_a_return_tells_no_more_of_messages_than_staying_would_have() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas"))
    ana.ask(Block(("bob",), LOBBY))
    message, before = posted(ana), world.hub.position.seq
    bob.lose()
    changes(ana, cas, message)
    cas.ask(say("hello"))
    _, sink = await resume(bob, before)
    assert sink.words == ["message_posted"]


def test_who_was_not_given_a_message_cannot_do_anything_to_it() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Block(("bob",), LOBBY))
    message = posted(ana)
    for command in (React(message, "👍"), EditMessage(message, "mine"), RetractMessage(message)):
        with pytest.raises(errors.NoSuchMessage):
            bob.ask(command)


def test_those_who_run_the_room_take_back_what_was_kept_from_them() -> None:
    world = World(admission=Admission(blockable_operators=True))
    ana, olga, cas = world.open("ana", "lobby"), world.open("olga", "lobby"), world.open("cas", "lobby")
    ana.ask(Block(("olga",), LOBBY))
    runs_room(olga)
    message = posted(ana)
    cas.hears(), olga.hears(), ana.hears()
    olga.ask(RetractMessage(message))
    assert [event["by"]["handle"] for event in cas.hears()] == ["olga"]
    assert [event["by"]["handle"] for event in ana.hears()] == ["ana"], "whom she blocks took nothing back for her"
    assert words(olga) == []


def test_who_does_not_hear_the_one_who_takes_a_message_back_loses_it_all_the_same() -> None:
    main, few = Channel(ChannelId("main")), Channel(ChannelId("few"), vip_only=True)
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT, channels=(main, few))])
    ana, olga = world.open("ana", "lobby", vip=True), world.open("olga", "lobby")
    bob, cas = world.open("bob", "lobby"), world.open("cas", "lobby")
    bob.ask(Ignore(("olga",), LOBBY))
    cas.ask(Block(("ana", "olga"), LOBBY))
    runs_room(olga)
    outcome = ana.ask(say("for few", channel="few"))
    assert isinstance(outcome, Posted)
    message = posted(ana)
    bob.hears(), cas.hears()
    olga.ask(RetractMessage(message))
    olga.ask(RetractMessage(outcome.message))
    assert [event["by"]["handle"] for event in bob.hears()] == ["ana"]
    assert words(cas) == []


def test_who_hides_takes_messages_back_unseen() -> None:
    world = World()
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    olga.ask(SetStatus("hidden"))
    message = posted(ana)
    ana.hears()
    olga.ask(RetractMessage(message))
    assert [event["by"]["handle"] for event in ana.hears()] == ["ana"]


def test_whom_a_moderator_blocks_loses_what_the_moderator_takes_back() -> None:
    world = World()
    ana, olga, bob = (world.open(name, "lobby") for name in ("ana", "olga", "bob"))
    olga.ask(Block(("bob",), LOBBY))
    runs_room(olga)
    message = posted(ana)
    bob.hears()
    olga.ask(RetractMessage(message))
    assert [event["by"]["handle"] for event in bob.hears()] == ["ana"]


def test_the_blocks_of_others_are_no_business_of_the_authors() -> None:
    world = World()
    dee, ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("dee", "ana", "bob", "cas"))
    dee.ask(Block(("bob",), LOBBY))
    ana.ask(Block(("dee",), LOBBY))
    message = posted(ana)
    bob.hears()
    changes(ana, cas, message)
    assert words(bob) == CHANGES


def test_an_author_blocks_in_every_window_and_none_who_is_gone() -> None:
    world = World()
    one, other = world.open("ana", "lobby", verified=True), world.open("ana", "lobby", verified=True)
    bob, cas = world.open("bob", "lobby"), world.open("cas", "lobby")
    other.ask(Block(("bob",), LOBBY))
    message = posted(one)
    for window in (one, other):
        window.lose()
        bob.hears()
        cas.ask(React(message, "👍", on=None))
        assert words(bob) == []
        world.clock.advance(60)
    bob.hears()
    cas.ask(React(message, "👍", on=None))
    assert words(bob) == ["reaction_changed"], "whom nobody here blocks for"


async def test_the_site_takes_back_what_everybody_then_loses_who_had_it() -> None:
    world = World()
    ana, bob, cas = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("cas", "lobby")
    ana.ask(Block(("bob",), LOBBY))
    message = posted(ana)
    ana.hears(), bob.hears(), cas.hears()
    await site.retract(world.hub, message, "The site")
    assert (words(ana), words(bob), words(cas)) == (["message_retracted"], [], ["message_retracted"])
    await site.retract(world.hub, written(ana, "cas"), "The site")
    assert (words(ana)[-1], words(bob), words(cas)[-1]) == ("message_retracted", [], "message_retracted")


@pytest.mark.parametrize("blocking", ["ana", "bob", "ignoring"])
def test_what_becomes_of_a_direct_message_crosses_no_block(blocking: str) -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", verified=True), world.open("bob", "lobby", verified=True)
    first = written(ana, "bob")
    mine = written(bob, "ana")
    world.clock.advance(1)
    if blocking == "ignoring":
        bob.ask(Ignore(("ana",), LOBBY))
    else:
        by, whom = (ana, "bob") if blocking == "ana" else (bob, "ana")
        by.ask(Block((whom,), LOBBY))
    bob.hears(), ana.hears()
    ana.ask(EditMessage(first, "psst!"))
    try:
        ana.ask(React(mine, "👍"))
    except errors.NoSuchMessage:
        assert blocking != "ignoring"
    ana.ask(RetractMessage(first))
    assert words(bob) == (["message_retracted"] if blocking == "ignoring" else [])


def test_a_direct_message_of_one_who_runs_the_site_changes_for_those_who_ignore_them() -> None:
    world = World()
    olga, bob = world.open("olga", "lobby", operator=True), world.open("bob", "lobby")
    bob.ask(Ignore(("olga",), LOBBY))
    message = written(olga, "bob")
    bob.ask(React(message, "👍"))
    olga.ask(EditMessage(message, "psst!"))
    olga.ask(RetractMessage(message))
    told = [word for word in words(bob) if word in (*CHANGES, "message_posted")]
    assert told == ["message_posted", "reaction_changed", "message_edited", "message_retracted"]
    outcome = olga.ask(say("to all"))
    assert isinstance(outcome, Posted)
    olga.ask(RetractMessage(outcome.message))
    assert words(bob) == [], "what she says in a channel insists on nothing"
    message = written(olga, "bob")
    olga.ask(Ignore(("bob",), LOBBY))
    olga.hears()
    bob.ask(React(message, "👍"))
    assert words(olga) == [], "nor are others heard for it"


def test_history_shows_nothing_of_those_who_are_not_heard() -> None:
    world = World(admission=Admission(keep_direct=True))
    ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas"))
    message = posted(cas)
    ana.ask(React(message, "👍"))
    ana.ask(React(message, "😀"))
    bob.ask(React(message, "👍"))
    bob.ask(Ignore(("ana",), LOBBY))
    written(ana, "bob")
    page = bob.ask(FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, HistoryPage)
    (shown,) = page.messages
    assert [(each.emoji, each.by) for each in shown.reactions] == [("👍", ("bob",))]
    page = bob.ask(FetchHistory(ToPerson(ByHandle("ana"))))
    assert page == HistoryPage(())
    page = ana.ask(FetchHistory(ToPerson(ByHandle("bob"))))
    assert isinstance(page, HistoryPage)
    assert [each.text for each in page.messages] == ["psst"]


def test_who_edits_without_an_echo_is_told_of_no_version_either() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", verified=True), world.open("bob", "lobby", verified=True)
    message = posted(ana)
    bob.ask(React(message, "👍"))
    ana.ask(Ignore(("bob",), LOBBY))
    ana.hears()
    ana.ask(EditMessage(message, "hello again", echo=False))
    assert words(ana) == []


def test_a_guest_may_know_of_what_is_said_in_a_room_by_the_name_borne_there() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana, bob, cas = world.open("ana", "den", verified=True), world.open("bob", "lobby"), world.open("cas", "den")
    bob.ask(JoinRoom(DEN, handle="zed"))
    ana.ask(Block(("zed",), DEN))
    outcome = ana.ask(say("hello", DEN))
    assert isinstance(outcome, Posted)
    bob.hears()
    cas.ask(React(outcome.message, "👍"))
    assert words(bob) == []
    with pytest.raises(errors.NoSuchMessage):
        bob.ask(React(outcome.message, "👍"))
    page = bob.ask(FetchHistory(InChannel(DEN)))
    assert page == HistoryPage(())


def test_history_shows_directly_who_runs_the_site_to_those_who_ignore_them() -> None:
    world = World(admission=Admission(keep_direct=True))
    olga = world.open("olga", "lobby", verified=True, operator=True)
    bob = world.open("bob", "lobby", verified=True)
    bob.ask(Ignore(("olga",), LOBBY))
    written(olga, "bob")
    posted(olga)
    shown = [bob.ask(FetchHistory(place)) for place in (ToPerson(ByHandle("olga")), InChannel(LOBBY))]
    assert [len(page.messages) for page in shown if isinstance(page, HistoryPage)] == [1, 0]


@pytest.mark.parametrize("blocking", ["bob", "olga"])
async def test_history_shows_nothing_of_one_who_runs_the_site_and_was_parted_while_it_was_read(blocking: str) -> None:
    world = World(admission=Admission(keep_direct=True, blockable_operators=True))
    olga = world.open("olga", "lobby", verified=True, operator=True)
    bob = world.open("bob", "lobby", verified=True)
    written(olga, "bob")
    bob.ask(Ignore(("olga",), LOBBY))
    store = world.hub.messages = Slow(world.hub.messages, "thread_page")
    asked = asyncio.create_task(bob.asks(FetchHistory(ToPerson(ByHandle("olga")))))
    await settled()
    by, whom = (bob, "olga") if blocking == "bob" else (olga, "bob")
    by.ask(TakeBlocklist((whom,), LOBBY))
    await store.answer()
    assert await asked == HistoryPage(())


def test_history_shows_what_one_said_under_a_name_that_one_ignores() -> None:
    world = World()
    ana = world.open("ana", verified=True)
    ana.ask(Ignore(("zed",), LOBBY))
    ana.ask(JoinRoom(LOBBY, handle="zed"))
    posted(ana)
    page = ana.ask(FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, HistoryPage)
    assert len(page.messages) == 1


def test_whom_one_ignores_is_not_heard_directly_when_they_are_gone_either() -> None:
    world = World(admission=Admission(keep_direct=True))
    ana, bob = world.open("ana", "lobby", verified=True), world.open("bob", "lobby", verified=True)
    written(ana, "bob")
    world.hub.end(ana.session, LEFT, LeaveReason.LEFT)
    world.open("ana", "lobby", verified=True)
    bob.ask(Ignore(("ana",), LOBBY))
    assert bob.ask(FetchHistory(ToPerson(ByHandle("ana")))) == HistoryPage(())


def test_who_ignores_both_loses_what_a_moderator_takes_back_of_what_they_were_given() -> None:
    world = World()
    ana, bob, mo = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "mo"))
    runs_room(mo)
    message = posted(ana)
    world.clock.advance(1)
    bob.ask(Ignore(("ana", "mo"), LOBBY))
    bob.hears()
    mo.ask(RetractMessage(message))
    assert [event["by"]["handle"] for event in bob.hears()] == ["ana"]


def test_what_a_guest_said_is_the_users_whom_the_guest_turned_out_to_be() -> None:
    world = World()
    ana, guest = world.open("ana", "lobby"), world.open("guest", "lobby")
    posted(guest)
    ana.ask(Block(("bob",), LOBBY))
    page = ana.ask(FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, HistoryPage)
    assert page.messages
    guest.ask(LogIn(UserId("site:bob")))
    assert ana.ask(FetchHistory(InChannel(LOBBY))) == HistoryPage(())


def test_what_becomes_of_a_guests_words_is_told_as_of_the_user_whom_the_guest_turned_out_to_be() -> None:
    world = World()
    ana, cas, guest = world.open("ana", "lobby"), world.open("cas", "lobby"), world.open("guest", "lobby")
    message = posted(guest)
    guest.ask(LogIn(UserId("site:bob")))
    ana.ask(Block(("bob",), LOBBY))
    ana.hears(), cas.hears()
    world.open("dee", "lobby").ask(React(message, "👍"))
    assert words(cas) == ["participant_joined", "reaction_changed"]
    assert words(ana) == ["participant_joined"]
