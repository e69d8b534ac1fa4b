"""Whom is told what becomes of a message, and what history shows of it: nobody learns of one that they were not given."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, FakeSink, Person, World
from tests.hub.scenes import DEN, Slow, say, settled, words
from tests.hub.test_returns import resume

from palaver.cluster.memory import MemoryPresence
from palaver.core import errors
from palaver.core.chat import (
    EditMessage,
    FetchHistory,
    HistoryPage,
    InChannel,
    Posted,
    PostMessage,
    React,
    RetractMessage,
    ToPerson,
)
from palaver.core.disconnects import LEFT
from palaver.core.ids import ChannelId, MessageId, SessionId, UserId
from palaver.core.moderation import Block, Ignore, SetOperator, TakeBlocklist
from palaver.core.participants import ByHandle, BySession, Role, SetStatus
from palaver.core.rooms import Channel, JoinRoom, LeaveReason, Life, Room
from palaver.core.sessions import LogIn
from palaver.hub import seats, site
from palaver.hub.admission import Admission

CHANGES = ["message_edited", "reaction_changed", "message_retracted"]


def posted(person: Person, text: str = "hello") -> MessageId:
    outcome = person.ask(say(text))
    assert isinstance(outcome, Posted)
    return outcome.message


def written(person: Person, to: str, text: str = "psst") -> MessageId:
    outcome = person.ask(PostMessage(ToPerson(ByHandle(to)), text))
    assert isinstance(outcome, Posted)
    return outcome.message


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


def given_for(reader: Person, message: MessageId) -> list[tuple[str, tuple[str, ...]]]:
    """Return the reactions of a message as history shows them."""
    page = reader.ask(FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, HistoryPage)
    (shown,) = (each for each in page.messages if each.id == message)
    return [(each.emoji, each.by) for each in shown.reactions]


def told_of(reader: Person) -> list[tuple[str, tuple[str, ...]]]:
    """Return the reactions of the one edited message that somebody was told of."""
    (event,) = (event for event in reader.hears() if event["type"] == "message_edited")
    return [(each["emoji"], tuple(each["by"])) for each in event["message"].get("reactions", ())]


def test_an_edited_message_has_the_reactions_that_history_shows_to_each() -> None:
    world = World()
    ana, bob, cas, dan = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas", "dan"))
    eve, fay, gus = (world.open(name, "lobby") for name in ("eve", "fay", "gus"))
    olga, again = world.open("olga", "lobby", operator=True), world.open("bob", "lobby", verified=True)
    hal = world.open("hal", "lobby", verified=True)
    message = posted(ana)
    for giver, emoji in ((bob, "👍"), (cas, "👍"), (cas, "🎉"), (olga, "🎉"), (gus, "😀"), (hal, "😀")):
        giver.ask(React(message, emoji))
    dan.ask(Block(("bob", "hal"), LOBBY))
    olga.ask(SetOperator(LOBBY, BySession(hal.id)))
    eve.ask(TakeBlocklist(("bob", "olga"), LOBBY))
    again.ask(Block(("gus",), LOBBY))
    gus.ask(Block(("fay",), LOBBY))
    fay.ask(Ignore(("cas",), LOBBY))
    bob.lose(), world.clock.advance(60)  # gone, and in another window still
    everybody = (ana, cas, dan, eve, fay, gus, olga, again)
    for person in everybody:
        person.hears()
    ana.ask(EditMessage(message, "hello again"))
    told = {person.session.identity.name: told_of(person) for person in everybody}
    assert told == {person.session.identity.name: given_for(person, message) for person in everybody}
    all_of_them = [("👍", ("bob", "cas")), ("🎉", ("cas", "olga")), ("😀", ("gus", "hal"))]
    assert told["ana"] == told["olga"] == all_of_them
    assert told["dan"] == [("👍", ("cas",)), *all_of_them[1:]]
    assert told["fay"] == [("👍", ("bob",)), ("🎉", ("olga",)), ("😀", ("hal",))]
    assert told["gus"] == [("👍", ("cas",)), *all_of_them[1:]], "whom bob blocks"
    assert told["bob"] == [*all_of_them[:2], ("😀", ("hal",))]


def test_who_ignores_somebody_where_nobody_blocks_anybody_reads_edits_without_their_reactions() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby") for name in ("ana", "bob", "cas"))
    message = posted(ana)
    bob.ask(React(message, "👍"))
    cas.ask(Ignore(("bob",), LOBBY))
    ana.ask(EditMessage(message, "hello again"))
    assert (told_of(bob), told_of(cas)) == ([("👍", ("bob",))], [])


async def test_a_reader_is_parted_from_who_reacted_by_the_name_borne_in_the_room() -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana, gus, zed = world.open("ana", "lobby"), world.open("gus", "lobby"), world.open("bob", "den")
    zed.ask(JoinRoom(LOBBY, handle="zed"))
    message = posted(ana)
    gus.ask(React(message, "👍"))
    gus.ask(Block(("zed",), LOBBY))
    zed.hears()
    ana.ask(EditMessage(message, "hello again"))
    assert told_of(zed) == given_for(zed, message) == []
    before = world.hub.position.seq
    zed.lose()
    ana.ask(EditMessage(message, "and again"))
    await resume(zed, before)
    assert told_of(zed) == []


def test_nobody_is_looked_at_who_neither_wrote_nor_reads_however_many_block_somebody() -> None:
    class Crowd(set[SessionId]):
        def __iter__(self) -> Any:
            raise AssertionError("thousands are here, each of whom blocks somebody")

    class Crowded(MemoryPresence):
        def blockers(self) -> Any:
            return Crowd(super().blockers())

    world = World(presence=Crowded())
    ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas"))
    window = world.open("ana", verified=True)
    window.ask(Block(("bob",), LOBBY))
    world.hub.end(ana.session, LEFT, LeaveReason.LEFT)
    window.ask(JoinRoom(LOBBY))
    message = posted(window)
    window.ask(React(message, "👍"))
    window.ask(EditMessage(message, "hello again"))
    assert bob.ask(FetchHistory(InChannel(LOBBY))) == HistoryPage(())
    assert given_for(cas, message) == [("👍", ("ana",))]
    assert words(bob)[-1] == "participant_left"


@pytest.mark.parametrize("shuns", [Block, Ignore])
def test_who_edits_what_they_wrote_to_somebody_is_not_told_of_the_reactions_of_whom_they_do_not_hear(
    shuns: Any,
) -> None:
    world = World()
    ana, bob = world.open("ana", "lobby", verified=True), world.open("bob", "lobby", verified=True)
    window = world.open("bob", verified=True)
    message = written(bob, "ana")
    ana.ask(React(message, "👍"))
    bob.ask(EditMessage(message, "psst!"))
    assert told_of(bob) == told_of(window) == told_of(ana) == [("👍", ("ana",))]
    bob.ask(shuns(("ana",), LOBBY))
    ana.hears(), bob.hears(), window.hears()
    bob.ask(EditMessage(message, "psst?"))
    assert told_of(bob) == told_of(window) == []
    assert (words(ana) if shuns is Block else told_of(ana)) == ([] if shuns is Block else [("👍", ("ana",))])


def test_one_whom_no_block_meets_reads_the_reactions_of_those_who_block_them() -> None:
    world = World()
    ana, eve, olga = world.open("ana", "lobby"), world.open("eve", "lobby"), world.open("olga", "lobby", operator=True)
    message = posted(ana)
    eve.ask(React(message, "👍"))
    eve.ask(TakeBlocklist(("olga",), LOBBY))
    assert given_for(olga, message) == [("👍", ("eve",))]


def test_what_one_reacted_with_is_ones_own_under_every_name_and_in_every_window() -> None:
    world = World()
    message = posted(world.open("ana", "lobby"))
    guest, user, window = world.open("bob", "lobby"), world.open("zed", verified=True), world.open("zed", verified=True)
    guest.ask(React(message, "👍"))
    user.ask(Ignore(("bob", "cas"), LOBBY))
    world.hub.end(world.open("bob", "lobby", verified=True).session, LEFT, LeaveReason.LEFT)
    guest.ask(Ignore(("bob",), LOBBY))
    assert guest.seat().handle == "bob 2"
    assert given_for(guest, message) == [("👍", ("bob",))]
    user.ask(JoinRoom(LOBBY, handle="cas"))
    user.ask(React(message, "🎉"))
    window.ask(JoinRoom(LOBBY))
    assert given_for(window, message) == [("🎉", ("cas",))]


async def test_who_comes_back_is_told_of_an_edit_what_staying_would_have_told() -> None:
    world = World()
    ana, bob, cas = (world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cas"))
    message = posted(ana)
    bob.ask(React(message, "👍"))
    cas.ask(Ignore(("bob",), LOBBY))
    before = world.hub.position.seq
    cas.lose()
    ana.ask(EditMessage(message, "hello again"))
    await resume(cas, before)
    assert told_of(cas) == []


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
