"""People who come and return while the store of messages does not answer."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, World
from tests.hub.scenes import say

from palaver.core import errors
from palaver.core.chat import RetractMessage
from palaver.core.ids import ChannelId
from palaver.core.moderation import Block
from palaver.core.rooms import Channel, History, JoinRoom, LeaveRoom, Life, Room
from palaver.storage.memory import MemoryMessageStore

CHANNELS = (
    Channel(ChannelId("main"), newcomers_see=2),
    Channel(ChannelId("side")),
    Channel(ChannelId("unseen"), newcomers_see=0),
    Channel(ChannelId("unkept"), history=History.OFF),
    Channel(ChannelId("vips"), vip_only=True),
)


class Away(MemoryMessageStore):
    """A store that stops answering."""

    away = False

    def channel_page(self, *place: Any, **options: Any) -> Any:
        if self.away:
            raise errors.Unavailable()
        return super().channel_page(*place, **options)


@pytest.fixture
def store() -> Away:
    return Away()


@pytest.fixture
def world(store: Away) -> World:
    return World(messages=store, rooms=[Room(LOBBY, channels=CHANNELS, life=Life.PERMANENT)])


def test_newcomers_are_let_in_with_what_is_remembered_and_told_that_it_is_not_all(world: World, store: Away) -> None:
    ana, eve = world.open("ana", "lobby"), world.open("eve", "lobby")
    vic = world.open("vic", "lobby", vip=True)
    eve.ask(Block(("bob",), LOBBY))
    said = [ana.ask(say(text)).message for text in ("one", "two", "three", "four")]
    for channel in ("side", "unseen", "unkept"):
        ana.ask(say(f"in {channel}", channel=channel))
    eve.ask(say("of eve", channel="side"))
    vic.ask(say("of VIPs", channel="vips"))
    ana.ask(RetractMessage(said[-1]))
    store.away = True
    bob = world.open("bob")
    found = bob.ask(JoinRoom(LOBBY)).snapshot
    assert found.history_missing
    assert sorted(message.text for message in found.messages) == ["in side", "three", "two"]
    ana.ask(say("five", channel="unkept"))
    assert [event["message"]["text"] for event in bob.hears()] == ["five"], "and hears what is said from now on"


def test_who_was_let_in_finds_everything_with_the_next_join(world: World, store: Away) -> None:
    world.open("ana", "lobby").ask(say("one"))
    store.away = True
    bob = world.open("bob", "lobby")
    store.away = False
    bob.ask(LeaveRoom(LOBBY))
    found = bob.ask(JoinRoom(LOBBY)).snapshot
    assert (found.history_missing, len(found.messages)) == (False, 1)
