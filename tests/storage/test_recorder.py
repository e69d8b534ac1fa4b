"""The recorder: one transaction for each turn of the loop, and an answer for everybody whatever happens."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import bindparam, delete, event, insert, select, text, update
from sqlalchemy.util import await_only
from structlog.testing import capture_logs

from palaver.core.errors import Unavailable
from palaver.storage.database import Database, open_engine
from palaver.storage.recorder import BELIEVED_FAILING_S, Recorder, nothing
from palaver.storage.schema import metadata, relations, rooms

ADD = insert(rooms)
CHANGE = update(rooms).where(rooms.c.id == bindparam("room"))
REMOVE_ALL = delete(rooms)
POISON = "\ud800"


class Transactions:
    """Counts what an engine commits and rolls back."""

    def __init__(self, database: Database) -> None:
        self.committed = 0
        self.rolled_back = 0
        event.listen(database.engine.sync_engine, "commit", self._commit)
        event.listen(database.engine.sync_engine, "rollback", self._roll_back)

    def _commit(self, _: object) -> None:
        self.committed += 1

    def _roll_back(self, _: object) -> None:
        self.rolled_back += 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "palaver.sqlite"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    database = Database(open_engine(f"sqlite:///{file}"), pending_limit=100)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return database.recorder


@pytest.fixture
def transactions(database: Database) -> Transactions:
    return Transactions(database)


def add(recorder: Recorder, *names: str) -> list[asyncio.Future[None]]:
    return [recorder.record(ADD, {"id": name, "body": "{}"}, nothing) for name in names]


async def stored(database: Database) -> list[str]:
    return [row.id for row in await database.fetch(select(rooms.c.id).order_by(rooms.c.id))]


async def outcomes(futures: list[asyncio.Future[None]]) -> list[bool]:
    """Return for each change whether it was recorded; anything but Unavailable is a fault."""
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert all(answer is None or isinstance(answer, Unavailable) for answer in answers)
    return [answer is None for answer in answers]


async def test_one_turn_of_the_loop_is_one_transaction(
    database: Database, recorder: Recorder, transactions: Transactions
) -> None:
    await asyncio.gather(*add(recorder, "a", "b"), *add(recorder, "c"))

    assert transactions.committed == 1
    assert await stored(database) == ["a", "b", "c"]


async def test_unlike_changes_of_one_turn_share_it(
    database: Database, recorder: Recorder, transactions: Transactions
) -> None:
    known = [recorder.record(insert(relations), {"user_id": name, "body": "{}"}, nothing) for name in "xy"]
    await asyncio.gather(*add(recorder, "a", "b"), *known, *add(recorder, "c"))

    assert (transactions.committed, transactions.rolled_back) == (1, 0)
    assert await stored(database) == ["a", "b", "c"]


async def test_changes_asked_for_by_several_tasks_in_one_turn_share_it(
    recorder: Recorder, transactions: Transactions
) -> None:
    async def ask(name: str) -> None:
        await add(recorder, name)[0]

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(ask(f"room {number}"))

    assert transactions.committed == 1


async def test_what_comes_while_a_commit_is_under_way_is_the_next_batch(
    database: Database, recorder: Recorder, transactions: Transactions
) -> None:
    late: list[asyncio.Future[None]] = []
    committing = asyncio.Event()
    loop = asyncio.get_running_loop()
    event.listen(database.engine.sync_engine, "commit", lambda _: committing.set(), once=True)
    first = add(recorder, "a")
    committing_seen = loop.create_task(committing.wait())
    committing_seen.add_done_callback(lambda _: late.extend(add(recorder, "b", "c", "d")))
    await committing_seen
    await first[0]
    await asyncio.gather(*late)

    assert len(late) == 3
    assert transactions.committed == 2


async def test_nobody_is_answered_before_the_commit(file: Path, recorder: Recorder) -> None:
    elsewhere = sqlite3.connect(file)
    future = add(recorder, "a")[0]
    seen: list[int] = []
    future.add_done_callback(lambda _: seen.append(elsewhere.execute("SELECT count(*) FROM rooms").fetchone()[0]))
    await future

    assert seen == [1]
    elsewhere.close()


async def test_order_is_kept_between_kinds_of_changes(database: Database, recorder: Recorder) -> None:
    count = recorder.record(REMOVE_ALL, {}, int)
    futures = add(recorder, "a", "b")
    removed = recorder.record(REMOVE_ALL, {}, int)
    futures += add(recorder, "a")
    changed = recorder.record(CHANGE, {"room": "a", "body": "new"}, int)
    missed = recorder.record(CHANGE, {"room": "b", "body": "new"}, int)
    await asyncio.gather(*futures)

    assert [await each for each in (count, removed, changed, missed)] == [0, 2, 1, 0]
    assert [tuple(row) for row in await database.fetch(select(rooms))] == [("a", "new")]


async def test_a_poisoned_row_does_not_fail_its_neighbours(
    database: Database, recorder: Recorder, transactions: Transactions
) -> None:
    assert await outcomes(add(recorder, "a", "b", POISON, "c", "d", "a", "e")) == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
    ]
    assert await stored(database) == ["a", "b", "c", "d", "e"]
    assert transactions.rolled_back >= 2


async def test_after_a_poisoned_row_the_recorder_goes_on(database: Database, recorder: Recorder) -> None:
    assert await outcomes(add(recorder, POISON)) == [False]
    assert await outcomes(add(recorder, "a")) == [True]
    assert await stored(database) == ["a"]


async def test_when_the_database_fails_everybody_hears_it_and_nothing_is_half_recorded(
    file: Path, database: Database, recorder: Recorder, transactions: Transactions
) -> None:
    elsewhere = sqlite3.connect(file)
    elsewhere.execute("ALTER TABLE rooms RENAME COLUMN body TO hidden")
    elsewhere.commit()
    assert await outcomes(add(recorder, "a", "b", "c")) == [False, False, False]
    # Told at once, without trying each alone.
    assert (transactions.committed, transactions.rolled_back) == (0, 1)

    elsewhere.execute("ALTER TABLE rooms RENAME COLUMN hidden TO body")
    elsewhere.commit()
    elsewhere.close()
    assert await stored(database) == []
    assert await outcomes(add(recorder, "d")) == [True]


async def test_an_outage_is_not_tried_again_for_each_change(tmp_path: Path) -> None:
    database = Database(open_engine(f"postgresql://nobody@/nothing?host={tmp_path}"))
    transactions = Transactions(database)

    assert await outcomes(add(database.recorder, *"abcdef")) == [False] * 6
    assert (transactions.committed, transactions.rolled_back) == (0, 0)
    await database.close()


async def test_what_fails_is_told_once_by_the_databases_own_word_for_it_and_once_that_it_is_over(
    database: Database,
) -> None:
    grown = await database.fetch(text("PRAGMA page_count"))
    limit = [f"PRAGMA max_page_count = {grown[0][0]}"]
    event.listen(database.engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(limit[0]))
    big = {"id": "big", "body": "x" * 100_000}
    recorder = database.recorder
    with capture_logs() as logged:
        for _ in range(3):
            assert await outcomes([recorder.record(ADD, big, nothing), *add(recorder, "a")]) == [False, False]
        assert [(each["event"], each["problem"]) for each in logged] == [("recording_fails", "SQLITE_FULL")]
        limit[0] = "PRAGMA max_page_count = 1000000"
        assert await outcomes(add(recorder, "b", "c")) == [True, True]
        assert (logged[-1]["event"], logged[-1]["refused"]) == ("recording_works_again", 6)
        await outcomes(add(recorder, "d"))
    assert len(logged) == 2


async def test_a_database_that_is_no_longer_one_is_told_once_and_not_tried_for_each_change(
    file: Path, database: Database, transactions: Transactions
) -> None:
    await outcomes(add(database.recorder, "a"))
    await database.engine.dispose()
    for part in (file, file.with_name("palaver.sqlite-wal")):
        part.write_bytes(b"something else" * 1000)
    with capture_logs() as logged:
        assert await outcomes(add(database.recorder, *"bcdefgh")) == [False] * 7
        with pytest.raises(Unavailable):
            await database.fetch(select(rooms))
    assert [(each["event"], each["problem"]) for each in logged] == [
        ("recording_fails", "SQLITE_NOTADB"),
        ("reading_fails", "SQLITE_NOTADB"),
    ]


@pytest.fixture
async def postgres_database(new_postgres_database: Callable[[], str]) -> AsyncIterator[Database]:
    database = Database(open_engine(new_postgres_database()))
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.mark.postgres
async def test_a_postgresql_that_only_reads_is_an_outage_and_not_the_fault_of_any_change(
    postgres_database: Database,
) -> None:
    """As after its main server was lost, when a replica has its address."""
    async with postgres_database.engine.begin() as connection:
        name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
        await connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    await postgres_database.engine.dispose()
    with capture_logs() as logged:
        assert await outcomes(add(postgres_database.recorder, *"abcdefgh")) == [False] * 8
    assert [(each["event"], each["problem"]) for each in logged] == [("recording_fails", "ReadOnlySQLTransactionError")]
    assert postgres_database.recorder.fails
    assert await stored(postgres_database) == []


@pytest.mark.postgres
async def test_what_loses_against_another_process_is_tried_again(postgres_database: Database) -> None:
    recorder = postgres_database.recorder
    await outcomes(add(recorder, "a"))
    async with postgres_database.engine.begin() as connection:
        name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
        await connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = serializable"))
    await postgres_database.engine.dispose()
    async with postgres_database.engine.begin() as elsewhere:
        await elsewhere.execute(CHANGE, {"room": "a", "body": "theirs"})
        changed = recorder.record(CHANGE, {"room": "a", "body": "ours"}, int)
        while not (await postgres_database.fetch(text("SELECT 1 FROM pg_locks WHERE NOT granted"))):
            assert not changed.done()
    assert await changed == 1
    assert [row.body for row in await postgres_database.fetch(select(rooms.c.body))] == ["ours"]


async def test_whoever_reads_slowly_keeps_nobody_from_writing(database: Database) -> None:
    gate = asyncio.Event()

    def hold(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            await_only(gate.wait())

    event.listen(database.engine.sync_engine, "before_cursor_execute", hold)
    reading = [database.start(database.fetch(select(rooms))) for _ in range(20)]
    assert await outcomes(add(database.recorder, "a")) == [True]
    gate.set()
    assert {len(rows) for rows in await asyncio.gather(*reading)} == {1}


async def test_a_full_disk_shows_until_something_is_recorded_or_nothing_was_tried_for_long(database: Database) -> None:
    """What is full is the database, to which SQLite allows no further page."""
    moment = 100.0
    recorder = Recorder(database.engine, now=lambda: moment)
    grown = await database.fetch(text("PRAGMA page_count"))
    limit = [f"PRAGMA max_page_count = {grown[0][0]}"]
    event.listen(database.engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(limit[0]))
    big = {"id": "big", "body": "x" * 100_000}

    assert not recorder.fails
    assert await outcomes([recorder.record(ADD, big, nothing)]) == [False]
    assert recorder.fails
    moment += BELIEVED_FAILING_S
    assert not recorder.fails
    assert await outcomes([recorder.record(ADD, big, nothing)]) == [False]
    assert recorder.fails
    limit[0] = "PRAGMA max_page_count = 1000000"
    assert await outcomes([recorder.record(ADD, big, nothing)]) == [True]
    assert not recorder.fails
    assert await outcomes(add(recorder, POISON)) == [False]
    assert not recorder.fails, "one change at fault is not the database"


@pytest.mark.parametrize("replaced", [False, True])
async def test_nothing_is_recorded_in_a_file_that_is_gone_until_it_is_put_back(
    tmp_path: Path, file: Path, database: Database, replaced: bool
) -> None:
    recorder, aside = database.recorder, file.with_name("aside")
    assert await outcomes(add(recorder, "a")) == [True]
    os.rename(file, aside)
    if replaced:
        shutil.copy(aside, file)
    before = sorted(os.listdir(tmp_path))
    with capture_logs() as logged:
        assert recorder.fails, "whoever asks is told though nothing was to be recorded since"
        assert await outcomes(add(recorder, "b", "c")) == [False, False]
        # More than are open at first.
        await asyncio.gather(*(database.fetch(select(rooms)) for _ in range(8)), return_exceptions=True)
        assert sorted(os.listdir(tmp_path)) == before, "and no other database is begun in its place"
        told = [each["problem"] for each in logged if each["event"] == "recording_fails"]
        assert told == ["FileGone"], "once"
        os.replace(aside, file)
        assert await outcomes(add(recorder, "d")) == [True]
        assert (logged[-1]["event"], logged[-1]["refused"]) == ("recording_works_again", 2)
    assert not recorder.fails
    assert await stored(database) == ["a", "d"]


async def test_too_many_pending_changes_are_refused_and_the_rest_is_recorded(
    database: Database, recorder: Recorder
) -> None:
    futures = add(recorder, *(f"{number:03}" for number in range(103)))

    assert await outcomes(futures) == [True] * 100 + [False] * 3
    assert len(await stored(database)) == 100
    assert await outcomes(add(recorder, "later")) == [True]


async def test_a_batch_is_bounded(database: Database, transactions: Transactions) -> None:
    recorder = Recorder(database.engine, batch_limit=10)
    await asyncio.gather(*add(recorder, *(f"{number:03}" for number in range(25))))

    assert transactions.committed == 3
    assert len(await stored(database)) == 25


async def test_a_caller_that_stops_waiting_does_not_call_its_change_off(database: Database, recorder: Recorder) -> None:
    given_up, kept = add(recorder, "a", "b")
    given_up.cancel()
    await kept

    assert await stored(database) == ["a", "b"]


async def test_closing_commits_what_is_pending_and_refuses_what_comes_later(file: Path) -> None:
    database = Database(open_engine(f"sqlite:///{file}"))
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    pending = add(database.recorder, "a", "b")
    await database.close()

    assert await outcomes(pending) == [True, True]
    assert await outcomes(add(database.recorder, "c")) == [False]


async def test_closing_gives_up_what_a_database_that_does_not_answer_holds_up(database: Database) -> None:
    gate = asyncio.Event()
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *_: await_only(gate.wait()))
    recorder = Recorder(database.engine, batch_limit=1)
    held_up = add(recorder, "a", "b")
    with capture_logs() as logged:
        await recorder.close(within_s=0)
        assert await outcomes(held_up) == [False, False]
    assert [(each["event"], each["changes"]) for each in logged] == [("changes_given_up", 2)]
    gate.set()


async def test_a_read_that_fails_is_unavailable(file: Path, database: Database) -> None:
    elsewhere = sqlite3.connect(file)
    elsewhere.execute("DROP TABLE rooms")
    elsewhere.close()
    with pytest.raises(Unavailable):
        await database.fetch(select(rooms))
