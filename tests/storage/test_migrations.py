"""The migrations lead to the schema that the code expects, from an empty database and from one that is there already."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

import palaver
from palaver.core.ids import ChannelId, RoomId, UserId
from palaver.core.rooms import History, Life, Room
from palaver.storage.database import StorageProblem, open_engine
from palaver.storage.migrations import configuration, migrate, upgrade
from palaver.storage.schema import metadata
from palaver.storage.stores import open_stores


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(url)
    yield engine
    await engine.dispose()


def differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


def indexes(connection: Connection) -> dict[str, dict[str, tuple[object, ...]]]:
    """Return every index with its columns and its condition, which Alembic does not compare."""
    return {
        table: {
            str(index["name"]): (
                tuple(index["column_names"]),
                *(str(value) for key, value in index.get("dialect_options", {}).items() if key.endswith("_where")),
            )
            for index in inspect(connection).get_indexes(table)
        }
        for table in metadata.tables
    }


async def test_an_empty_database_is_brought_to_the_schema_of_today(engine: AsyncEngine) -> None:
    await migrate(engine)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_difference_would_be_seen(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE messages DROP COLUMN rest"))

        assert len(await connection.run_sync(differences)) == 1


async def test_migrated_indexes_are_those_of_the_schema(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        expected = await connection.run_sync(indexes)
        await connection.run_sync(metadata.drop_all)
    await migrate(engine)

    async with engine.connect() as connection:
        assert await connection.run_sync(indexes) == expected
    assert len(expected["messages"]) == 5


async def test_a_second_start_changes_nothing(url: str) -> None:
    for start in range(2):
        stores = await open_stores(url)
        if not start:
            await stores.rooms.save(Room(RoomId("lobby")))
        assert await stores.rooms.load() == (Room(RoomId("lobby")),)
        await stores.close()


FIRST_ROWS = (
    "INSERT INTO messages (id, room, channel, sent_ms, text, rest) VALUES (7, 'den', 'main', 5, 'hello', "
    """'{"author":{"session":"s1","handle":"ana","user":"site:ana"},"edited_ms":6,"reactions":[{"emoji":"+","by":["bob"]}]}')""",
    "INSERT INTO messages (id, thread, from_user, to_user, sent_ms, text, rest) VALUES "
    "(8, '8 site:ana site:bob', 'site:ana', 'site:bob', 5, 'psst', "
    """'{"author":{"session":"s1","handle":"ana","user":"site:ana"},"""
    """"to":{"session":"s2","handle":"bob","user":"site:bob"}}')""",
    """INSERT INTO rooms VALUES ('den', '{"id":"den","life":"permanent","channels":[{"id":"main","history":"durable"}]}')""",
    """INSERT INTO bans VALUES ('', 'eve', 9, '{"name":"Eve","keys":["name:eve"],"until_ms":9}')""",
    """INSERT INTO relations VALUES ('site:ana', '{"ignores":["name:eve"]}')""",
    "INSERT INTO reports (at_ms, room, body) VALUES (4, 'den', "
    """'{"type":"report_filed","room":"den","by":{"session":"s1","handle":"ana"},"about":"eve","reason":"spam"}')""",
)
"""One row of each table, as the first version wrote them."""
SECOND_ROW = (
    """INSERT INTO outbox VALUES ('c1', 5, 0, '{"id":"c1","name":"report","content":"{}","made_ms":5,"tries":2}')"""
)
"""One row of the table that the second brought."""


async def test_what_earlier_versions_stored_is_read_today(url: str, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, "0001")
        for row in FIRST_ROWS:
            await connection.exec_driver_sql(row)
        await connection.run_sync(upgrade, "0002")
        await connection.exec_driver_sql(SECOND_ROW)
    stores = await open_stores(url)

    (said,), _ = await stores.messages.channel_page(RoomId("den"), ChannelId("main"), before=None, limit=9)
    (whispered,), _ = await stores.messages.thread_page(UserId("site:bob"), UserId("site:ana"), before=None, limit=9)
    assert (said.text, said.author.handle, said.edited_ms, said.reactions[0].emoji) == ("hello", "ana", 6, "+")
    assert (whispered.text, whispered.author.user) == ("psst", "site:ana")
    (room,), (ban,) = await stores.rooms.load(), await stores.moderation.bans()
    assert (room.life, room.channels[0].history, ban.name) == (Life.PERMANENT, History.DURABLE, "Eve")
    assert (await stores.moderation.relations(UserId("site:ana"))).ignores == {"name:eve"}
    ((at_ms, report),) = await stores.moderation.filed_reports(before_ms=None, limit=9)
    assert (at_ms, report.about) == (4, "eve")
    (call,) = await stores.outbox.waiting(failed=False, limit=9)
    assert (call.name, call.content, call.tries) == ("report", "{}", 2)
    await stores.close()


async def test_nodes_that_start_at_once_do_the_work_once(url: str) -> None:
    opened = await asyncio.gather(*(open_stores(url) for _ in range(4)))

    await opened[0].rooms.save(Room(RoomId("lobby")))
    for stores in opened:
        assert await stores.rooms.load() == (Room(RoomId("lobby")),)
        await stores.close()


async def test_a_failed_migration_leaves_nothing_behind(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE reports (in_the_way INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        await migrate(engine)

    async with engine.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["reports"]


async def test_a_database_of_a_newer_version_is_refused_in_plain_words(url: str, engine: AsyncEngine) -> None:
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))

    with pytest.raises(StorageProblem, match="from the future"):
        await open_stores(url)


async def test_there_is_a_way_back(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(configuration(sync), "base"))
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert tables == ["alembic_version"]

    await migrate(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_revisions_form_one_line() -> None:
    script = ScriptDirectory.from_config(configuration())

    assert len(script.get_heads()) == len(script.get_bases()) == 1


def test_it_works_in_any_directory(tmp_path: Path) -> None:
    program = "import asyncio; from palaver.storage.stores import open_stores; asyncio.run(open_stores('sqlite:///x'))"
    source = str(Path(palaver.__file__).parents[1])
    command = [sys.executable, "-c", f"{program}; import os; os._exit(0)"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": source}, check=True, timeout=60)

    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_the_schema_is_named_throughout() -> None:
    assert isinstance(metadata, MetaData)
    assert all(index.name for table in metadata.tables.values() for index in table.indexes)
