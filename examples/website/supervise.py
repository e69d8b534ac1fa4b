"""Runs a command and starts it anew when it ends with code 1, as a service manager does: `python supervise.py COMMAND…`.

Whoever has systemd needs no such program: `Restart=on-failure` and `RestartPreventExitStatus=2` say the same.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time

RESTART = 1
LIVED_S = 10.0
FIRST_S, SLOWEST_S = 0.25, 30.0


def supervise(command: list[str]) -> int:
    """Run the command until it ends otherwise than with code 1; return its code. SIGTERM and SIGINT are passed on."""
    stopping = False
    process: subprocess.Popen[bytes] | None = None

    def stop(number: int, _: object) -> None:
        nonlocal stopping
        stopping = True
        if process is not None:
            process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    pause_s = FIRST_S
    while True:
        began = time.monotonic()
        process = subprocess.Popen(command)  # noqa: S603 - what to run is what this program was given
        code = process.wait()
        # What dies at once is not started a thousand times.
        pause_s = FIRST_S if time.monotonic() - began > LIVED_S else min(2 * pause_s, SLOWEST_S)
        if code == RESTART and not stopping:
            sys.stderr.write(f"supervise: it ended with code {code}; it is started again in {pause_s:g} s\n")
            time.sleep(pause_s)
        if code != RESTART or stopping:
            return code


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1:]))
