"""What is written down: facts, and never what people said."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import json
import logging
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
import structlog

from palaver.integrations.logs import shape_logs, write_logs
from palaver.storage.stores import open_stores


@pytest.fixture
def shaped() -> Iterator[None]:
    shape_logs()
    yield
    structlog.reset_defaults()


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


@pytest.fixture
def log(tmp_path: Path, alarms: io.StringIO) -> Iterator[Path]:
    root, tells = logging.getLogger(), logging.raiseExceptions
    before = root.handlers[:], root.level
    write_logs(tmp_path / "logs")
    yield tmp_path / "logs" / "palaver.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = before
    logging.raiseExceptions = tells
    structlog.reset_defaults()


def test_whatever_says_something_says_it_in_one_line_of_json(log: Path) -> None:
    structlog.get_logger("palaver.test").info("ours", session="s1")
    try:
        _stumble("word")
    except ZeroDivisionError:
        logging.getLogger("asyncio").exception("a library's\nown words")
    ours, theirs = (json.loads(line) for line in log.read_text().splitlines())
    assert (ours["event"], ours["level"], ours["session"]) == ("ours", "info", "s1")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("a library's\nown words", "error", "asyncio")
    assert "Traceback" in theirs["exception"]
    assert theirs["timestamp"].endswith("Z")


def test_a_start_that_migrates_nothing_is_no_news(log: Path) -> None:
    asyncio.run(_open_and_close())
    assert log.read_text() == ""


async def _open_and_close() -> None:
    await (await open_stores("sqlite://")).close()


def test_a_full_disk_costs_entries_of_the_file_and_nothing_else(log: Path, alarms: io.StringIO) -> None:
    file = next(each for each in logging.getLogger().handlers if isinstance(each, RotatingFileHandler))
    file.close()
    file.stream = _FullDisk()  # type: ignore[assignment]
    with contextlib.redirect_stderr(alarms):
        structlog.get_logger("palaver.test").warning("disk_full")
    assert [json.loads(line)["event"] for line in alarms.getvalue().splitlines()] == ["disk_full"]


class _FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def _stumble(text: str) -> float:
    return len(text) / 0


def test_a_traceback_shows_no_values(shaped: None, caplog: pytest.LogCaptureFixture) -> None:
    try:
        _stumble("sotto " + "voce")
    except ZeroDivisionError:
        with caplog.at_level(logging.INFO):
            structlog.get_logger("palaver.test").exception("failed", session="s1")
    entry = json.loads(caplog.messages[-1])
    assert entry["session"] == "s1"
    assert "Traceback" in entry["exception"]
    assert "sotto voce" not in caplog.text
