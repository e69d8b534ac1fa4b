"""What the site says under a key is said once, also by a process that knows only what the stores kept."""

from __future__ import annotations

import itertools

import pytest
from tests.contracts.conftest import Stores
from tests.fakes import LOBBY, FakeClock, World

from palaver.core.chat import InChannel, Message, PostMessage
from palaver.core.ids import ChannelId
from palaver.core.rooms import Channel, History, Life, Room
from palaver.hub import site, spoken

MAIN = InChannel(LOBBY, ChannelId("main"))
_times = itertools.count(1_800_000_000, 60)


async def says(stores: Stores, key: str, text: str) -> Message:
    """Speak as the site, in a process that has just begun."""
    channel = Channel(ChannelId("main"), history=History.DURABLE)
    lobby = Room(LOBBY, life=Life.PERMANENT, channels=(channel,))
    world = World(rooms=[lobby], messages=stores.messages, clock=FakeClock(next(_times)))
    nonce = spoken.nonce_of(key, text.encode())
    return await site.speak(world.hub, PostMessage(MAIN, text, nonce=nonce), MAIN, "The Site")


async def test_a_request_that_is_made_again_after_a_restart_posts_nothing(stores: Stores) -> None:
    first = await says(stores, "quiz", "It begins.")
    other = await says(stores, "later", "It goes on.")
    assert await says(stores, "quiz", "It begins.") == first
    with pytest.raises(spoken.KeyReused):
        await says(stores, "quiz", "It ends.")
    kept, _ = await stores.messages.channel_page(LOBBY, MAIN.channel, before=None, limit=10)
    assert [each.id for each in kept] == [first.id, other.id]
