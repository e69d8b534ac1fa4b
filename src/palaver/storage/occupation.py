"""Keeps a data directory for one server: two would number messages alike, and each would miss what the other decides."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from palaver.storage.database import StorageProblem

_LOOK_AGAIN_S = 0.05


@contextlib.contextmanager
def occupied(data_dir: Path, *, wait_s: float = 0.0, on_wait: Callable[[], object] = int) -> Iterator[None]:
    """Hold a data directory; the system lets go of it when the process ends, however it does.

    Commands that look after what is stored work beside a server and do not ask. Raises StorageProblem when another
    server holds it.

    Args:
        wait_s: for so long one that holds it may be about to end; this thread then stands still.
        on_wait: called once, where there is something to wait for.
    """
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder, data_dir, wait_s, on_wait)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, data_dir: Path, wait_s: float, on_wait: Callable[[], object]) -> None:
    until = time.monotonic() + wait_s
    told = False
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StorageProblem(
                    f"{data_dir} is in use by a server that runs already; stop that one, or name another folder with --data"
                ) from None
        except OSError:
            return  # A file system without locks: nobody can tell.
        else:
            return
        if not told:
            told = True
            on_wait()
        time.sleep(_LOOK_AGAIN_S)
