"""The composition root: the one file that chooses adapters, and the life of the process from ready to drained."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hmac
import secrets
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
import uvicorn
import uvloop

from palaver.cluster.memory import MemoryBroker, MemoryPresence
from palaver.config import Settings, SettingsError
from palaver.core.ids import ChannelId, RoomId
from palaver.core.rooms import Channel, History, Life, Room
from palaver.dialects.base import Dialect
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.hub import seats
from palaver.hub.clock import LoopClock
from palaver.hub.hub import Hub, Ports
from palaver.hub.limits import Buckets
from palaver.hub.ports import Admission, Limits
from palaver.integrations.ice import ConfiguredIce
from palaver.integrations.jwt import TokenVerifier, shared_key
from palaver.integrations.logs import write_logs
from palaver.integrations.pictures import PictureStore
from palaver.integrations.site_tokens import SiteTokens
from palaver.storage.stores import Stores, open_stores
from palaver.transports.http import uvicorn_options
from palaver.transports.reception import Access, Reception
from palaver.transports.websocket import WebSocketServer, WebSocketSettings
from palaver.web.pages import Site
from palaver.web.pictures import PICTURE_BYTES, SHOWN_DAYS
from palaver.web.routes import SiteAccess, Surroundings, web_application

log = structlog.get_logger()

DIALECTS: tuple[Dialect, ...] = (NATIVE,)
"""The dialects that are spoken; a new one is a folder and a line here."""

STOPPED, RESTART = 0, 1
DRAIN_PER_SECOND = 2_000.0
FRAME_BYTES_BEFORE_SESSION = 64 * 1024
DAY_S = 86_400.0
BEAT_S = 1.0
NEVER_SCALED_PX = 1 << 20
KEEP_ALIVE_S = 75


class Application:
    """One server: its hub, its stores, and what of the settings may change while it runs."""

    def __init__(self, settings: Settings, data_dir: Path, stores: Stores) -> None:
        self.settings = settings
        self.data_dir = data_dir
        self.stores = stores
        self.exit_code = STOPPED
        self.stopping = asyncio.Event()
        self.hub = Hub(
            Ports(
                clock=LoopClock(),
                messages=stores.messages,
                rooms=stores.rooms,
                moderation=stores.moderation,
                broker=MemoryBroker(),
                presence=MemoryPresence(),
                tokens=site_tokens(settings),
                ice=ice(settings),
                new_secret=lambda: secrets.token_urlsafe(24),
                pin_digest=self._pin_digest,
            ),
            limits=limits(settings),
            admission=admission(settings),
            epoch=secrets.token_hex(4),
        )
        self.reception = Reception(self.hub, DIALECTS, self.access)
        self.websockets = WebSocketServer(self.reception.receive, websocket_settings(settings))
        self._access = access(settings)
        self._site_access = site_access(settings)
        self.pictures = pictures(settings, data_dir)
        self.asgi = web_application(self.surroundings())

    def access(self) -> Access:
        """Return who may connect, as the settings stand now."""
        return self._access

    def surroundings(self) -> Surroundings:
        """Return what the addresses of the web layer act on."""
        return Surroundings(
            hub=self.hub,
            site=site(self.settings),
            websocket_paths=self.reception.paths,
            restart=self.restart,
            access=lambda: self._site_access,
            pictures=self.pictures,
            draining=self.stopping.is_set,
            unsent_bytes=lambda: sum(each.unsent_bytes for each in self.websockets.connections),
            open_connections=lambda: len(self.websockets.connections),
        )

    async def begin(self) -> None:
        """Load what was stored and make the default room live."""
        self.hub.bans = list(await self.stores.moderation.bans())
        stored = {room.id: room for room in await self.stores.rooms.load()}
        default = default_room(self.settings, stored.get(RoomId(self.settings.default_room)))
        for room in {**stored, default.id: default}.values():
            seats.add_room(self.hub, room)

    def restart(self) -> None:
        """Stop with the exit code that tells a supervisor to start the server again."""
        self.exit_code = RESTART
        self.stopping.set()

    def change_settings(self, settings: Settings) -> None:
        """Let changed settings take effect on what runs."""
        self.settings = settings
        self._access, self._site_access = access(settings), site_access(settings)
        self.websockets.settings = websocket_settings(settings)
        hub, held = self.hub, self.hub.limits
        hub.limits, hub.admission = limits(settings), admission(settings)
        hub.tokens, hub.ice = site_tokens(settings), ice(settings)
        if held.logins_per_minute != hub.limits.logins_per_minute:
            hub.logins = Buckets(hub.limits.logins_per_minute / 60, hub.limits.logins_per_minute)
        hub.addresses.limit = hub.limits.connections_per_address
        local = hub.rooms[RoomId(settings.default_room)]
        local.set_up(default_room(settings, local.room))

    async def drain(self) -> None:
        """Ask every client to come back to the next process, at a pace that it can bear."""
        self.hub.turn.flush()
        await self.websockets.close_all(per_second=DRAIN_PER_SECOND)

    async def retain(self) -> None:
        """Once a day, delete direct messages that are older than the settings keep them, and pictures past their end."""
        while True:
            days, now = self.settings.direct_message_history.retention_days, self.hub.clock.now()
            if days:
                await self.stores.messages.forget_before(int((now - days * DAY_S) * 1000))
            await self.pictures.purge(now - (SHOWN_DAYS + 1) * DAY_S)
            await asyncio.sleep(DAY_S)

    def _pin_digest(self, pin: str) -> str:
        return hmac.new(self.settings.server_secret.encode(), b"pin:" + pin.encode(), "sha256").hexdigest()


def limits(settings: Settings) -> Limits:
    """Return the bounds that the hub keeps."""
    held = settings.limits
    return Limits(
        messages_per_second=held.messages_per_second,
        messages_burst=held.messages_burst,
        logins_per_minute=int(held.logins_per_minute),
        connections_per_address=held.connections_per_address,
        frames_per_second=held.frames_per_second,
        frames_burst=held.frames_burst,
        outbox_bytes=held.outbox_bytes,
    )


def admission(settings: Settings) -> Admission:
    """Return who may open a session."""
    return Admission(
        guests=settings.guests_allowed,
        resume_s=settings.limits.resume_seconds,
        default_room=RoomId(settings.default_room),
        keep_direct=settings.direct_message_history.enabled,
    )


def access(settings: Settings) -> Access:
    """Return who may connect."""
    return Access(settings.trusted_networks, settings.allowed_origins, settings.websocket_read_limit)


def websocket_settings(settings: Settings) -> WebSocketSettings:
    """Return how much and how long a WebSocket is put up with."""
    return WebSocketSettings(max_message_bytes=FRAME_BYTES_BEFORE_SESSION, budget_bytes=settings.limits.outbox_bytes)


def site_tokens(settings: Settings) -> SiteTokens | None:
    """Return the judge of the site's tokens; None where they are switched off, and then any token is ignored."""
    if not settings.jwt.enabled:
        return None
    return SiteTokens(TokenVerifier([shared_key(settings.jwt.secret_key)]))


def site_access(settings: Settings) -> SiteAccess:
    """Return who may ask what over HTTP."""
    return SiteAccess(
        title=settings.title,
        admin_key=settings.admin_api_key,
        token_key=settings.jwt.secret_key if settings.jwt.enabled else "",
        trusted=settings.trusted_networks,
        origins=settings.allowed_origins,
        uploads_per_minute=settings.limits.uploads_per_minute,
    )


def pictures(settings: Settings, data_dir: Path) -> PictureStore:
    """Return the keeper of shared pictures."""
    return PictureStore(
        data_dir,
        settings.server_secret.encode(),
        max_bytes=PICTURE_BYTES,
        max_side=settings.max_image_width or NEVER_SCALED_PX,
    )


def ice(settings: Settings) -> ConfiguredIce:
    """Return the source of ICE servers."""
    turn = settings.turn
    return ConfiguredIce(
        turn.urls, username=turn.username, credential=turn.credential, secret=turn.secret, ttl_s=turn.ttl
    )


def site(settings: Settings) -> Site:
    """Return what the page must know of the site."""
    return Site(
        title=settings.title,
        website_url=settings.website_url,
        default_room=settings.default_room,
        guests=settings.guests_allowed,
        features=("pictures",),
        max_upload_bytes=PICTURE_BYTES,
    )


def default_room(settings: Settings, stored: Room | None) -> Room:
    """Return the room of whoever names none: channels as configured, then those that were added to it."""
    configured = tuple(
        Channel(
            ChannelId(channel.id),
            title=channel.name,
            vip_only=channel.vip,
            pictures=channel.permit_photos,
            history=History(channel.history),
            newcomers_see=channel.echo_messages_on_join,
            welcomes=channel.welcome_messages,
        )
        for channel in settings.public_channels
    )
    if stored is None:
        return Room(RoomId(settings.default_room), title=settings.title, life=Life.PERMANENT, channels=configured)
    known = {channel.id for channel in configured}
    added = tuple(channel for channel in stored.channels if channel.id not in known)
    return Room(
        stored.id,
        title=stored.title,
        life=Life.PERMANENT,
        channels=configured + added,
        pin_digest=stored.pin_digest,
        waiting_room=stored.waiting_room,
        locked=stored.locked,
        capacity=stored.capacity,
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, since draining comes first; it says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
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
    """Serve until asked to stop; return the exit code. Raises OSError when the address cannot be listened on."""
    write_logs(data_dir / "logs")
    stores = await open_stores(settings.database_url(data_dir))
    application = Application(settings, data_dir, stores)
    await application.begin()
    _spare_the_collector()
    server = _Server(_uvicorn_config(application, host, port), on_ready)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, application.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: _reload(application, reload))
    try:
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(_beat(heartbeat, application.hub.counts.note_lag))
            keeping = tasks.create_task(_supervised(application.retain()))
            tasks.create_task(_drain_when_asked(application, server))
            await server.serve()
            application.stopping.set()
            beating.cancel()
            keeping.cancel()
    finally:
        await application.pictures.close()
        await stores.close()
    return application.exit_code


def _spare_the_collector() -> None:
    """Keep the garbage collector from walking what stays: sentences are freed by counting, a full walk stops the loop."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _uvicorn_config(application: Application, host: str, port: int) -> uvicorn.Config:
    tls = application.settings.tls
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
        **uvicorn_options(application.websockets),
    )


async def _drain_when_asked(application: Application, server: uvicorn.Server) -> None:
    await application.stopping.wait()
    await application.drain()
    server.should_exit = True


async def _beat(heartbeat: Callable[[], None], note_lag: Callable[[float], None]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        heartbeat()
        due = loop.time() + BEAT_S
        await asyncio.sleep(BEAT_S)
        note_lag(loop.time() - due)


async def _supervised(work: Awaitable[None]) -> None:
    """Log a background job that fails, and leave the rest of the server alone."""
    try:
        await work
    except Exception:
        log.exception("background_job_failed")


def _reload(application: Application, reload: Callable[[], Settings]) -> None:
    try:
        application.change_settings(reload())
    except SettingsError as problem:
        log.warning("settings_not_reloaded", problem=str(problem))


def run(
    settings: Settings,
    data_dir: Path,
    host: str,
    port: int,
    *,
    on_ready: Callable[[], None],
    heartbeat: Callable[[], None],
    reload: Callable[[], Settings],
) -> int:
    """Serve in this thread until asked to stop; return the exit code. See `serve`."""
    return uvloop.run(serve(settings, data_dir, host, port, on_ready=on_ready, heartbeat=heartbeat, reload=reload))
