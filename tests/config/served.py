"""A whole server with given settings, for tests that look at what it does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from palaver.app.composition import Application
from palaver.config import Settings
from palaver.storage.stores import open_stores


@contextlib.asynccontextmanager
async def served(settings: Settings, folder: Path) -> AsyncIterator[Application]:
    application = Application(settings, folder, await open_stores("sqlite://"))
    await application.begin()
    try:
        yield application
    finally:
        await application.close()
        await application.stores.close()
