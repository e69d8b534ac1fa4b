"""The tables, as the code of today expects them; how a database gets there is the business of `migrations`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Integer, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Only INTEGER makes a SQLite key the row id itself; it holds 64 bits all the same.
_Id = BigInteger().with_variant(Integer, "sqlite")


def _index(*columns: Column[Any], where: ColumnElement[bool] | None = None) -> Index:
    return Index(None, *columns, sqlite_where=where, postgresql_where=where)


messages = Table(
    "messages",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("room", String, comment="with channel: where it was said; null for direct messages"),
    Column("channel", String),
    Column("thread", String, comment="key of the pair of users; null for messages of channels"),
    Column("from_user", String, comment="author of a direct message"),
    Column("to_user", String, comment="addressee of a direct message"),
    Column("sent_ms", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("rest", Text, nullable=False, comment="JSON: author, addressee, edits, reply, attachments, reactions"),
)
_c = messages.c
_index(_c.room, _c.channel, _c.id, where=_c.room.is_not(None))
_index(_c.thread, _c.id, where=_c.thread.is_not(None))
_index(_c.from_user, where=_c.from_user.is_not(None))
_index(_c.to_user, where=_c.to_user.is_not(None))
_index(_c.sent_ms, where=_c.room.is_(None))

rooms = Table(
    "rooms",
    metadata,
    Column("id", String, primary_key=True),
    Column("body", Text, nullable=False, comment="JSON of the room"),
)

bans = Table(
    "bans",
    metadata,
    Column("room", String, primary_key=True, comment="empty for the whole server"),
    Column("folded_name", String, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False, comment="JSON of the ban"),
)

relations = Table(
    "relations",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("body", Text, nullable=False, comment="JSON: ignores, blocks, turned away, invited"),
)

blocklists = Table(
    "blocklists",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False, comment="when the site last set it"),
    Column("body", Text, nullable=False, comment="JSON: names that the user is not to meet"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("room", String, nullable=False),
    Column("body", Text, nullable=False, comment="JSON of the report"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String, primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("failed", Integer, nullable=False, comment="1: it is not tried again"),
    Column("body", Text, nullable=False, comment="JSON of the call of the website that waits"),
)
_index(outbox.c.failed, outbox.c.made_ms)
