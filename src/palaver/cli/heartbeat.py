"""Knows how the server tells its watchdog that it is alive, and notices the end of that; the other end is `watchdog`."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import select
import signal
import threading

FD_VARIABLE = "PALAVER_HEARTBEAT_FD"
"""Environment variable with the number of the socket that leads to the watchdog."""


class Heartbeat:
    """The server's end of the socket between it and its watchdog."""

    def __init__(self, fd: int | None) -> None:
        """Take a socket over; None means that nobody watches."""
        self._fd = fd
        if fd is not None:
            os.set_blocking(fd, False)
            os.set_inheritable(fd, False)

    @classmethod
    def inherited(cls) -> Heartbeat:
        """Take the socket over that the watchdog left, and answer its SIGUSR2 with every thread's stack on stderr."""
        fd = os.environ.pop(FD_VARIABLE, "")
        # Works while the event loop is stuck, which a handler of Python's own would wait for.
        faulthandler.register(signal.SIGUSR2, all_threads=True)
        return cls(int(fd) if fd else None)

    def beat(self, stall_s: float) -> None:
        """Say that the loop turns, and how long a silence may last before the server is ended (s, 0 for ever)."""
        if self._fd is None:
            return
        # Blocked by a watchdog that is suspended, which will find the earlier ones; or it is gone, see below.
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(self._fd, f"{stall_s:g}\n".encode())

    def stop_with_watchdog(self) -> None:
        """From now on, ask this process to stop as soon as its watchdog is gone: nobody would end it if it stood still."""
        if self._fd is not None:
            threading.Thread(target=self._outlive, args=(self._fd,), name="watchdog's end", daemon=True).start()

    def _outlive(self, fd: int) -> None:
        # The watchdog says nothing, so there is nothing to read but its end. A thread also notices while the settings
        # are read and the database is brought up to date, when no loop turns.
        select.select([fd], [], [])
        os.kill(os.getpid(), signal.SIGTERM)
