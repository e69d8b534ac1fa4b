"""Every adapter of every port, so that one suite judges them all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from palaver.hub.outbox import Outbox
from palaver.hub.ports.stores import MessageStore, ModerationStore, RoomStore
from palaver.storage.memory import MemoryMessageStore, MemoryModerationStore, MemoryRoomStore
from palaver.storage.outbox import MemoryOutbox
from palaver.storage.stores import open_stores


class Stores(NamedTuple):
    """The stores of one adapter."""

    messages: MessageStore
    rooms: RoomStore
    moderation: ModerationStore
    outbox: Outbox


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield Stores(MemoryMessageStore(), MemoryRoomStore(), MemoryModerationStore(), MemoryOutbox())
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'palaver.sqlite'}"
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        url = new_database()
    opened = await open_stores(url)
    yield Stores(opened.messages, opened.rooms, opened.moderation, opened.outbox)
    await opened.close()
