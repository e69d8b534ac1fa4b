"""Opens the stores that a URL names; what each of them keeps is known to `sql` and `memory`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from palaver.storage.database import Database, StorageProblem, open_engine
from palaver.storage.memory import MemoryMessageStore
from palaver.storage.migrations import migrate
from palaver.storage.outbox import SqlOutbox
from palaver.storage.sql import SqlMessageStore, SqlModerationStore, SqlRoomStore


@dataclass(frozen=True)
class Stores:
    """What the hub records in, over one database."""

    messages: SqlMessageStore
    rooms: SqlRoomStore
    moderation: SqlModerationStore
    outbox: SqlOutbox
    database: Database

    async def close(self) -> None:
        """Commit what is pending, then let go of the database. What is asked for later is Unavailable."""
        await self.database.close()


async def open_stores(url: str, folder: Path | None = None, *, shared: bool | None = None) -> Stores:
    """Open `sqlite:///path`, `sqlite://` (in memory, gone with the process) or `postgresql://user@host/name`.

    The schema is made, or brought up to date, first. Raises StorageProblem with a sentence for whoever runs the server.

    Args:
        url: what stands in the settings.
        folder: where a SQLite file lies whose path is relative; the working directory where it is None.
        shared: whether other processes write there; unless said otherwise they do to PostgreSQL, and not to SQLite.
    """
    engine = open_engine(url, folder)
    database = Database(engine)
    try:
        await migrate(engine)
    except StorageProblem:
        await database.close()
        raise
    except Exception as problem:
        # Drivers raise families of their own.
        await database.close()
        place = engine.url.database if engine.dialect.name == "sqlite" else engine.url.host
        reason = getattr(problem, "orig", None) or problem
        raise StorageProblem(f"The database {f'({place}) ' if place else ''}cannot be opened: {reason}") from problem
    if shared is None:
        shared = engine.dialect.name != "sqlite"
    messages = SqlMessageStore(database, MemoryMessageStore(), shared=shared)
    return Stores(messages, SqlRoomStore(database), SqlModerationStore(database), SqlOutbox(database), database)
