"""Which reactions whom is told of: never those of somebody whom one does not hear."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import DEN, posted, words, written
from tests.hub.test_returns import resume

from palaver.cluster.memory import MemoryPresence
from palaver.core.chat import EditMessage, FetchHistory, HistoryPage, InChannel, React
from palaver.core.disconnects import LEFT
from palaver.core.ids import MessageId, SessionId
from palaver.core.moderation import Block, Ignore, SetOperator, TakeBlocklist
from palaver.core.participants import BySession
from palaver.core.rooms import JoinRoom, LeaveReason, Life, Room


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
