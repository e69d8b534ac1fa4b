"""Where the log goes: JSON lines in a file that is turned over by size, warnings on standard error as well."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

FILE_BYTES = 10_000_000
FILES = 5


def write_logs(directory: Path, *, level: int = logging.INFO) -> None:
    """Send every log entry of the process to `directory/palaver.log`, kept to itself (0700)."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = RotatingFileHandler(directory / "palaver.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8")
    alarms = logging.StreamHandler(sys.stderr)
    alarms.setLevel(logging.WARNING)
    logging.basicConfig(level=level, format="%(message)s", handlers=[file, alarms], force=True)
    # uvicorn says on its own behalf what the transports say already.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
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
