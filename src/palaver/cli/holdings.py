"""Knows `palaver user` and `palaver history`: what is stored of one person, and for how long; deleting is for `storage`."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from palaver.cli.stored import OK, with_stores
from palaver.config import Settings
from palaver.core.ids import RoomId, user_id
from palaver.storage import holdings
from palaver.storage.stores import Stores

DAY_S = 86_400


def export(data_dir: Path, subject: str, realm: str) -> int:
    """Print what is stored about a user as one JSON document; return 0, or 2 with a sentence."""

    async def work(_settings: Settings, stores: Stores) -> int:
        found = await holdings.held(stores.database, user_id(realm, subject))
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
        return OK

    return with_stores(data_dir, work)


def erase(data_dir: Path, subject: str, realm: str) -> int:
    """Delete what is stored about a user and print how much it was; return 0, or 2 with a sentence."""

    async def work(_settings: Settings, stores: Stores) -> int:
        gone = await holdings.erase(stores.database, user_id(realm, subject))
        print(
            f"erased: {_count(gone.direct, 'direct message')}, {_count(gone.channels, 'message')} in channels, "
            f"{_count(gone.relations, 'list')} of people"
        )
        return OK

    return with_stores(data_dir, work)


def forget(data_dir: Path, days: float, room: str) -> int:
    """Delete what was said in durable channels before so many days and print how much; return 0, or 2 with a sentence."""

    async def work(_settings: Settings, stores: Stores) -> int:
        before_ms = int(max(0.0, time.time() - days * DAY_S) * 1000)
        gone = await holdings.forget_channels_before(stores.database, before_ms, RoomId(room) if room else None)
        print(f"forgotten: {_count(gone, 'message')}")
        return OK

    return with_stores(data_dir, work)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
