"""The end of the process, seen from inside it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from palaver import config
from palaver.app import process
from palaver.storage.database import Database

DEADLINE_S = 30.0


@pytest.fixture
def _collector_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gc, "freeze", int)
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("_collector_as_it_was")
async def test_it_gives_signs_of_life_while_what_is_pending_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that takes its time must not look like a server that stands still, which is ended with 1."""
    beaten = asyncio.Event()
    close = Database.close

    async def close_slowly(database: Database) -> None:
        beaten.clear()
        await asyncio.wait_for(beaten.wait(), DEADLINE_S)
        await close(database)

    monkeypatch.setattr(Database, "close", close_slowly)
    monkeypatch.setattr(process, "BEAT_S", 0.01)
    config.first_run(tmp_path)
    settings = config.load(tmp_path)
    code = await process.serve(
        settings,
        tmp_path,
        "127.0.0.1",
        0,
        on_ready=lambda: os.kill(os.getpid(), signal.SIGTERM),
        heartbeat=beaten.set,
        reload=lambda: settings,
    )
    assert code == 0
