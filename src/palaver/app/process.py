"""The life of the process: from the stores opened and the port taken to every client asked to come back later."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from palaver.app import spreed
from palaver.app.composition import Application
from palaver.config import Settings, SettingsError
from palaver.storage.stores import open_stores
from palaver.transports.http import uvicorn_options

log = structlog.get_logger()

BEAT_S = 1.0
KEEP_ALIVE_S = 75


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, since draining comes first; it says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    def renew_certificate(self) -> None:
        """Read the files of certificate and key anew, for connections from now on. Raises OSError where they do not fit."""
        if self.config.ssl is not None and self.config.ssl_certfile:
            self.config.ssl.load_cert_chain(self.config.ssl_certfile, self.config.ssl_keyfile)

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            log.info("serving", host=self.config.host, port=self.config.port)
            self._on_ready()


async def serve(
    settings: Settings,
    data_dir: Path,
    host: str,
    port: int,
    *,
    on_ready: Callable[[], None],
    heartbeat: Callable[[], None],
    reload: Callable[[], Settings],
) -> int:
    """Serve until asked to stop; return the exit code.

    Raises OSError when address or certificate cannot be used, StorageProblem when the database cannot.
    """
    _allow_connections()
    async with contextlib.AsyncExitStack() as ends:
        stores = await open_stores(settings.storage.url, data_dir)
        ends.push_async_callback(stores.close)
        application = Application(settings, data_dir, stores)
        ends.push_async_callback(application.close)
        server = _Server(_uvicorn_config(application, host, port), on_ready)
        application.hub.operations = operations = _Operations(application, reload, server.renew_certificate)
        await application.begin()
        _spare_the_collector()
        _hear_signals(application, operations)
        # Before anything runs beside it, so that a certificate that OpenSSL minds is told in words.
        server.config.load()
        beating = asyncio.create_task(_beat(heartbeat, application.hub.counts.note_lag))
        try:
            await _until_stopped(application, server)
            # What is stored last may take its time, and whoever watches must not take that for a stall.
            await ends.aclose()
        finally:
            beating.cancel()
    log.info("stopped", exit_code=application.exit_code)
    return application.exit_code


def _hear_signals(application: Application, operations: _Operations) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, application.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, operations.reload)


async def _until_stopped(application: Application, server: _Server) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(application.retain())
            tasks.create_task(_drain_when_asked(application, server))
            await server.serve()
            application.stopping.set()
            keeping.cancel()
    except SystemExit as ended:
        # uvicorn's answer to an address that it cannot have.
        if isinstance(ended.__context__, OSError):
            raise ended.__context__ from None
        raise


def _allow_connections() -> None:
    """Let the process hold as many connections as the system lets it; most systems begin with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _spare_the_collector() -> None:
    """Keep the garbage collector from walking what stays: sentences are freed by counting, a full walk stops the loop."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _uvicorn_config(application: Application, host: str, port: int) -> uvicorn.Config:
    tls, authority = application.settings.tls, spreed.client_authority(application.settings)
    return uvicorn.Config(
        application.asgi,
        host=host,
        port=port,
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=4096,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
        ssl_certfile=tls.certificate or None,
        ssl_keyfile=tls.key or None,
        ssl_ca_certs=authority,
        ssl_cert_reqs=ssl.CERT_OPTIONAL if authority else ssl.CERT_NONE,
        **uvicorn_options(application.websockets),
    )


async def _drain_when_asked(application: Application, server: uvicorn.Server) -> None:
    await application.stopping.wait()
    log.info("draining", sessions=len(application.hub.sessions))
    await application.drain()
    server.should_exit = True


async def _beat(heartbeat: Callable[[], None], note_lag: Callable[[float], None]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        heartbeat()
        due = loop.time() + BEAT_S
        await asyncio.sleep(BEAT_S)
        note_lag(loop.time() - due)


class _Operations:
    """What those who run the site may do with the process; see `palaver.hub.ports.operations.Operations`."""

    def __init__(
        self, application: Application, read: Callable[[], Settings], renew_certificate: Callable[[], None]
    ) -> None:
        self._application = application
        self._read = read
        self._renew_certificate = renew_certificate

    def reload(self) -> str:
        """Read settings and certificate anew; return what is wrong with them, in which case they stay, or nothing."""
        try:
            settings = self._read()
            self._renew_certificate()
            self._application.change_settings(settings)
        except (SettingsError, OSError) as problem:
            log.warning("settings_not_reloaded", problem=str(problem))
            return str(problem)
        log.info("settings_read_anew")
        return ""

    def restart(self) -> None:
        """Stop, so that a supervisor starts the server again."""
        self._application.restart()
