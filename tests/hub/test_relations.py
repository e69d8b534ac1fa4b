"""Ignoring and blocking: what two people still see of each other."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import say, words

from palaver.core import chat, errors
from palaver.core.chat import InChannel, PostMessage, ToPerson
from palaver.core.moderation import Block, Ignore, TurnAway
from palaver.core.participants import BySession, SetStatus
from palaver.core.rooms import JoinRoom, LeaveRoom
from palaver.core.sessions import Joined


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
