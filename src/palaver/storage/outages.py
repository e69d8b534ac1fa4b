"""Tells the log once that the database fails, and once that it works again, however many are refused meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


class Outage:
    """What one kind of work on a database has come to.

    Args:
        work: its name in the log: `recording` is told as `recording_fails` and `recording_works_again`.
        now: seconds of a clock that is never set back.
    """

    def __init__(self, work: str, now: Callable[[], float] = time.monotonic) -> None:
        self._work = work
        self._now = now
        self._since: float | None = None
        self._problem = ""
        self._refused = 0
        self.failed_at: float | None = None

    def note(self, problem: Exception, refused: int) -> None:
        """Count what was refused; it is news where nothing failed before, or something else."""
        self.failed_at = self._now()
        self._refused += refused
        name = name_of(problem)
        if self._since is None:
            self._since = self.failed_at
        if name != self._problem:
            self._problem = name
            log.error(f"{self._work}_fails", problem=name, refused=self._refused)

    def is_over(self) -> None:
        """Note that such work succeeded."""
        if self._since is None:
            return
        log.warning(f"{self._work}_works_again", refused=self._refused, failed_s=round(self._now() - self._since, 1))
        self._since, self.failed_at, self._problem, self._refused = None, None, "", 0


def name_of(problem: Exception) -> str:
    """Return what a driver calls a problem: `SQLITE_FULL`, `TooManyConnectionsError`. Its text may quote messages."""
    said = getattr(problem, "orig", None)
    if said is None:
        return type(problem).__name__
    # SQLAlchemy puts an error of its own in front of asyncpg's.
    return getattr(said, "sqlite_errorname", None) or type(said.__cause__ or said).__name__
