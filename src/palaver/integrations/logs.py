"""Where the log goes: JSON lines in a file that is turned over by size, warnings on standard error as well."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

FILE_BYTES = 10_000_000
FILES = 5
OURS = "palaver"


class JsonLine(logging.Formatter):
    """One line for each entry: ours are JSON already, and what libraries say is put into the same shape."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if record.name.partition(".")[0] == OURS:
            return record.getMessage()
        entry = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def write_logs(directory: Path, *, level: int = logging.INFO) -> None:
    """Send every log entry of the process to `directory/palaver.log`, kept to itself (0700).

    Raises OSError where that file cannot be written. Once it could, an entry that cannot be written, since the disk is
    full, is given up; what is a warning still reaches standard error.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = RotatingFileHandler(directory / "palaver.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8")
    alarms = logging.StreamHandler(sys.stderr)
    alarms.setLevel(logging.WARNING)
    for handler in (file, alarms):
        handler.setFormatter(JsonLine())
    logging.basicConfig(level=level, handlers=[file, alarms], force=True)
    # Otherwise each entry would write a traceback of its own to standard error.
    logging.raiseExceptions = False
    # uvicorn says on its own behalf what the transports say already; Alembic tells of every start.
    for name in ("uvicorn", "alembic.runtime.plugins", "alembic.runtime.migration"):
        logging.getLogger(name).setLevel(logging.WARNING)
    shape_logs(level)


def shape_logs(level: int = logging.INFO) -> None:
    """Hand entries to `logging` as JSON lines. A traceback shows lines of code and never values: these may be private."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
