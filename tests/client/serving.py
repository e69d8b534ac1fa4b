"""A real `palaver serve` in a process of its own, and a wire to it that can be cut; the browser tests use both, too."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from palaver.integrations.jwt import mint

SECRET = "for tests: a site and its chat share this"
SETTINGS = """\
Version = 17
Title = "Palaver"
{before}
[TURN]
URLs = []

[JWT]
Enabled = true
Strict = false
SecretKey = "{secret}"
{after}
"""
PALAVER = (sys.executable, "-c", "from palaver.cli import main; main()")
READY = "palaver listening on "
PATIENCE_S = 60


class Server:
    """One server on one data directory; it may be stopped and started again on its port."""

    def __init__(self, home: Path, *, before: str = "", after: str = "") -> None:
        self._home = home
        self._port = _kept_port()
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        home.mkdir(parents=True, exist_ok=True)
        (home / "settings.toml").write_text(SETTINGS.format(secret=SECRET, before=before, after=after))

    def start(self) -> Server:
        log = (self._home / "serve.log").open("a")
        command = [*PALAVER, "serve", "--data", str(self._home), "--port", str(self._port)]
        _until_free(self._port)
        with log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line.startswith(READY), f"no ready line, but {line!r}; the log says:\n{self.log()}"
        self.url = line.removeprefix(READY).strip()
        self._port = urlsplit(self.url).port or 0
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(PATIENCE_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def log(self) -> str:
        return (self._home / "serve.log").read_text()

    def token(self, subject: str, **claims: object) -> str:
        """Sign a token as the site would."""
        return mint({"sub": subject, **claims}, SECRET, ttl_s=600, now=time.time())


def _kept_port() -> int:
    """Return a port below those that the system hands out, so that nobody is given it while its server is down."""
    while not _is_free(port := random.randrange(20_000, 32_768)):
        pass
    return port


def _until_free(port: int) -> None:
    """Wait for a server whose watchdog was killed: it notices with its next heartbeat."""
    end = time.monotonic() + PATIENCE_S
    while not _is_free(port) and time.monotonic() < end:
        time.sleep(0.05)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextlib.contextmanager
def serving(home: Path, **settings: str) -> Iterator[Server]:
    server = Server(home, **settings)
    try:
        yield server.start()
    finally:
        server.stop()


class Wire:
    """A TCP relay in front of a server: as long as it is cut, nobody gets through, and whoever was connected is dropped."""

    def __init__(self, url: str) -> None:
        self._to = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._cut = False
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        with self._lock:
            self._cut = True
            for pair in self._pairs:
                for end in pair:
                    _reset(end)

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self.cut()
        # Only a shutdown wakes a thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                _reset(near)
                near.close()
                continue
            pair = (near, socket.create_connection(self._to))
            with self._lock:
                self._pairs.add(pair)
            thread = threading.Thread(target=self._relay, args=(pair,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _relay(self, pair: tuple[socket.socket, socket.socket]) -> None:
        near, far = pair
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()
        with self._lock:
            self._pairs.discard(pair)
        near.close()
        far.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
