"""Knows how to run the server as a child, end it when it stands still, and pass signals on and the exit code back.

Stays in memory beside the server, so it imports nothing of it: `python -m palaver.cli.watchdog COMMAND…`. The command
finds the number of a socket in `PALAVER_HEARTBEAT_FD` and writes a line there each second: how many seconds of silence
mean that it is stuck (0: none do). Before the first line nothing is asked of it. When the socket ends, so has this process.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time

from palaver.cli.heartbeat import FD_VARIABLE

STOPPED = 0
RESTART = 1
LONGEST_TICK_S = 1.0
LATEST_NOTICE_S = 10.0
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Silence:
    """How long nothing was heard of a child, and what follows from that. Time is told to it.

    Attributes:
        limit_s: silence that means that the child is stuck; 0 where none does, as before the first sign of life.
        passed_s: silence since the last sign.
    """

    def __init__(self) -> None:
        self.limit_s = 0.0
        self.passed_s = 0.0
        self._noticed = False

    @property
    def tick_s(self) -> float:
        """How long to wait for a sign before looking again."""
        return min(LONGEST_TICK_S, self.limit_s / 8) if self.limit_s else LONGEST_TICK_S

    @property
    def is_too_long(self) -> bool:
        return bool(self.limit_s) and self.passed_s >= self.limit_s

    def goes_on(self, seconds: float) -> bool:
        """Count silence; return whether its cause is to be told now: once, early enough to see where it began."""
        # Capped: when this process was suspended too, the child had no chance to speak.
        self.passed_s += min(seconds, 2 * self.tick_s)
        early = self.passed_s >= min(self.limit_s / 3, LATEST_NOTICE_S)
        if not self.limit_s or self._noticed or not early:
            return False
        self._noticed = True
        return True

    def ends(self, lines: bytes) -> bool:
        """Take signs of life, the last of which says the limit; return whether the silence before had been told."""
        told, self._noticed = self._noticed, False
        self.limit_s = float(lines.split()[-1])
        self.passed_s = 0.0
        return told


class Watchdog:
    """One child and what was last heard of it."""

    def __init__(self, command: list[str]) -> None:
        """Start the command, in a process group of its own: Ctrl-C reaches it through here, once."""
        self._wakes = _signals_as_bytes()
        ours, childs = socket.socketpair()
        self._signs = ours.detach()
        self._silence = Silence()
        self._stop_asked = False
        self._begun = False
        self._reload_asked = False
        self._listening = [self._signs, self._wakes]
        with childs:
            self._child = subprocess.Popen(  # noqa: S603
                command,
                pass_fds=[childs.fileno()],
                env={**os.environ, FD_VARIABLE: str(childs.fileno())},
                process_group=0,
            )

    def watch(self) -> int:
        """Block until the child has ended; return the exit code for its supervisor."""
        try:
            while self._child.poll() is None:
                self._turn()
                if self._silence.is_too_long:
                    _say(f"the server stood still for {self._silence.limit_s:g} s and is ended")
                    return RESTART
            return self._exit_code(self._child.returncode)
        finally:
            self._end()

    def _turn(self) -> None:
        """Wait for a sign of anything, a tick at most; count the silence."""
        began = time.monotonic()
        ready, _, _ = select.select(self._listening, [], [], self._silence.tick_s)
        if self._wakes in ready:
            self._forward(os.read(self._wakes, 64))
        if self._signs in ready:
            self._hear(os.read(self._signs, 65536))
        elif self._silence.goes_on(time.monotonic() - began):
            _say(f"the server has stood still for {self._silence.passed_s:.1f} s, here:")
            self._child.send_signal(signal.SIGUSR2)

    def _forward(self, signals: bytes) -> None:
        for number in signals:
            if number == signal.SIGHUP and not self._begun:
                self._reload_asked = True  # it would end a child that does not catch it yet
            elif number in _FORWARDED:
                self._stop_asked = self._stop_asked or number != signal.SIGHUP
                self._child.send_signal(number)

    def _hear(self, lines: bytes) -> None:
        if not lines:
            # The child closed its end and may be about to exit: only the silence counts from here on.
            self._listening.remove(self._signs)
            return
        self._begun = True
        if self._reload_asked:
            self._reload_asked = False
            self._child.send_signal(signal.SIGHUP)
        stood_still_s = self._silence.passed_s
        if self._silence.ends(lines):
            _say(f"the server answers again after {stood_still_s:.1f} s")

    def _exit_code(self, code: int) -> int:
        if code >= 0:
            return code
        if self._stop_asked and -code in {signal.SIGTERM, signal.SIGINT}:
            return STOPPED
        _say(f"the server was ended by {signal.Signals(-code).name}")
        return RESTART

    def _end(self) -> None:
        """Leave nothing behind: the child's group holds its worker processes too."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def _signals_as_bytes() -> int:
    """Return a descriptor from which each signal for this process can be read as a byte."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for number in (*_FORWARDED, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    # `palaver serve` kept them back until they could be heard.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    return reading


def _say(sentence: str) -> None:
    print(f"palaver: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(Watchdog(sys.argv[1:]).watch())
