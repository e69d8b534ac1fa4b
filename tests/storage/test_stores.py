"""Opening what a URL names, and what stays after closing it."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from palaver.core.chat import Direct, InChannel, Message
from palaver.core.errors import Unavailable
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.participants import Author
from palaver.core.rooms import History, Room
from palaver.storage import sql
from palaver.storage.database import StorageProblem, open_engine, sqlite_path
from palaver.storage.stores import open_stores

ANA = Author(SessionId("a" * 32), "ana", user=UserId("site:ana"))
BOB = Author(SessionId("b" * 32), "bob", user=UserId("site:bob"))
LOBBY, MAIN = RoomId("lobby"), ChannelId("main")


def said(number: int, text: str = "hello") -> Message:
    return Message(MessageId(number), ANA, InChannel(LOBBY, MAIN), text, number)


async def test_what_is_durable_is_there_after_a_restart_and_nothing_else(url: str) -> None:
    direct = Message(MessageId(9), ANA, Direct(BOB), "psst", 9)
    stores = await open_stores(url)
    await stores.messages.append(said(1), History.DURABLE)
    await stores.messages.append(said(2), History.MEMORY)
    await stores.messages.append(direct, History.DURABLE)
    await stores.close()

    stores = await open_stores(url)
    page, more = await stores.messages.channel_page(LOBBY, MAIN, before=None, limit=5)
    thread, _ = await stores.messages.thread_page(UserId("site:bob"), UserId("site:ana"), before=None, limit=5)
    await stores.close()
    assert (page, more, thread) == ((said(1),), False, (direct,))


async def test_closing_commits_what_nobody_waited_for(url: str) -> None:
    stores = await open_stores(url)
    waiting = [stores.messages.append(said(number), History.DURABLE) for number in range(5)]
    await stores.close()
    await asyncio.gather(*waiting)
    with pytest.raises(Unavailable):
        await stores.messages.append(said(9), History.DURABLE)

    stores = await open_stores(url)
    page, _ = await stores.messages.channel_page(LOBBY, MAIN, before=None, limit=9)
    await stores.close()
    assert [message.id for message in page] == [0, 1, 2, 3, 4]


async def test_whoever_records_does_not_wait_until_all_that_is_old_is_forgotten(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "FORGOTTEN_AT_ONCE", 2)
    stores = await open_stores(url)
    old = [Message(MessageId(number), ANA, Direct(BOB), "psst", 1) for number in range(9)]
    await asyncio.gather(*(stores.messages.append(each, History.DURABLE) for each in old))
    forgetting = asyncio.ensure_future(stores.messages.forget_before(2))
    await stores.messages.append(said(10), History.DURABLE)
    await stores.messages.append(said(11), History.DURABLE)
    assert not forgetting.done()
    assert await forgetting == 9
    page, _ = await stores.messages.channel_page(LOBBY, MAIN, before=None, limit=9)
    await stores.close()
    assert [message.id for message in page] == [10, 11]


async def test_a_text_that_no_database_takes_is_refused_and_its_neighbours_are_recorded(url: str) -> None:
    stores = await open_stores(url)
    asked = [said(1), said(2, "half a pair: \ud800"), said(3), said(2**63), said(4)]
    answers = await asyncio.gather(
        *(stores.messages.append(message, History.DURABLE) for message in asked), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [type(None), Unavailable, type(None), Unavailable, type(None)]

    page, _ = await stores.messages.channel_page(LOBBY, MAIN, before=None, limit=9)
    await stores.close()
    assert [message.id for message in page] == [1, 3, 4]


async def test_an_id_is_recorded_once(url: str) -> None:
    stores = await open_stores(url)
    await stores.messages.append(said(1, "first"), History.DURABLE)
    with pytest.raises(Unavailable):
        await stores.messages.append(said(1, "second"), History.DURABLE)

    assert await stores.messages.find(MessageId(1)) == said(1, "first")
    await stores.close()


@pytest.mark.parametrize("keep", [History.OFF, History.MEMORY])
async def test_what_is_not_durable_needs_no_database(url: str, keep: History) -> None:
    stores = await open_stores(url, shared=False)
    assert await stores.messages.channel_page(LOBBY, MAIN, before=None, limit=5) == ((), False)
    await stores.close()

    await stores.messages.append(said(1), keep)
    await stores.messages.replace(said(1, "edited"))
    assert await stores.messages.find(MessageId(1)) is not None
    page, _ = await stores.messages.channel_page(LOBBY, MAIN, before=None, limit=5)
    assert len(page) == (keep is History.MEMORY)
    await stores.messages.remove(MessageId(1))


async def test_another_process_is_seen_where_the_database_is_shared(url: str) -> None:
    one = await open_stores(url, shared=True)
    other = await open_stores(url, shared=True)
    assert await one.messages.channel_page(LOBBY, MAIN, before=None, limit=5) == ((), False)
    await other.messages.append(said(1), History.DURABLE)

    assert await one.messages.channel_page(LOBBY, MAIN, before=None, limit=5) == ((said(1),), False)
    await one.close()
    await other.close()


async def test_two_processes_may_write_at_once(url: str) -> None:
    stores = [await open_stores(url, shared=True) for _ in range(2)]
    for turn in range(10):
        await asyncio.gather(
            *(each.messages.append(said(2 * turn + number), History.DURABLE) for number, each in enumerate(stores))
        )

    page, _ = await stores[0].messages.channel_page(LOBBY, MAIN, before=None, limit=50)
    assert [message.id for message in page] == list(range(20))
    for each in stores:
        await each.close()


async def test_a_room_in_memory_is_gone_with_its_store() -> None:
    stores = await open_stores("sqlite://")
    await stores.rooms.save(Room(LOBBY))
    assert await stores.rooms.load() == (Room(LOBBY),)
    await stores.close()

    stores = await open_stores("sqlite://")
    assert await stores.rooms.load() == ()
    await stores.close()


async def test_a_sqlite_file_and_what_lies_beside_it_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        stores = await open_stores(f"sqlite:///{tmp_path / 'palaver.sqlite'}")
        await stores.messages.append(said(1), History.DURABLE)
        modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(tmp_path)}
        await stores.close()
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(("palaver.sqlite", "palaver.sqlite-wal", "palaver.sqlite-shm"), 0o600)


async def test_what_is_told_to_be_durable_survives_a_power_cut(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'palaver.sqlite'}")
    async with engine.connect() as connection:
        answers = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    await engine.dispose()

    assert answers == ["wal", 2, 10_000]


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://host/name", "sqlite+pysqlcipher", "oracle://x", "postgresql://host:port/name"]
)
async def test_a_url_that_names_no_storage_is_refused_in_plain_words(url: str) -> None:
    with pytest.raises(StorageProblem, match="sqlite:///path"):
        await open_stores(url)


async def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match=r"missing/palaver\.sqlite cannot be made: No such file"):
        await open_stores(f"sqlite:///{tmp_path}/missing/palaver.sqlite")


def test_a_relative_file_lies_below_the_folder_and_another_where_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "data?x=1"
    assert sqlite_path("sqlite:///palaver.sqlite", folder) == folder / "palaver.sqlite"
    assert sqlite_path("sqlite:////elsewhere/p.db?timeout=3", folder) == Path("/elsewhere/p.db")
    assert sqlite_path("sqlite://", folder) is sqlite_path("postgresql://u:p@h/d", folder) is None


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"certainly not a database" * 100)
    with pytest.raises(StorageProblem, match=r"The database \(.*/x\) cannot be opened: file is not a database"):
        await open_stores(f"sqlite:///{tmp_path / 'x'}")


async def test_a_server_that_does_not_answer_is_refused_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem) as refused:
        await open_stores(f"postgresql://ana:s3cret@/palaver?host={tmp_path}")

    assert "s3cret" not in str(refused.value)


def test_the_words_of_libpq_are_understood() -> None:
    address = open_engine("postgres://ana@db.example/palaver?sslmode=require&application_name=palaver").url

    assert address.drivername == "postgresql+asyncpg"
    assert dict(address.query) == {"ssl": "require", "application_name": "palaver"}
