"""Messages: what is kept of them, and whose they are to change, answer to and find again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import texts

from palaver.core import errors
from palaver.core.base import Command
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
from palaver.core.ids import ChannelId, MessageId
from palaver.core.moderation import Ignore
from palaver.core.participants import ByHandle
from palaver.core.rooms import Channel, Life, Room
from palaver.hub.admission import Admission

MAIN = InChannel(LOBBY)
VIP = InChannel(LOBBY, ChannelId("vip"))


def posted(person: Person, place: Any, text: str) -> MessageId:
    outcome = person.ask(PostMessage(place, text))
    assert isinstance(outcome, Posted)
    return outcome.message


def history(person: Person, place: Any) -> list[tuple[str, int]]:
    """Return text and number of reactions of what is kept."""
    page = person.ask(FetchHistory(place))
    assert isinstance(page, HistoryPage)
    return [(message.text, len(message.reactions)) for message in page.messages]


def to(name: str) -> ToPerson:
    return ToPerson(ByHandle(name))


def test_what_becomes_of_a_message_is_kept() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    first, second = posted(ana, MAIN, "first"), posted(ana, MAIN, "second")
    ana.ask(EditMessage(first, "changed"))
    bob.ask(React(first, "👍"))
    ana.ask(RetractMessage(second))
    assert history(bob, MAIN) == [("changed", 1)]


@pytest.mark.parametrize("command", [lambda m: EditMessage(m, "x"), lambda m: React(m, "👍"), RetractMessage])
def test_a_direct_message_is_there_for_its_ends_alone(command: Any) -> None:
    world = World()
    ana, _, eve = (world.open(name, "lobby") for name in ("ana", "bob", "eve"))
    asked: Command = command(posted(ana, to("bob"), "between us"))
    for person in (eve, world.open("olga", "lobby", operator=True)):
        with pytest.raises(errors.NoSuchMessage):
            person.ask(asked)
    ana.ask(asked)


def test_nobody_writes_to_whom_they_ignore_but_who_runs_the_site() -> None:
    world = World()
    ana, bob, olga = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("olga", "lobby", operator=True)
    for person in (ana, olga):
        person.ask(Ignore(("bob",), LOBBY))
    bob.hears()
    with pytest.raises(errors.NotAllowed):
        posted(ana, to("bob"), "hello")
    posted(olga, to("bob"), "a word")
    assert texts(bob.hears()) == ["a word"]


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [(True, True, [("hello", 0)]), (True, False, []), (False, True, [])],
    ids=["two users", "to a guest", "from a guest"],
)
def test_direct_messages_are_kept_between_users_of_the_site(one: bool, other: bool, kept: list[Any]) -> None:
    world = World(admission=Admission(keep_direct=True))
    ana, bob = world.open("ana", "lobby", verified=one), world.open("bob", "lobby", verified=other)
    posted(ana, to("bob"), "hello")
    assert history(bob, to("ana")) == kept


def test_what_somebody_says_to_themselves_is_not_kept_nor_anything_where_the_site_keeps_nothing() -> None:
    world = World(admission=Admission(keep_direct=True))
    ana = world.open("ana", "lobby", verified=True)
    posted(ana, to("ana"), "note")
    assert history(ana, to("ana")) == []
    nothing = World()
    ana, _ = nothing.open("ana", "lobby", verified=True), nothing.open("bob", "lobby", verified=True)
    posted(ana, to("bob"), "hello")
    assert history(ana, to("bob")) == []


def test_a_channel_for_vips_is_not_there_for_others() -> None:
    channels = (Channel(ChannelId("main")), Channel(ChannelId("vip"), vip_only=True))
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT, channels=channels)])
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    message = posted(olga, VIP, "secret")
    for command in (PostMessage(VIP, "let me in"), FetchHistory(VIP)):
        with pytest.raises(errors.NoSuchChannel):
            ana.ask(command)
    with pytest.raises(errors.NoSuchMessage):
        ana.ask(React(message, "👍"))
