"""Knows how the server tells its watchdog that it is alive; the other end is `watchdog`."""

from __future__ import annotations

import faulthandler
import os
import signal

FD_VARIABLE = "PALAVER_HEARTBEAT_FD"
"""Environment variable with the number of the pipe's writing end."""


class Heartbeat:
    """The writing end of the watchdog's pipe."""

    def __init__(self, fd: int | None) -> None:
        """Take a pipe's writing end over; None means that nobody watches."""
        self._fd = fd
        if fd is not None:
            os.set_blocking(fd, False)
            os.set_inheritable(fd, False)

    @classmethod
    def inherited(cls) -> Heartbeat:
        """Take the pipe over that the watchdog left, and answer its SIGUSR2 with every thread's stack on stderr."""
        fd = os.environ.pop(FD_VARIABLE, "")
        # Works while the event loop is stuck, which a handler of Python's own would wait for.
        faulthandler.register(signal.SIGUSR2, all_threads=True)
        return cls(int(fd) if fd else None)

    def beat(self, stall_s: float) -> None:
        """Say that the loop turns, and how long a silence may last before the server is ended (s, 0 for ever).

        A watchdog that is gone cannot be served under: the server then asks itself to stop.
        """
        if self._fd is None:
            return
        try:
            os.write(self._fd, f"{stall_s:g}\n".encode())
        except BlockingIOError:
            pass  # The watchdog is suspended, and will find the earlier ones.
        except BrokenPipeError:
            os.close(self._fd)
            self._fd = None
            os.kill(os.getpid(), signal.SIGTERM)
