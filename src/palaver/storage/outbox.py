"""Keeps calls of the website that wait for an answer: in this process, or in a database, by the promises of `hub.outbox`."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from sqlalchemy import and_, bindparam, delete, select

from palaver.hub.outbox import Waiting
from palaver.storage import schema
from palaver.storage.database import Database
from palaver.storage.memory import DONE, Settled
from palaver.storage.recorder import nothing
from palaver.storage.sql import upsert

_waiting = msgspec.json.Decoder(Waiting)
_c = schema.outbox.c
_FORGET = delete(schema.outbox).where(_c.id == bindparam("call"))
_FORGET_FAILED = delete(schema.outbox).where(and_(_c.failed == 1, _c.made_ms < bindparam("before_ms")))
_FIND = select(_c.body).where(_c.id == bindparam("call"))
_OLDEST = (
    select(_c.body).where(_c.failed == bindparam("is_failed")).order_by(_c.made_ms, _c.id).limit(bindparam("at_most"))
)


class MemoryOutbox:
    """Keeps them in this process; whoever puts them in bounds how many there are."""

    def __init__(self) -> None:
        self._calls: dict[str, Waiting] = {}

    def save(self, call: Waiting) -> Settled[None]:
        """Record a call, or another state of it."""
        self._calls[call.id] = call
        return DONE

    def forget(self, call: str) -> Settled[bool]:
        """Forget a call by its id; return whether there was one."""
        return Settled(self._calls.pop(call, None) is not None)

    def find(self, call: str) -> Settled[Waiting | None]:
        """Return one call."""
        return Settled(self._calls.get(call))

    def waiting(self, *, failed: bool, limit: int) -> Settled[tuple[Waiting, ...]]:
        """Return the oldest calls that are still to be tried, or that failed for good."""
        found = sorted(
            (call for call in self._calls.values() if call.failed is failed), key=lambda call: (call.made_ms, call.id)
        )
        return Settled(tuple(found[:limit]))

    def forget_failed(self, before_ms: int) -> Settled[int]:
        """Forget what failed for good and was made before a time; return how many."""
        old = [call.id for call in self._calls.values() if call.failed and call.made_ms < before_ms]
        for call in old:
            del self._calls[call]
        return Settled(len(old))


class SqlOutbox:
    """Keeps them in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._save = upsert(database, schema.outbox)

    def save(self, call: Waiting) -> Awaitable[None]:
        """Record a call, or another state of it. Raises Unavailable."""
        body = msgspec.json.encode(call).decode()
        row = {"id": call.id, "made_ms": call.made_ms, "failed": int(call.failed), "body": body}
        return self._database.recorder.record(self._save, row, nothing)

    def forget(self, call: str) -> Awaitable[bool]:
        """Forget a call by its id; return whether there was one. Raises Unavailable."""
        return self._database.recorder.record(_FORGET, {"call": call}, bool)

    def find(self, call: str) -> Awaitable[Waiting | None]:
        """Return one call. Raises Unavailable."""
        return self._database.start(self._find(call))

    def waiting(self, *, failed: bool, limit: int) -> Awaitable[tuple[Waiting, ...]]:
        """Return the oldest calls that are still to be tried, or that failed for good. Raises Unavailable."""
        return self._database.start(self._oldest(failed, limit))

    def forget_failed(self, before_ms: int) -> Awaitable[int]:
        """Forget what failed for good and was made before a time; return how many. Raises Unavailable."""
        return self._database.recorder.record(_FORGET_FAILED, {"before_ms": before_ms}, int)

    async def _find(self, call: str) -> Waiting | None:
        rows = await self._database.fetch(_FIND, {"call": call})
        return _waiting.decode(rows[0].body) if rows else None

    async def _oldest(self, failed: bool, limit: int) -> tuple[Waiting, ...]:
        rows = await self._database.fetch(_OLDEST, {"is_failed": int(failed), "at_most": limit})
        return tuple(_waiting.decode(row.body) for row in rows)
