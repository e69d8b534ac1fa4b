"""What a database holds about one user, and how long it holds what was said in channels; for the commands of owners.

Works beside a running server, which reads what is stored each time it is asked. What a live session holds itself, such
as whom its user blocks, is not touched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver.core.base import Value
from palaver.core.chat import Message
from palaver.core.ids import RoomId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations, ReportFiled
from palaver.storage import schema
from palaver.storage.database import Database
from palaver.storage.sql import STORED, SqlModerationStore, message_of

PAGE = 1_000
_c = schema.messages.c
_report = msgspec.json.Decoder(ReportFiled)


class Holding(Value, frozen=True):
    """All that is stored about one user, but for bans.

    Attributes:
        messages: direct ones from and to the user, and those that the user posted to durable channels; oldest first.
        blocklist: whom the site keeps from them.
        reports: what they reported.
    """

    user: UserId
    messages: tuple[Message, ...] = ()
    relations: Relations = NO_RELATIONS
    blocklist: tuple[str, ...] = ()
    reports: tuple[ReportFiled, ...] = ()


class Erased(Value, frozen=True):
    """How much was deleted: direct messages, messages in channels, and rows about whom the user meets."""

    direct: int
    channels: int
    relations: int


async def held(database: Database, user: UserId) -> Holding:
    """Return what is stored about a user. Raises the driver's errors."""
    moderation = SqlModerationStore(database)
    async with database.reading() as connection:
        messages = [message async for message in _messages(connection, user)]
        reports = [_report.decode(row.body) for row in await connection.execute(select(schema.reports.c.body))]
    return Holding(
        user,
        tuple(messages),
        await moderation.relations(user),
        (await moderation.blocklists()).get(user, ()),
        tuple(report for report in reports if report.by.user == user),
    )


async def erase(database: Database, user: UserId) -> Erased:
    """Delete a user's messages, relations and block list in one transaction. Bans and reports stay: they protect others.

    Raises the driver's errors, and then nothing was deleted.
    """
    counts = {"direct": 0, "channels": 0, "relations": 0}
    # Found before the lock is taken, which would keep a running server from recording.
    async with database.reading() as connection:
        said = [message.id async for message in _messages(connection, user, channels_alone=True)]
    async with database.engine.begin() as connection:
        for start in range(0, len(said), PAGE):
            chosen = delete(schema.messages).where(_c.id.in_(said[start : start + PAGE]))
            counts["channels"] += (await connection.execute(chosen)).rowcount
        counts["direct"] = (await connection.execute(delete(schema.messages).where(_direct(user)))).rowcount
        for table in (schema.relations, schema.blocklists):
            counts["relations"] += (await connection.execute(delete(table).where(table.c.user_id == user))).rowcount
    return Erased(**counts)


async def forget_channels_before(database: Database, when_ms: int, room: RoomId | None = None) -> int:
    """Delete what was said in durable channels, of one room or of all, before a time (Unix milliseconds); return how much.

    A page at a time, so that a running server finds the database free in between. Raises the driver's errors, and then
    some may be deleted.
    """
    old = and_(_c.room.is_not(None) if room is None else _c.room == room, _c.sent_ms < when_ms)
    forgotten, after = 0, -1
    while True:
        page = select(_c.id).where(_c.id > after, old).order_by(_c.id).limit(PAGE)
        async with database.reading() as connection:
            found = (await connection.execute(page)).scalars().all()
        if not found:
            return forgotten
        async with database.engine.begin() as connection:
            chosen = delete(schema.messages).where(_c.id.in_(found))
            forgotten += (await connection.execute(chosen)).rowcount
        after = found[-1]


def _direct(user: UserId) -> ColumnElement[bool]:
    return or_(_c.from_user == user, _c.to_user == user)


async def _messages(
    connection: AsyncConnection, user: UserId, *, channels_alone: bool = False
) -> AsyncIterator[Message]:
    """Go through a user's messages, a page at a time."""
    # Who wrote in a channel stands in the JSON beside it; the text finds candidates, and reading them decides.
    named = _c.rest.contains(f'"user":{msgspec.json.encode(user).decode()}', autoescape=True)
    posted = and_(_c.room.is_not(None), named)
    wanted = posted if channels_alone else or_(posted, _direct(user))
    after = -1
    while True:
        page: Select[Any] = select(*STORED).where(_c.id > after, wanted).order_by(_c.id).limit(PAGE)
        rows = (await connection.execute(page)).all()
        for row in rows:
            message = message_of(row)
            if row.room is None or message.author.user == user:
                yield message
        if len(rows) < PAGE:
            return
        after = rows[-1].id
