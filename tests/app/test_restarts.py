"""A server that starts again on what another left behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
from tests.fakes import FakeClock, FakeSink

from palaver.app.composition import Application
from palaver.config import Settings
from palaver.core.chat import InChannel, PostMessage
from palaver.core.ids import ChannelId, RoomId
from palaver.core.participants import Identity
from palaver.core.rooms import JoinRoom
from palaver.integrations.jwt import mint
from palaver.storage.stores import open_stores

HOUR_S = 3600.0
LOBBY = InChannel(RoomId("lobby"), ChannelId("main"))
SETTINGS = Settings(
    admin_api_key="key",
    server_secret="secret",
    public_channels=(msgspec.structs.replace(Settings().public_channels[0], id="main", history="durable"),),
)


async def post(folder: Path, text: str, now: float) -> int:
    """Start a server at a time, post a message, stop the server; return the message's id."""
    application = Application(SETTINGS, folder, await open_stores(f"sqlite:///{folder}/palaver.sqlite"))
    application.hub.clock = FakeClock(now)
    await application.begin()
    ana, _ = application.hub.open(Identity("ana"), FakeSink())
    await application.hub.handle(ana, JoinRoom(LOBBY.room))  # type: ignore[misc]
    posted: Any = await application.hub.handle(ana, PostMessage(LOBBY, text))  # type: ignore[misc]
    await application.close()
    await application.stores.close()
    return int(posted.message)


async def test_messages_stay_in_their_order_when_the_clock_was_set_back_between_two_runs(tmp_path: Path) -> None:
    now = time.time()
    assert await post(tmp_path, "first", now) < await post(tmp_path, "second", now - HOUR_S)


async def test_a_site_whose_clock_is_a_little_ahead_is_believed(tmp_path: Path) -> None:
    jwt = msgspec.structs.replace(SETTINGS.jwt, enabled=True, secret_key="k" * 32)
    settings = msgspec.structs.replace(SETTINGS, jwt=jwt)
    application = Application(settings, tmp_path, await open_stores("sqlite://"))
    await application.begin()
    tokens = application.hub.tokens
    await application.close()
    await application.stores.close()
    assert tokens is not None
    now = time.time()
    assert tokens.identity(mint({"sub": "ana"}, "k" * 32, ttl_s=86_400, now=now + 30), now=now).name == "ana"
