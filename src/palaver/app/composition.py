"""The composition root: the one file that chooses adapters and joins them to a hub."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from palaver.app import spreed as spreed_values
from palaver.app import values
from palaver.app.agents import AgentSessions
from palaver.cluster.memory import MemoryBroker, MemoryPresence
from palaver.config import Settings
from palaver.core.errors import Unavailable
from palaver.dialects.barertc import surface as barertc
from palaver.dialects.barertc.poll import WORDS as POLL_WORDS
from palaver.dialects.barertc.surface import DIALECT as BARERTC
from palaver.dialects.barertc.wire import Options as BareRTCOptions
from palaver.dialects.base import Dialect, Kind
from palaver.dialects.beep import surface as beep
from palaver.dialects.beep.surface import DIALECT as BEEP
from palaver.dialects.conference import surface as conference
from palaver.dialects.conference.surface import DIALECT as CONFERENCE
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.dialects.spreed import surface as spreed
from palaver.dialects.spreed.chats import reworded
from palaver.dialects.spreed.surface import DIALECT as SPREED
from palaver.hub import live_rooms, site_people
from palaver.hub.clock import LoopClock
from palaver.hub.hub import Hub, Ports
from palaver.hub.outbox import REPORT
from palaver.integrations.attachments import SHOWN_DAYS, Attachments
from palaver.integrations.chat_files import ChatFiles
from palaver.integrations.profiles import Profiles
from palaver.integrations.site_keys import SiteKeys
from palaver.integrations.site_tokens import CLOCK_SKEW_S
from palaver.integrations.webhooks import Webhooks
from palaver.storage.database import StorageProblem
from palaver.storage.stores import Stores
from palaver.transports.access import Access
from palaver.transports.draining import Drain
from palaver.transports.polled import PollingTransport
from palaver.transports.reception import Reception
from palaver.transports.socketio import SocketIo
from palaver.transports.sse import EventStreams
from palaver.transports.visits import Visits
from palaver.transports.websocket_server import WebSocketServer
from palaver.web.barertc.site import BareRTCSite
from palaver.web.routes import Surroundings, web_application

log = structlog.get_logger()

DIALECTS: tuple[Dialect, ...] = (NATIVE, BARERTC, SPREED, BEEP, CONFERENCE)
"""The dialects that are spoken; a new one is a folder and a line here."""

DECIDED: dict[str, Callable[[Callable[[], Settings], Attachments], Dialect]] = {
    "beep": lambda settings, _: beep.dialect(lambda: values.beep(settings())),
    "conference": lambda settings, _: conference.dialect(
        lambda: values.conference(settings()), now=time.time, new_label=lambda: secrets.token_hex(12)
    ),
}
"""Those in which the site decides something, made for the settings as they stand with every request."""

STOPPED, RESTART = 0, 1
DRAIN_PER_SECOND = 2_000.0
DAY_S = 86_400.0
HOUR_S = 3_600.0


class Carrier(Protocol):
    """Whatever carries a client's frames."""

    @property
    def unsent_bytes(self) -> int:
        """Return how much waits for the client."""
        ...


class Application:
    """One server: its hub, its stores, and what of the settings may change while it runs."""

    def __init__(self, settings: Settings, data_dir: Path, stores: Stores) -> None:
        self.settings = settings
        self.data_dir = data_dir
        self.stores = stores
        self.exit_code = STOPPED
        self.stopping = asyncio.Event()
        clock = LoopClock()
        self.pictures = values.pictures(settings, data_dir)
        self.webhooks = Webhooks(stores.outbox, clock)
        self.webhooks.set_up(values.webhook_addresses(settings), settings.admin_api_key)
        self.site_keys = SiteKeys(clock, *values.site_keys(settings), skew_s=CLOCK_SKEW_S)
        self.profiles = Profiles(self.webhooks, clock)
        self.attachments = Attachments(self.pictures, clock.now)
        self.hub = Hub(
            Ports(
                clock=clock,
                messages=stores.messages,
                rooms=stores.rooms,
                moderation=stores.moderation,
                broker=MemoryBroker(),
                presence=MemoryPresence(),
                tokens=values.site_tokens(settings, self.site_keys),
                ice=values.ice(settings),
                new_secret=lambda: secrets.token_urlsafe(24),
                pin_digest=self._pin_digest,
                pictures=self.attachments,
            ),
            limits=values.limits(settings),
            admission=values.admission(settings),
            epoch=secrets.token_hex(4),
        )
        self.hub.guard.site_calls = self.webhooks
        self.hub.guard.reword = reworded
        self.bus = spreed_values.bus(settings)
        self._spreed = spreed_values.site(lambda: self.settings, self.bus)
        dialects = self._dialects()
        self._join_agents(dialects)
        self.socketio = tuple(
            SocketIo(self.hub, each, self.access, values.engine_settings(settings))
            for each in dialects
            if any(endpoint.kind is Kind.SOCKETIO for endpoint in each.endpoints)
        )
        self.reception = Reception(self.hub, dialects, self.access, self.socketio)
        self.streams = EventStreams(budget_bytes=settings.limits.outbox_bytes)
        self.visits = tuple(Visits(self.hub, each, self.streams, self.access) for each in dialects if each.http)
        self.websockets = WebSocketServer(self.reception.receive, values.websocket_settings(settings))
        self.polling = next((self._polled(each) for each in dialects if each.name == "barertc"), None)
        self._access = values.access(settings)
        self._site_access = values.site_access(settings)
        self.chat_files: ChatFiles | None = None
        self._former_chat_files: ChatFiles | None = None
        self._write_down()
        self.asgi = web_application(self.surroundings())

    def _polled(self, dialect: Dialect) -> PollingTransport:
        """Return what serves clients of BareRTC that hold no connection."""
        budget = self.settings.limits.outbox_bytes
        return PollingTransport(self.hub, dialect, POLL_WORDS, self.access, budget_bytes=budget)

    def _dialects(self) -> tuple[Dialect, ...]:
        """Return the dialects that are not switched off."""
        # Made beforehand, since programs beside the server act on the same.
        decided = {
            **DECIDED,
            "barertc": lambda *_: barertc.dialect(self._barertc),
            "spreed": lambda *_: spreed.dialect(self._spreed),
        }
        tables = {each: getattr(self.settings, each.name, None) for each in DIALECTS}
        return tuple(
            decided[each.name](lambda: self.settings, self.attachments) if each.name in decided else each
            for each, table in tables.items()
            if table is None or table.enabled
        )

    def _barertc(self) -> BareRTCOptions:
        """Return what the site decides about BareRTC's wire, as the settings stand now."""
        hub = self.hub
        return values.barertc(self.settings, self.attachments, lambda: hub.message_ids.next(hub.clock.now()))

    def _join_agents(self, dialects: tuple[Dialect, ...]) -> None:
        """Let programs on the bus, where there is one, do what Spreed's wire lets them."""
        wire = next((each for each in dialects if each.name == "spreed"), None)
        agents = self._spreed.agents
        self.agents = None
        if self.bus is not None and wire is not None and agents is not None:
            self.agents = AgentSessions(self.hub, wire, self._spreed, agents, self.bus)

    def access(self) -> Access:
        """Return who may connect, as the settings stand now."""
        return self._access

    def surroundings(self) -> Surroundings:
        """Return what the addresses of the web layer act on."""
        return Surroundings(
            hub=self.hub,
            site=lambda: values.site(self.settings),
            websocket_paths=self.reception.paths,
            restart=self.restart,
            access=lambda: self._site_access,
            pictures=self.pictures,
            facts=lambda: values.page_facts(self.settings),
            webhooks=self.webhooks,
            visits=self.visits,
            socketio=self.socketio,
            barertc=self._barertc_site if self.polling is not None else None,
            polling=self.polling,
            spreed=spreed_values.original_client(lambda: self.settings) if self.settings.spreed.enabled else None,
            path_prefix=self.settings.path_prefix,
            draining=self.stopping.is_set,
            recording_fails=lambda: self.stores.database.recorder.fails,
            unsent_bytes=lambda: sum(each.unsent_bytes for each in self._carriers()),
            open_connections=lambda: sum(1 for _ in self._carriers()),
        )

    def _barertc_site(self) -> BareRTCSite:
        return values.barertc_site(self.settings, self.profiles.of if self.profiles.offered else None)

    def _carriers(self) -> Iterator[Carrier]:
        """Go through everything that carries a client, identified or not."""
        yield from self.websockets.connections
        yield from self.streams.open
        for each in self.socketio:
            yield from each.polling
        yield from self.polling or ()

    async def begin(self) -> None:
        """Load what was stored, make the default room live, and number messages after those that are stored.

        Raises StorageProblem where that cannot be read.
        """
        try:
            await self._load()
        except Unavailable:
            raise StorageProblem("The database does not answer; the log says why.") from None
        except msgspec.MsgspecError as problem:
            raise StorageProblem(f"What the database holds cannot be read: {problem}") from None
        if self.bus is not None and self.agents is not None:
            self.bus.begin()
            self.agents.started()
        self.site_keys.begin()

    async def _load(self) -> None:
        # The clock may have been set back while nobody served; ids order messages, and are used once.
        self.hub.message_ids.follow(await self.stores.messages.latest_id())
        for ban in await self.stores.moderation.bans():
            self.hub.bans.add(ban, now=self.hub.clock.now())
        self.hub.blocklists.load(await self.stores.moderation.blocklists())
        stored = {room.id: room for room in await self.stores.rooms.load()}
        configured = {room.id: room for room in values.configured_rooms(self.settings, stored)}
        for room in {**stored, **configured}.values():
            live_rooms.add(self.hub, room)
        await self.webhooks.begin()

    def restart(self) -> None:
        """Stop with the exit code that tells a supervisor to start the server again."""
        self.exit_code = RESTART
        self.stopping.set()

    def change_settings(self, settings: Settings) -> None:
        """Let changed settings take effect on what runs."""
        former, self.settings = self.settings, settings
        self._access, self._site_access = values.access(settings), values.site_access(settings)
        self.websockets.settings = values.websocket_settings(settings)
        self.streams.budget_bytes = settings.limits.outbox_bytes
        for each in self.socketio:
            each.settings = values.engine_settings(settings)
        if self.polling is not None:
            self.polling.budget_bytes = settings.limits.outbox_bytes
        hub, held = self.hub, self.hub.admission
        hub.admission = values.admission(settings)
        if hub.limits != (limits := values.limits(settings)):
            hub.keep_to(limits)
        if held.blockable_operators != hub.admission.blockable_operators:
            site_people.judge_operators_anew(hub)
        if held.secret_vip != hub.admission.secret_vip:
            site_people.tell_vips_anew(hub)
        if held.user_rules != hub.admission.user_rules:
            site_people.hold_to_rules(hub)
        self.webhooks.set_up(values.webhook_addresses(settings), settings.admin_api_key)
        if not self.webhooks.wants(REPORT):
            hub.guard.context.forget()
        self.site_keys.set_up(*values.site_keys(settings))
        hub.tokens, hub.ice = values.site_tokens(settings, self.site_keys), values.ice(settings)
        self._write_down()
        live = {name: local.room for name, local in hub.rooms.items()}
        for room in values.configured_rooms(settings, live, former):
            local = hub.rooms.get(room.id)
            if local is None:
                live_rooms.add(hub, room)
            elif local.room != room:
                live_rooms.set_up(hub, local, room)

    def _write_down(self) -> None:
        """Let chat be written to files as the settings say now; what waits for the files of before is still written."""
        if self.chat_files is not None:
            self._former_chat_files = self.chat_files
        self.chat_files = values.chat_files(self.settings, self.data_dir)
        self.hub.write_down = self.chat_files.note if self.chat_files is not None else None

    async def close(self) -> None:
        """Finish what is still under way; the stores are closed by whoever opened them.

        What waits for the website waits for the next process.
        """
        if self.agents is not None:
            self.agents.sessions.close_all()
        if self.bus is not None:
            await self.bus.close()
        await self.site_keys.close()
        await self.webhooks.close()
        await self.pictures.close()
        for each in (self._former_chat_files, self.chat_files):
            if each is not None:
                await each.close()

    async def drain(self) -> None:
        """Ask every client to come back to the next process, at a pace that it can bear."""
        self.hub.turn.flush()
        drain = Drain(sum(1 for _ in self._carriers()), per_second=DRAIN_PER_SECOND)
        await self.websockets.close_all(drain)
        await self.streams.close_all(drain)
        for each in self.socketio:
            await each.close_all(drain)

    async def retain(self) -> None:
        """Once a day, delete direct messages that are older than the settings keep them, and pictures past their end.

        What fails is logged and tried again within the hour.
        """
        while True:
            wait_s = HOUR_S
            try:
                await self._retain_once()
                wait_s = DAY_S
            except Unavailable:
                log.warning("retention_postponed", wait_s=wait_s)
            except Exception:
                log.exception("retention_failed", wait_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _retain_once(self) -> None:
        days, now = self.settings.direct_message_history.retention_days, self.hub.clock.now()
        if days:
            await self.stores.messages.forget_before(max(0, int((now - days * DAY_S) * 1000)))
        await self.stores.moderation.forget_bans(int(now * 1000))
        await self.pictures.purge(now - (SHOWN_DAYS + 1) * DAY_S)
        await self.webhooks.forget_old()

    def _pin_digest(self, pin: str) -> str:
        return hmac.new(self.settings.server_secret.encode(), b"pin:" + pin.encode(), "sha256").hexdigest()
