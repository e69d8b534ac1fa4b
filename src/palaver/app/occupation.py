"""Keeps a data directory for one server: two would number messages alike, and each would miss what the other decides."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from palaver.storage.database import StorageProblem


@contextlib.contextmanager
def occupied(data_dir: Path) -> Iterator[None]:
    """Hold a data directory; the system lets go of it when the process ends, however it does.

    Commands that look after what is stored work beside a server and do not ask. Raises StorageProblem when another
    server holds it.
    """
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageProblem(
                f"{data_dir} is in use by a server that runs already; stop that one, or name another folder with --data"
            ) from None
        except OSError:
            pass  # A file system without locks: nobody can tell.
        yield
    finally:
        os.close(folder)
