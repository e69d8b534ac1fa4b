"""How a SQL database is reached: its address, its driver's settings, reading and recording; tables are known to `schema`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Row, Select, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from palaver.core.errors import Unavailable
from palaver.storage.outages import Outage
from palaver.storage.recorder import PENDING_LIMIT, Recorder, nothing_amiss
from palaver.storage.sqlite_file import SqliteFile, make_private

POOL_SIZE = 5
BUSY_TIMEOUT_S = 10
COMMAND_TIMEOUT_S = 30
CLOSE_TIMEOUT_S = 2
TURN_TIMEOUT_S = 30
"""For so long whoever reads waits for the others who do."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}

# With AUTOCOMMIT, SQLite's driver would be set and reset around each read.
_READING = {"palaver_reading": True}

T = TypeVar("T")


class StorageProblem(Exception):  # noqa: N818 - a problem to be told, as elsewhere here
    """The database cannot be used at all; the argument is a sentence for whoever runs the server."""


class Database:
    """One database: reads run side by side, changes go through one recorder."""

    def __init__(self, engine: AsyncEngine, *, pending_limit: int = PENDING_LIMIT) -> None:
        self.engine = engine
        path = _path_of(engine.url)
        check = nothing_amiss if path is None else SqliteFile(path).check
        # Another connection would make an empty file where the one that the others have is gone.
        event.listen(engine.sync_engine, "do_connect", lambda *_: check())
        self.recorder = Recorder(engine, pending_limit=pending_limit, check=check)
        # One statement needs no transaction, whose begin and end would each be a trip to the database.
        if engine.dialect.name == "sqlite":
            self._readers = engine.execution_options(**_READING)
        else:
            self._readers = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading = Outage("reading")
        # The recorder finds a connection whoever reads, and however slowly.
        self._slots = asyncio.Semaphore(max(1, engine.pool.size() - 1))  # type: ignore[attr-defined]
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work at once, as the ports promise; `close` waits for it."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def reading(self) -> AsyncConnection:
        """Return a connection, to be entered, for nothing but reading: it keeps nobody from writing."""
        return self._readers.connect()

    async def fetch(self, statement: Select[Any], values: Mapping[str, object] | None = None) -> Sequence[Row[Any]]:
        """Return the rows of a query. Raises Unavailable."""
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._slots.acquire()
            try:
                async with self.reading() as connection:
                    rows: Sequence[Row[Any]] = (await connection.execute(statement, values)).all()
            finally:
                self._slots.release()
        except Exception as problem:
            # Drivers raise families of their own.
            self._reading.note(problem, 1)
            raise Unavailable from None
        self._reading.is_over()
        return rows

    async def close(self) -> None:
        """Commit what is pending, end what reads, and let go of every connection; not later than within 15 s."""
        await self.recorder.close()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSE_TIMEOUT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.engine.dispose()


def open_engine(url: str, folder: Path | None = None) -> AsyncEngine:
    """Return an engine for `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`. Raises StorageProblem.

    A SQLite file whose path is relative lies below `folder`. One that is missing is made, readable by its owner alone.
    """
    address = _address(url, folder)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address)
    return create_async_engine(
        address,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S, "command_timeout": COMMAND_TIMEOUT_S},
    )


def sqlite_path(url: str, folder: Path) -> Path | None:
    """Return the file that `open_engine` opens; None for one in memory, and for PostgreSQL. Raises StorageProblem."""
    path = _path_of(_address(url, folder))
    return None if path is None else Path(path)


def _address(url: str, folder: Path | None) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is the latter
        raise StorageProblem(
            "The storage URL cannot be read; sqlite:///path and postgresql://… are understood."
        ) from None
    driver = _DRIVERS.get(address.drivername.partition("+")[0])
    if driver is None:
        raise StorageProblem(f"There is no storage for {address.drivername}; use sqlite:///path or postgresql://…")
    address = address.set(drivername=driver)
    path = _path_of(address)
    if path is not None and folder is not None:
        # Put into the URL, not into its text, where a "?" of the folder would begin the options.
        address = address.set(database=str(folder.absolute() / path))
    if "sslmode" in address.query:
        # asyncpg's word for what libpq and its URLs call sslmode; the values are the same.
        mode = address.query["sslmode"]
        address = address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return address


def _sqlite_engine(address: URL) -> AsyncEngine:
    path = _path_of(address)
    if path is not None:
        try:
            make_private(path)
        except OSError as problem:
            raise StorageProblem(f"The database file {path} cannot be made: {problem.strerror}.") from None
    engine = create_async_engine(
        address,
        poolclass=AsyncAdaptedQueuePool,
        # A database in memory belongs to its one connection.
        pool_size=1 if path is None else POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _path_of(address: URL) -> str | None:
    """Return the file of a SQLite database; None for one in memory, and for PostgreSQL."""
    in_memory = address.database in (None, "", ":memory:")
    return None if in_memory or address.get_backend_name() != "sqlite" else address.database


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL, not NORMAL: "durable" is told to people, so it has to survive a power cut too. One fsync serves a batch.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Python's driver begins late, and not at all for DDL. Whoever begins here is going to write, and asking for the
    # lock at once makes a second process wait for it; asking later would make it fail.
    if not connection.get_execution_options().keys() & _READING.keys():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
