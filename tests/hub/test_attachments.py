"""Where attachments may be posted: not where a channel is without pictures, nor by whom the site keeps from them."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, FakePictures, World
from tests.hub.scenes import Slow, begin, settled

from palaver.core.chat import Attachment, InChannel, PostMessage, SharePicture, ToPerson
from palaver.core.errors import NoSuchSession, NotAllowed, RuleForbids
from palaver.core.ids import ChannelId
from palaver.core.moderation import Kick
from palaver.core.participants import ByHandle, BySession, Rule
from palaver.core.policy import may_attach, may_share_pictures
from palaver.core.rooms import Channel, Life, Room

BARE = Channel(ChannelId("bare"), pictures=False)
MAIN = Channel(ChannelId("main"))
PICTURE = (Attachment("https://site.example/a.png", "image/png"),)
KEPT_FROM_PICTURES = frozenset({Rule.NO_IMAGE})


@pytest.fixture
def world() -> World:
    return World(rooms=[Room(LOBBY, life=Life.PERMANENT, channels=(MAIN, BARE))])


@pytest.mark.parametrize(
    ("rules", "channel", "allowed"),
    [
        (frozenset(), MAIN, True),
        (frozenset(), None, True),
        (frozenset(), BARE, False),
        (frozenset({Rule.NO_VIDEO}), MAIN, True),
        (KEPT_FROM_PICTURES, MAIN, False),
        (KEPT_FROM_PICTURES, None, False),
    ],
)
def test_who_may_attach_where(rules: frozenset[Rule], channel: Channel | None, allowed: bool) -> None:
    assert may_attach(rules, channel) is allowed
    assert may_share_pictures(rules) is (Rule.NO_IMAGE not in rules)


def test_a_channel_without_pictures_takes_text_alone(world: World) -> None:
    ana = world.open("ana", "lobby", verified=True, operator=True)
    ana.hears()
    with pytest.raises(NotAllowed):
        ana.ask(PostMessage(InChannel(LOBBY, BARE.id), "look", attachments=PICTURE))
    assert ana.hears() == []
    ana.ask(PostMessage(InChannel(LOBBY, BARE.id), "look"))
    ana.ask(PostMessage(InChannel(LOBBY), attachments=PICTURE))
    assert [event["type"] for event in ana.hears()] == ["message_posted"] * 2


def test_direct_messages_take_pictures(world: World) -> None:
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    bob.hears()
    ana.ask(PostMessage(ToPerson(ByHandle("bob")), attachments=PICTURE))
    assert [event["type"] for event in bob.hears()] == ["message_posted"]


def test_one_whom_the_site_keeps_from_pictures_posts_none_anywhere(world: World) -> None:
    ana = world.open("ana", "lobby", verified=True, rules=KEPT_FROM_PICTURES)
    world.open("bob", "lobby")
    for place in (InChannel(LOBBY), ToPerson(ByHandle("bob"))):
        with pytest.raises(RuleForbids):
            ana.ask(PostMessage(place, attachments=PICTURE))
        ana.ask(PostMessage(place, "words"))


def test_a_refused_picture_costs_no_message(world: World) -> None:
    ana = world.open("ana", "lobby")
    for _ in range(1000):
        with pytest.raises(NotAllowed):
            ana.ask(PostMessage(InChannel(LOBBY, BARE.id), attachments=PICTURE, nonce="n"))
    ana.ask(PostMessage(InChannel(LOBBY, BARE.id), "words", nonce="n"))


async def test_a_picture_of_somebody_who_is_removed_while_it_is_cleaned_reaches_nobody(
    tasks: list[asyncio.Task[Any]], world: World
) -> None:
    pictures = world.hub.pictures = Slow(FakePictures(), "keep")
    ana, bob, olga = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("olga", "lobby", operator=True)
    sharing = begin(tasks, ana.asks(SharePicture(ToPerson(ByHandle("bob")), "a.png", msgspec.Raw(b'"AAAA"'))))
    await settled()
    olga.ask(Kick(LOBBY, BySession(ana.id)))
    bob.hears()
    await pictures.answer()
    assert isinstance(sharing.exception(), NoSuchSession)
    assert bob.hears() == []
