"""Knows how a command reaches what a data directory's server stores, whether that server runs or not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from palaver import config
from palaver.config import Settings
from palaver.core.errors import Unavailable
from palaver.storage.database import StorageProblem
from palaver.storage.stores import Stores, open_stores

OK = 0
UNUSABLE = 2

Work = Callable[[Settings, Stores], Awaitable[int]]


def with_stores(data_dir: Path, work: Work) -> int:
    """Do something with the stores; return its exit code, or 2 with a sentence when they cannot be used."""
    try:
        return asyncio.run(_opened(data_dir, work))
    except (config.SettingsError, StorageProblem) as problem:
        print(problem, file=sys.stderr)
    except (SQLAlchemyError, OSError, Unavailable) as problem:
        # A driver's own text may quote what is stored.
        print(f"The database does not answer: {type(problem).__name__}; nothing was changed.", file=sys.stderr)
    return UNUSABLE


async def _opened(data_dir: Path, work: Work) -> int:
    settings = config.load(data_dir)
    stores = await open_stores(settings.storage.url, data_dir)
    try:
        return await work(settings, stores)
    finally:
        await stores.close()
