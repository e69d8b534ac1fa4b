"""Knows how the server's process begins and ends: settings, port, ready line, exit codes; leaves serving to `app`.

Run by the watchdog as `python -m palaver.cli.serve DIR HOST PORT [self-signed]`. Exit codes: 0 asked to stop, 1 asked
to restart, 2 unusable settings or port, with a sentence on standard error.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import ssl
import sys
from pathlib import Path

import msgspec

from palaver import config
from palaver.cli.heartbeat import Heartbeat

STOPPED = 0
UNUSABLE = 2
PREDECESSOR_S = 10.0
"""For so long a server that holds the data directory may be about to end, as one does whose watchdog was killed."""


class UnusableError(Exception):
    """The server cannot run as it is set up; the sentence says why."""


class PortError(UnusableError):
    """The address cannot be listened on."""


class Server:
    """One run of the server on a data directory."""

    def __init__(self, data_dir: Path, host: str, port: int, *, self_signed: bool, heartbeat: Heartbeat) -> None:
        """Read the settings, on first run make them. Raises `config.SettingsError` with every problem."""
        config.first_run(data_dir)
        self._data_dir = data_dir
        self._host = host
        self._port = port
        self._self_signed = self_signed
        self._tls: config.TLS | None = None
        self._read = config.load(data_dir)
        self._heartbeat = heartbeat

    def run(self) -> int:
        """Serve until the end; return the exit code. Raises UnusableError, and PortError where it is about the address."""
        from palaver.storage.database import StorageProblem
        from palaver.storage.occupation import occupied

        try:
            with occupied(self._data_dir, wait_s=PREDECESSOR_S, on_wait=self._say_waiting):
                return self._serve()
        except StorageProblem as problem:
            raise UnusableError(str(problem)) from problem

    def _serve(self) -> int:
        import uvloop

        from palaver.app import serve
        from palaver.integrations.logs import write_logs

        self._port = free_port(self._host, self._port)
        if self._self_signed:
            self._tls = self._make_certificate()
        try:
            write_logs(self._data_dir / "logs")
        except OSError as error:
            raise UnusableError(f"the log cannot be written: {error.strerror}: {error.filename}") from error
        try:
            serving = serve(
                self._settings(),
                self._data_dir,
                self._host,
                self._port,
                on_ready=self._say_ready,
                heartbeat=self._beat,
                reload=self._reload,
            )
            return uvloop.run(serving)
        except OSError as error:
            raise _explained(error, self._host, self._port) from error

    def _settings(self) -> config.Settings:
        return msgspec.structs.replace(self._read, tls=self._tls) if self._tls else self._read

    def _reload(self) -> config.Settings:
        """Read the settings anew; what waits for a restart keeps its value and is told on standard error.

        Raises:
            config.SettingsError: with every problem; the running settings stay.
        """
        self._read, waiting = config.reload(self._data_dir, self._read)
        for name in waiting:
            print(f"palaver: {name} changes at the next start", file=sys.stderr, flush=True)
        return self._settings()

    def _beat(self) -> None:
        self._heartbeat.beat(self._read.limits.stall_seconds)

    def _say_waiting(self) -> None:
        print(
            f"palaver: {self._data_dir} is in use by another server; waiting {PREDECESSOR_S:g} s for its end",
            file=sys.stderr,
            flush=True,
        )

    def _say_ready(self) -> None:
        scheme = "https" if self._settings().tls.certificate else "http"
        host = f"[{self._host}]" if ":" in self._host else self._host
        print(f"palaver listening on {scheme}://{host}:{self._port}", flush=True)

    def _make_certificate(self) -> config.TLS:
        from palaver.cli.certificate import self_signed

        try:
            certificate, key = self_signed(self._data_dir / "tls", self._host)
        except OSError as error:
            raise UnusableError(f"the certificate cannot be written: {error.strerror}: {error.filename}") from error
        return config.TLS(certificate=str(certificate), key=str(key))


def free_port(host: str, port: int) -> int:
    """Return the port, or for 0 one that is free.

    Raises:
        PortError: the address cannot be listened on.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise _explained(error, host, port) from error


def _explained(error: OSError, host: str, port: int) -> Exception:
    """Return an `UnusableError` with the reason in words, or the error itself when it is not about port or certificate."""
    if isinstance(error, ssl.SSLError):
        return UnusableError(f"[TLS] Certificate and Key cannot be used: {error.reason or error}")
    if error.errno == errno.EAFNOSUPPORT:
        return PortError(f"this machine has no addresses such as {host}: IPv6 is off; choose another with --host")
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return PortError(f"{host} is not an address of this machine; choose another with --host")
    if error.errno == errno.EADDRINUSE:
        return PortError(f"port {port} on {host} is in use; choose another with --port, or stop what uses it")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortError(f"port {port} on {host} may not be used by this user; choose one above 1023 with --port")
    return error


def main(arguments: list[str]) -> int:
    """Run the server with `DIR HOST PORT [self-signed]`; return the exit code."""
    data_dir, host, port, *tls = arguments
    # Whatever is written below the data directory is its owner's alone.
    os.umask(0o077)
    # Until the application takes it over, a wish to reload must not end the process.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    heartbeat = Heartbeat.inherited()
    heartbeat.stop_with_watchdog()
    try:
        return Server(Path(data_dir), host, int(port), self_signed=bool(tls), heartbeat=heartbeat).run()
    except config.SettingsError as error:
        print(f"{error}\npalaver: the settings in {data_dir} cannot be used", file=sys.stderr, flush=True)
    except UnusableError as error:
        print(f"palaver: {error}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        return STOPPED
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
