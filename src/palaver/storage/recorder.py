"""Records changes in batches: what is asked for in one turn of the loop is committed in one transaction.

It knows no table. What a change means is known to the stores, and how the database is reached to `database`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import structlog
from sqlalchemy import Delete, Insert, Update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from palaver.core.errors import Unavailable
from palaver.storage.outages import Outage, name_of

log = structlog.get_logger(__name__)

PENDING_LIMIT = 10_000
BATCH_LIMIT = 1_000
BELIEVED_FAILING_S = 30.0
"""After so long without a try nobody knows; who is kept away by a failure would else never find out that it is over."""

FAREWELL_S = 10.0
TRIES = 3
_LOST = {"40001", "40P01"}
"""PostgreSQL's codes of transactions that may fare better at once: serialization failure, deadlock."""
_OUTAGES = {"08", "53", "57", "58", "XX"}
"""The first characters of its codes for a lost connection, lack of disk or memory, a shutdown, a fault of its own."""
_READ_ONLY = {"25006"}

Statement = Insert | Update | Delete
Row = Mapping[str, object]


T = TypeVar("T")


def nothing(_count: int) -> None:
    """The answer to a change of which only the end matters."""


def nothing_amiss() -> None:
    """The check of a database that tells by itself what is wrong with it."""


class Change(msgspec.Struct):
    """One statement with its values, the future that waits for it, and what that is told of the rows it touched."""

    statement: Statement
    row: Row
    answer: Callable[[int], object]
    recorded: asyncio.Future[Any]


class Recorder:
    """Commits changes in the order in which they came.

    Args:
        pending_limit: changes that may wait, or be under way; beyond it, new ones are refused.
        batch_limit: the most changes of one transaction.
        check: raises whatever is wrong with the database that writing to it would not show.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        pending_limit: int = PENDING_LIMIT,
        batch_limit: int = BATCH_LIMIT,
        now: Callable[[], float] = time.monotonic,
        check: Callable[[], None] = nothing_amiss,
    ) -> None:
        self._engine = engine
        self._check = check
        self._pending_limit = pending_limit
        self._batch_limit = batch_limit
        self._pending: deque[Change] = deque()
        self._under_way = 0
        self._writing: asyncio.Task[None] | None = None
        self._closed = False
        self._now = now
        self._outage = Outage("recording", now)

    @property
    def fails(self) -> bool:
        """Whether nothing can be recorded, or the latest batch could not be, as on a full disk, not long ago."""
        try:
            self._check()
        except Exception as problem:
            self._outage.note(problem, 0)
            return True
        failed_at = self._outage.failed_at
        return failed_at is not None and self._now() - failed_at < BELIEVED_FAILING_S

    def record(self, statement: Statement, row: Row, answer: Callable[[int], T]) -> asyncio.Future[T]:
        """Ask for a change; it is under way at once.

        Once it is committed, the future ends with what `answer` makes of the number of rows touched. Otherwise it ends
        with Unavailable, and nothing of the change is recorded. A caller that stops waiting does not call it off.
        """
        recorded: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._closed or len(self._pending) + self._under_way >= self._pending_limit:
            recorded.set_exception(Unavailable())
            return recorded
        self._pending.append(Change(statement, row, answer, recorded))
        if self._writing is None:
            # It first runs on the next turn of the loop, so that all of this turn is in its first batch.
            self._writing = asyncio.create_task(self._write_pending())
        return recorded

    async def close(self, *, within_s: float = FAREWELL_S) -> None:
        """Commit what is pending, as far as that is done in time, and refuse what comes later.

        What a database that does not answer holds up was told to nobody.
        """
        self._closed = True
        if self._writing is None:
            return
        _, late = await asyncio.wait([self._writing], timeout=within_s)
        if late:
            log.error("changes_given_up", changes=len(self._pending) + self._under_way, waited_s=within_s)
            _refuse(self._pending)
            self._pending.clear()
            self._writing.cancel()

    async def _write_pending(self) -> None:
        while self._pending:
            batch = [self._pending.popleft() for _ in range(min(len(self._pending), self._batch_limit))]
            self._under_way = len(batch)
            await self._write(batch)
            self._under_way = 0
        self._writing = None

    async def _write(self, batch: Sequence[Change]) -> None:
        try:
            self._check()
            async with self._engine.connect() as connection:
                await self._commit(connection, batch)
        # Drivers raise families of their own, and whatever it was, nobody may be left without an answer.
        except Exception as problem:
            self._outage.note(problem, _refuse(batch))
        except asyncio.CancelledError:
            _refuse(batch)
            raise

    async def _commit(self, connection: AsyncConnection, batch: Sequence[Change]) -> None:
        """Commit changes together; where one of them is at fault, halve until it stands alone."""
        try:
            counts = await _transact(connection, batch)
        except Exception as problem:
            if connection.invalidated or _is_outage(problem):
                raise
            if len(batch) == 1:
                log.error("change_refused", problem=name_of(problem))  # noqa: TRY400 - its text may quote messages
                _refuse(batch)
                return
            half = len(batch) // 2
            await self._commit(connection, batch[:half])
            await self._commit(connection, batch[half:])
        else:
            self._outage.is_over()
            for change, count in zip(batch, counts, strict=True):
                if not change.recorded.done():
                    change.recorded.set_result(change.answer(count))


async def _transact(connection: AsyncConnection, batch: Sequence[Change]) -> list[int]:
    """Run changes in one transaction; again where it lost against one of another process."""
    tries = 0
    while True:
        tries += 1
        try:
            async with connection.begin():
                return await _execute(connection, batch)
        except DBAPIError as problem:
            if tries == TRIES or _sqlstate(problem) not in _LOST:
                raise


async def _execute(connection: AsyncConnection, batch: Sequence[Change]) -> list[int]:
    """Run changes in order; neighbours that insert by the same statement go in one call."""
    counts: list[int] = []
    start = 0
    while start < len(batch):
        end = _end_of_run(batch, start)
        statement = batch[start].statement
        if end - start == 1:
            counts.append((await connection.execute(statement, batch[start].row)).rowcount)
        else:
            await connection.execute(statement, [change.row for change in batch[start:end]])
            counts.extend([1] * (end - start))
        start = end
    return counts


def _end_of_run(batch: Sequence[Change], start: int) -> int:
    statement = batch[start].statement
    end = start + 1
    if isinstance(statement, Insert):
        while end < len(batch) and batch[end].statement is statement:
            end += 1
    return end


def _refuse(batch: Collection[Change]) -> int:
    """Tell those who still wait that nothing was recorded; return how many they are."""
    refused = [change for change in batch if not change.recorded.done()]
    for change in refused:
        change.recorded.set_exception(Unavailable())
    return len(refused)


def _is_outage(problem: Exception) -> bool:
    """Return whether the database is the problem, so that no change would fare better alone."""
    if isinstance(problem, OperationalError | PoolTimeout | OSError | asyncio.TimeoutError):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    state = _sqlstate(problem)
    return problem.connection_invalidated or state[:2] in _OUTAGES or state in _READ_ONLY or _is_corrupt(problem)


def _sqlstate(problem: DBAPIError) -> str:
    """Return PostgreSQL's code of five characters; empty for SQLite."""
    return getattr(problem.orig, "sqlstate", None) or ""


def _is_corrupt(problem: DBAPIError) -> bool:
    return name_of(problem).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
