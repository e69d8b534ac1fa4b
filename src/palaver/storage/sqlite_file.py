"""The file of a SQLite database: made for its owner alone, and watched, since SQLite goes on in one that was deleted."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing


class FileGone(Exception):  # noqa: N818 - a fact to be told, as elsewhere here
    """The file is no longer at its path; whatever would be written into it now would be lost with the process."""


class SqliteFile:
    """The file at a path as it is now, to be told from another there."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._first = _identity(path)

    def check(self) -> None:
        """Raise FileGone where the file was deleted, moved away or replaced; one that is put back is good again.

        SQLite itself asks the same, where it keeps no log of its own beside the file (SQLITE_FCNTL_HAS_MOVED).
        """
        try:
            now = _identity(self._path)
        except (FileNotFoundError, NotADirectoryError):
            raise FileGone from None
        except OSError:
            return  # nobody can tell
        if now != self._first:
            raise FileGone


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def make_private(path: str) -> None:
    """Make a missing file, readable by its owner alone and in WAL mode from the first. Raises OSError.

    Processes that start at once would otherwise hinder each other in going over to WAL. A file that is there is not
    even opened: closing it here would drop the locks that this process has on it already.
    """
    if os.path.exists(path):
        return
    with tempfile.TemporaryDirectory(prefix=".new-", dir=os.path.dirname(path) or ".") as directory:
        draft = os.path.join(directory, "draft")
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        _put(draft, path)


def _put(draft: str, path: str) -> None:
    """Give a file its name, unless another process was faster."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links; here the faster one would lose its empty file.
        os.replace(draft, path)
