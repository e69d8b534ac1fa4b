"""Stores in a SQL database, SQLite or PostgreSQL alike; what a channel keeps only for a while is left to `memory`.

Every change goes through the database's recorder, so that it is committed with its neighbours and in order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Insert, Row, Select, Table, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from palaver.core.base import Value
from palaver.core.chat import Attachment, Direct, InChannel, Message, Reaction
from palaver.core.errors import Unavailable
from palaver.core.ids import ChannelId, MessageId, RoomId, UserId
from palaver.core.moderation import NO_RELATIONS, Ban, Relations, ReportFiled
from palaver.core.names import fold
from palaver.core.participants import Author
from palaver.core.rooms import History, Room
from palaver.hub.ports.stores import ThreadSummary
from palaver.storage import schema
from palaver.storage.database import Database
from palaver.storage.memory import MemoryMessageStore, Page, Thread, between, page_of, thread_of
from palaver.storage.recorder import Statement, nothing

FORGOTTEN_AT_ONCE = 1_000

_EVERY_ID = 2**63 - 1

_messages = schema.messages.c
STORED = (_messages.id, _messages.room, _messages.channel, _messages.sent_ms, _messages.text, _messages.rest)
_LATEST_FIRST = (
    select(*STORED).where(_messages.id < bindparam("before")).order_by(_messages.id.desc()).limit(bindparam("at_most"))
)

_ADD_MESSAGE = insert(schema.messages)
_CHANGE_MESSAGE = update(schema.messages).where(_messages.id == bindparam("message"))
_REMOVE_MESSAGE = delete(schema.messages).where(_messages.id == bindparam("message"))
_ERASE_USER = delete(schema.messages).where(
    or_(_messages.from_user == bindparam("user"), _messages.to_user == bindparam("user"))
)
_FORGET_BEFORE = delete(schema.messages).where(
    _messages.id.in_(
        select(_messages.id)
        .where(_messages.room.is_(None), _messages.sent_ms < bindparam("when_ms"))
        .limit(bindparam("at_most"))
    )
)
_DROP_ROOM = delete(schema.messages).where(_messages.room == bindparam("ended_room"))
_LATEST_ID = select(func.coalesce(func.max(_messages.id), 0).label("latest"))
_FIND = select(*STORED).where(_messages.id == bindparam("message"))
_FIND_ALL = select(*STORED).where(_messages.id.in_(bindparam("wanted", expanding=True)))
_CHANNEL_PAGE = _LATEST_FIRST.where(
    _messages.room == bindparam("in_room"), _messages.channel == bindparam("in_channel")
)
_THREAD_PAGE = _LATEST_FIRST.where(_messages.thread == bindparam("in_thread"))
_THREAD_LENGTH = select(func.count().label("length")).where(
    _messages.thread == bindparam("in_thread"), _messages.id < bindparam("before")
)
_other = case((_messages.from_user == bindparam("user"), _messages.to_user), else_=_messages.from_user).label("other")
# Grouped by the thread, since a group by an expression with a parameter is another expression to PostgreSQL.
_THREADS_OF = (
    select(
        func.max(_other).label("other"),
        func.max(_messages.sent_ms).label("latest_ms"),
        func.sum(case((_messages.to_user == bindparam("user"), 1), else_=0)).label("received"),
    )
    .where(
        _messages.thread.is_not(None),
        or_(_messages.from_user == bindparam("user"), _messages.to_user == bindparam("user")),
        _messages.from_user != _messages.to_user,
    )
    .group_by(_messages.thread)
    .order_by(func.max(_messages.sent_ms).desc(), _messages.thread)
)


class _Rest(Value, frozen=True):
    """What is stored of a message besides the columns that queries need."""

    author: Author
    to: Author | None = None
    edited_ms: int = 0
    reply_to: MessageId | None = None
    attachments: tuple[Attachment, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    nonce: str = ""


_rest = msgspec.json.Decoder(_Rest)
_room = msgspec.json.Decoder(Room)
_ban = msgspec.json.Decoder(Ban)
_names = msgspec.json.Decoder(tuple[str, ...])
_relations = msgspec.json.Decoder(Relations)
_report = msgspec.json.Decoder(ReportFiled)

_DELETE_ROOM = delete(schema.rooms).where(schema.rooms.c.id == bindparam("room"))
_LIFT_BAN = delete(schema.bans).where(
    schema.bans.c.room == bindparam("in_room"), schema.bans.c.folded_name == bindparam("name")
)
_FORGET_BANS = delete(schema.bans).where(schema.bans.c.until_ms <= bindparam("when_ms"))
_FILE_REPORT = insert(schema.reports).inline()
_FILED_REPORTS = (
    select(schema.reports.c.at_ms, schema.reports.c.body)
    .where(schema.reports.c.at_ms < bindparam("before"))
    .order_by(schema.reports.c.at_ms.desc(), schema.reports.c.id.desc())
    .limit(bindparam("at_most"))
)
_FORGET_BLOCKLIST = delete(schema.blocklists).where(schema.blocklists.c.user_id == bindparam("user"))
_SELECT_RELATIONS = select(schema.relations.c.body).where(schema.relations.c.user_id == bindparam("user"))


class SqlMessageStore:
    """Keeps DURABLE messages in a database, and hands what is OFF or MEMORY to `recent`.

    Args:
        shared: other processes write to the same database. Otherwise a channel that was once found without durable
            messages is not looked up again until this process puts one there.
    """

    def __init__(self, database: Database, recent: MemoryMessageStore, *, shared: bool = True) -> None:
        self._database = database
        self._recent = recent
        self._shared = shared
        self._is_durable: dict[RoomId, dict[ChannelId, bool]] = {}

    def append(self, message: Message, keep: History) -> Awaitable[None]:
        """Record a new message; DURABLE is committed before this completes. Raises Unavailable.

        A direct message from or to a guest is never durable, since nobody could ask for its thread or its erasure.
        """
        place = message.place
        if keep is not History.DURABLE or (isinstance(place, Direct) and thread_of(message) is None):
            return self._recent.append(message, keep)
        if isinstance(place, InChannel):
            self._is_durable.setdefault(place.room, {})[place.channel] = True
        return self._record(_ADD_MESSAGE, _row_of(message))

    def find(self, message: MessageId) -> Awaitable[Message | None]:
        """Return a message that is still remembered; its text is empty where it was not kept. Raises Unavailable."""
        if message in self._recent:
            return self._recent.find(message)
        return self._database.start(self._find(message))

    def find_all(self, messages: Collection[MessageId]) -> Awaitable[tuple[Message, ...]]:
        """Return those of some messages that are still remembered; see `find`. Raises Unavailable."""
        stored = [message for message in messages if message not in self._recent]
        recent = self._recent.find_all(messages)
        return self._database.start(self._find_all(recent.value, stored)) if stored else recent

    def replace(self, message: Message) -> Awaitable[None]:
        """Record another state of a remembered message; a forgotten one stays forgotten. Raises Unavailable."""
        if message.id in self._recent:
            return self._recent.replace(message)
        values = {"message": message.id, "text": message.text, "rest": _rest_of(message)}
        return self._record(_CHANGE_MESSAGE, values)

    def remove(self, message: MessageId) -> Awaitable[None]:
        """Forget a message. Forgetting an unknown one is harmless. Raises Unavailable."""
        if message in self._recent:
            return self._recent.remove(message)
        return self._record(_REMOVE_MESSAGE, {"message": message})

    def channel_page(
        self, room: RoomId, channel: ChannelId, *, before: MessageId | None, limit: int
    ) -> Awaitable[Page]:
        """Return the latest `limit` kept messages older than `before`, oldest first, and whether older ones exist.

        A channel that went from MEMORY to DURABLE, or back, shows what is left of both. Raises Unavailable.
        """
        recent = self._recent.channel_page(room, channel, before=before, limit=limit)
        if not self._shared and self._is_durable.get(room, {}).get(channel) is False:
            return recent
        return self._database.start(self._channel_page(room, channel, before, limit, recent.value))

    def thread_page(self, one: UserId, other: UserId, *, before: MessageId | None, limit: int) -> Awaitable[Page]:
        """The same for the durable direct messages between two users. Raises Unavailable."""
        return self._database.start(
            self._page(_THREAD_PAGE, {"in_thread": _thread_key(between(one, other))}, before, limit)
        )

    def thread_length(self, one: UserId, other: UserId, *, before: MessageId | None) -> Awaitable[int]:
        """Return how many durable direct messages two users have that are older than `before`. Raises Unavailable."""
        place = {"in_thread": _thread_key(between(one, other)), "before": _EVERY_ID if before is None else before}
        return self._database.start(self._thread_length(place))

    def threads_of(self, user: UserId) -> Awaitable[tuple[ThreadSummary, ...]]:
        """Return with whom a user has durable direct messages, the latest talk first; talk with oneself is left out.

        Raises Unavailable.
        """
        return self._database.start(self._threads_of(user))

    def erase_user(self, user: UserId) -> Awaitable[int]:
        """Delete every direct message of every thread a user is part of; return how many. Raises Unavailable."""
        recent = self._recent.erase_user(user)
        return self._database.recorder.record(_ERASE_USER, {"user": user}, lambda count: count + recent.value)

    def forget_before(self, when_ms: int) -> Awaitable[int]:
        """Delete direct messages sent before a time (Unix milliseconds); return how many. Raises Unavailable.

        A part at a time: what is recorded meanwhile does not wait for all of it.
        """
        recent = self._recent.forget_before(when_ms).value
        return self._database.start(self._forget_on(self._forget_some(when_ms), when_ms, recent))

    async def latest_id(self) -> MessageId:
        """Return the highest id of the durable messages; 0 where there are none. Raises Unavailable."""
        return MessageId((await self._database.fetch(_LATEST_ID))[0].latest)

    def drop_room(self, room: RoomId) -> Awaitable[None]:
        """Forget every message of a room that ended. Raises Unavailable."""
        self._is_durable.pop(room, None)
        self._recent.drop_room(room)
        return self._record(_DROP_ROOM, {"ended_room": room})

    def _record(self, statement: Statement, values: Mapping[str, object]) -> Awaitable[None]:
        return self._database.recorder.record(statement, values, nothing)

    def _forget_some(self, when_ms: int) -> Awaitable[int]:
        values = {"when_ms": when_ms, "at_most": FORGOTTEN_AT_ONCE}
        return self._database.recorder.record(_FORGET_BEFORE, values, int)

    async def _forget_on(self, first: Awaitable[int], when_ms: int, forgotten: int) -> int:
        """Go on from the first part, which is asked for already, in its order among other changes."""
        gone = await first
        while gone == FORGOTTEN_AT_ONCE:
            forgotten += gone
            gone = await self._forget_some(when_ms)
        return forgotten + gone

    async def _find(self, message: MessageId) -> Message | None:
        rows = await self._database.fetch(_FIND, {"message": message})
        return message_of(rows[0]) if rows else None

    async def _find_all(self, recent: tuple[Message, ...], stored: Sequence[MessageId]) -> tuple[Message, ...]:
        rows = await self._database.fetch(_FIND_ALL, {"wanted": stored})
        return (*recent, *map(message_of, rows))

    async def _thread_length(self, place: Mapping[str, object]) -> int:
        rows = await self._database.fetch(_THREAD_LENGTH, place)
        return int(rows[0].length)

    async def _threads_of(self, user: UserId) -> tuple[ThreadSummary, ...]:
        rows = await self._database.fetch(_THREADS_OF, {"user": user})
        return tuple(ThreadSummary(UserId(row.other), row.latest_ms, int(row.received)) for row in rows)

    async def _channel_page(
        self, room: RoomId, channel: ChannelId, before: MessageId | None, limit: int, recent: Page
    ) -> Page:
        place = {"in_room": room, "in_channel": channel}
        stored = await self._page(_CHANNEL_PAGE, place, before, limit)
        if not self._shared and before is None and limit > 0:
            self._is_durable.setdefault(room, {}).setdefault(channel, bool(stored[0]))
        return _merged(stored, recent, limit)

    async def _page(
        self, query: Select[Any], place: Mapping[str, object], before: MessageId | None, limit: int
    ) -> Page:
        values = {**place, "before": _EVERY_ID if before is None else before, "at_most": limit + 1}
        rows = await self._database.fetch(query, values)
        return tuple(message_of(row) for row in reversed(rows[:limit])), len(rows) > limit


class SqlRoomStore:
    """Keeps rooms in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._save = upsert(database, schema.rooms)

    def load(self) -> Awaitable[tuple[Room, ...]]:
        """Return every stored room. Raises Unavailable."""
        return self._database.start(self._load())

    def save(self, room: Room) -> Awaitable[None]:
        """Record a room, new or changed. Raises Unavailable."""
        row = {"id": room.id, "body": _json(room)}
        return self._database.recorder.record(self._save, row, nothing)

    def delete(self, room: RoomId) -> Awaitable[None]:
        """Forget a room. Forgetting an unknown one is harmless. Raises Unavailable."""
        return self._database.recorder.record(_DELETE_ROOM, {"room": room}, nothing)

    async def _load(self) -> tuple[Room, ...]:
        rows = await self._database.fetch(select(schema.rooms.c.body).order_by(schema.rooms.c.id))
        return tuple(_room.decode(row.body) for row in rows)


class SqlModerationStore:
    """Keeps bans, relations, block lists and reports in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._save_ban = upsert(database, schema.bans)
        self._save_relations = upsert(database, schema.relations)
        self._save_blocklist = upsert(database, schema.blocklists)

    def bans(self) -> Awaitable[tuple[Ban, ...]]:
        """Return every stored ban, lapsed ones too. Raises Unavailable."""
        return self._database.start(self._bans())

    def save_ban(self, ban: Ban) -> Awaitable[None]:
        """Record a ban; one of the same name (folded) and room is replaced. Raises Unavailable."""
        row = {"room": ban.room or "", "folded_name": fold(ban.name), "until_ms": ban.until_ms, "body": _json(ban)}
        return self._database.recorder.record(self._save_ban, row, nothing)

    def lift_ban(self, name: str, room: RoomId | None) -> Awaitable[bool]:
        """Forget the ban listed under a name (folded) for a room or the server; return whether there was one.

        Raises Unavailable.
        """
        return self._database.recorder.record(_LIFT_BAN, {"in_room": room or "", "name": fold(name)}, bool)

    def forget_bans(self, until_ms: int) -> Awaitable[int]:
        """Forget those that end at a time (Unix milliseconds) or before; return how many there were. Raises Unavailable."""
        return self._database.recorder.record(_FORGET_BANS, {"when_ms": until_ms}, int)

    def relations(self, user: UserId) -> Awaitable[Relations]:
        """Return how a user stands to others; nobody for an unknown one. Raises Unavailable."""
        return self._database.start(self._relations(user))

    def save_relations(self, user: UserId, relations: Relations) -> Awaitable[None]:
        """Record how a user stands to others. Raises Unavailable."""
        row = {"user_id": user, "body": _json(relations)}
        return self._database.recorder.record(self._save_relations, row, nothing)

    def blocklists(self) -> Awaitable[dict[UserId, tuple[str, ...]]]:
        """Return every list of whom a user is not to meet, the one that was not renewed for longest first.

        Raises Unavailable.
        """
        return self._database.start(self._blocklists())

    def save_blocklist(self, user: UserId, names: tuple[str, ...], at_ms: int) -> Awaitable[None]:
        """Record a user's list in place of the one before; an empty one is forgotten. Raises Unavailable."""
        if not names:
            return self._database.recorder.record(_FORGET_BLOCKLIST, {"user": user}, nothing)
        row = {"user_id": user, "at_ms": at_ms, "body": _json(names)}
        return self._database.recorder.record(self._save_blocklist, row, nothing)

    def file_report(self, report: ReportFiled, at_ms: int) -> Awaitable[None]:
        """Record a report, filed at a time in Unix milliseconds. Raises Unavailable."""
        row = {"at_ms": at_ms, "room": report.room, "body": _json(report)}
        return self._database.recorder.record(_FILE_REPORT, row, nothing)

    def filed_reports(self, *, before_ms: int | None, limit: int) -> Awaitable[tuple[tuple[int, ReportFiled], ...]]:
        """Return the latest `limit` reports filed before a time, newest first, each with when it was filed.

        Raises Unavailable.
        """
        return self._database.start(self._filed_reports(_EVERY_ID if before_ms is None else before_ms, limit))

    async def _bans(self) -> tuple[Ban, ...]:
        rows = await self._database.fetch(select(schema.bans.c.body).order_by(schema.bans.c.until_ms))
        return tuple(_ban.decode(row.body) for row in rows)

    async def _filed_reports(self, before_ms: int, limit: int) -> tuple[tuple[int, ReportFiled], ...]:
        rows = await self._database.fetch(_FILED_REPORTS, {"before": before_ms, "at_most": limit})
        return tuple((row.at_ms, _report.decode(row.body)) for row in rows)

    async def _blocklists(self) -> dict[UserId, tuple[str, ...]]:
        rows = await self._database.fetch(select(schema.blocklists).order_by(schema.blocklists.c.at_ms))
        return {UserId(row.user_id): _names.decode(row.body) for row in rows}

    async def _relations(self, user: UserId) -> Relations:
        rows = await self._database.fetch(_SELECT_RELATIONS, {"user": user})
        return _relations.decode(rows[0].body) if rows else NO_RELATIONS


def upsert(database: Database, table: Table) -> Insert:
    """Return the statement that puts a row in, over one of the same key."""
    is_postgresql = database.engine.dialect.name == "postgresql"
    adding = postgresql.insert(table) if is_postgresql else sqlite.insert(table)
    key = [column.name for column in table.primary_key]
    changed = {column.name: adding.excluded[column.name] for column in table.columns if column.name not in key}
    return adding.on_conflict_do_update(index_elements=key, set_=changed)


def _json(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # Half a surrogate pair: no database takes it either.
        raise Unavailable from None


def _thread_key(thread: Thread) -> str:
    """Return one text for a pair of users; the length keeps pairs apart whatever their ids contain."""
    low, high = thread
    return f"{len(low)} {low} {high}"


def _rest_of(message: Message) -> str:
    return _json(
        _Rest(
            message.author,
            message.place.to if isinstance(message.place, Direct) else None,
            message.edited_ms,
            message.reply_to,
            message.attachments,
            message.reactions,
            message.nonce,
        )
    )


def _row_of(message: Message) -> dict[str, object]:
    row = dict.fromkeys(("room", "channel", "thread", "from_user", "to_user"))
    row |= {"id": message.id, "sent_ms": message.sent_ms, "text": message.text, "rest": _rest_of(message)}
    if isinstance(message.place, InChannel):
        return row | {"room": message.place.room, "channel": message.place.channel}
    thread = thread_of(message)
    row["thread"] = thread and _thread_key(thread)
    return row | {"from_user": message.author.user, "to_user": message.place.to.user}


def message_of(row: Row[Any]) -> Message:
    """Return a message from its row of `STORED` columns."""
    rest = _rest.decode(row.rest)
    place = InChannel(row.room, row.channel) if rest.to is None else Direct(rest.to)
    return Message(
        id=row.id,
        author=rest.author,
        place=place,
        text=row.text,
        sent_ms=row.sent_ms,
        edited_ms=rest.edited_ms,
        reply_to=rest.reply_to,
        attachments=rest.attachments,
        reactions=rest.reactions,
        nonce=rest.nonce,
    )


def _merged(stored: Page, recent: Page, limit: int) -> Page:
    """Return one page out of the pages that the database and the memory have."""
    found, more = page_of((*stored[0], *recent[0]), before=None, limit=limit)
    return found, more or stored[1] or recent[1]
