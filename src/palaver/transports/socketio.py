"""Knows the Socket.IO sessions of one dialect: who may begin one, whose each is, and who may come back to it.

How a session is carried stands in `engineio`, what is said on it in `namespaces`, requests over HTTP in `polling`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from palaver.codecs import engineio as wire
from palaver.core.disconnects import RESTARTING
from palaver.dialects.base import Dialect, Kind, Translator
from palaver.hub.hub import Hub
from palaver.transports.access import Access
from palaver.transports.connection import Connection, HttpRefusal, Listener, PeerInfo
from palaver.transports.draining import Drain
from palaver.transports.engine_settings import VISITS_PER_INTERVAL, EngineSettings
from palaver.transports.engine_socket import EngineSocket
from palaver.transports.engineio import EngineSession
from palaver.transports.keepalive import Rounds
from palaver.transports.namespaces import MainNamespace, Recoverable, SocketConversation
from palaver.transports.views import Views

REVISIONS = {"3": 3, "4": 4}
OLDEST = "3"
"""The revision of a client that names none: servers of the third did not ask."""
TRANSPORTS = ("polling", "websocket")
UNKNOWN_TRANSPORT = (0, "Transport unknown")
UNKNOWN_SID = (1, "Session ID unknown")
BAD_METHOD = (2, "Bad handshake method")
BAD_REQUEST = (3, "Bad request")
FORBIDDEN = (4, "Forbidden")
UNKNOWN_REVISION = (5, "Unsupported protocol version")
JSON = ("Content-Type", "application/json")
ID_BYTES = 15
FULL_WAIT_S = 60


def refused(fault: tuple[int, str], status: int = 400, *, why: str = "") -> HttpRefusal:
    """Return the answer to a request that Engine.IO has a number for; `why` says more than the number's own words."""
    code, message = fault
    return HttpRefusal(status, msgspec.json.encode({"code": code, "message": why or message}), (JSON,))


class SocketIo:
    """Every Engine.IO session of a dialect, by the id that its client alone knows."""

    def __init__(
        self,
        hub: Hub,
        dialect: Dialect,
        access: Callable[[], Access],
        settings: EngineSettings | None = None,
        *,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        """`new_id` makes ids that cannot be guessed, each another."""
        self._hub = hub
        self._dialect = dialect
        self._access = access
        self._views = Views()
        self._new_id = new_id or partial(secrets.token_urlsafe, ID_BYTES)
        self.settings = settings or EngineSettings()
        self._endpoint = next(each for each in dialect.endpoints if each.kind is Kind.SOCKETIO)
        self._sessions: dict[str, EngineSession] = {}
        self._recoverable: dict[str, Recoverable] = {}
        self._visited = Rounds(
            EngineSession.visit, self.settings.ping_interval_s / VISITS_PER_INTERVAL, hub.clock.call_later
        )

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the addresses: those of the dialect, with and without a slash at the end, also below its name."""
        bare = [each.path.rstrip("/") for each in self._dialect.endpoints if each.kind is Kind.SOCKETIO]
        return tuple(
            f"{below}{path}{end}" for below in ("", f"/{self._dialect.name}") for path in bare for end in ("/", "")
        )

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[EngineSession]:
        """Iterate over a copy, so that sessions may come and go meanwhile."""
        return iter(tuple(self._sessions.values()))

    @property
    def polling(self) -> tuple[EngineSession, ...]:
        """Return the sessions that no WebSocket carries."""
        return tuple(each for each in self if not each.on_websocket)

    @property
    def recoverable(self) -> int:
        """Return to how many connections a client may come back, standing ones included."""
        return len(self._recoverable)

    async def close_all(self, drain: Drain | None = None) -> None:
        """Say goodbye to everybody who polls; WebSockets are closed by who serves them.

        Clients of Socket.IO have a wait of their own before they return, drawn at random.
        """
        polling = self.polling
        await (drain or Drain()).close(polling, lambda each, _: each.close(RESTARTING.code, RESTARTING.reason))

    # --- requests ----------------------------------------------------------------------------------------------------

    def receive(self, peer: PeerInfo) -> Listener | HttpRefusal:
        """Judge a request for a WebSocket: one that begins a session, or one that is to carry it on."""
        said = peer.parameters()
        address = self.judge(peer, said)
        if isinstance(address, HttpRefusal):
            return address
        if said["transport"] != "websocket":
            return refused(BAD_REQUEST, why="Bad request: a WebSocket is asked for as transport=websocket")
        if "sid" in said:
            session = self.find(said, address)
            if isinstance(session, HttpRefusal):
                return session
            if not session.may_upgrade:
                return refused(BAD_REQUEST, why="Bad request: the session has another transport")
            return self._listener(session, session.revision, peer, address, _nothing)
        revision = REVISIONS.get(said.get("EIO", OLDEST))
        if revision is None:
            return refused(UNKNOWN_REVISION)
        if not self._hub.addresses.enter(address):
            return self.full()
        return self._listener(None, revision, peer, address, partial(self._hub.addresses.leave, address))

    def judge(self, peer: PeerInfo, said: dict[str, str]) -> str | HttpRefusal:
        """Return the address that counts of a request, or why it is refused whatever it asks for."""
        access = self._access()
        if not access.admits_page_of(peer):
            return refused(FORBIDDEN, 403, why="Forbidden: pages of this origin may not connect")
        if said.get("transport") not in TRANSPORTS:
            return refused(UNKNOWN_TRANSPORT)
        return access.address(peer)

    def find(self, said: dict[str, str], address: str) -> EngineSession | HttpRefusal:
        """Return the session that a request is about: its id is known, its revision the same, and so is the address."""
        session = self._sessions.get(said.get("sid", ""))
        if session is None or session.address != address:
            return refused(UNKNOWN_SID)
        if said.get("EIO", OLDEST) != str(session.revision):
            return refused(BAD_REQUEST, why="Bad request: the session speaks another revision of the protocol")
        return session

    def knows(self, peer: PeerInfo, address: str) -> bool:
        """Tell whether a request is one of a session, made from its own address."""
        session = self._sessions.get(peer.parameter("sid") or "")
        return session is not None and session.address == address

    def full(self) -> HttpRefusal:
        """Return the answer to one connection more than an address may have."""
        answer = refused(BAD_REQUEST, 429, why="There are too many connections from this address.")
        return HttpRefusal(429, answer.body, (JSON, ("Retry-After", str(FULL_WAIT_S))))

    def begin_polling(self, revision: int, peer: PeerInfo, address: str) -> EngineSession | HttpRefusal:
        """Begin a session of a client that polls, with its first words waiting to be fetched."""
        if not self._hub.addresses.enter(address):
            return self.full()
        session = self._begin(revision, peer, address)
        try:
            self._start(session, None)
        except Exception:
            session.abort()
            raise
        return session

    # --- for namespaces ----------------------------------------------------------------------------------------------

    @property
    def hub(self) -> Hub:
        """Return whose sessions these are."""
        return self._hub

    def new_id(self) -> str:
        """Return an id that cannot be guessed."""
        return self._new_id()

    def converse(self, peer: PeerInfo, address: str, framing: str, former: Translator | None) -> SocketConversation:
        """Begin a conversation of the dialect, or continue a former one's."""
        access = self._access()
        return SocketConversation(
            self._hub,
            self._views,
            self._views.view(self._dialect, framing),
            address=address,
            subprotocol=None,
            session_frame_bytes=access.frame_limit(self._dialect),
            call=partial(access.call, self._endpoint, peer),
            resumable=framing.endswith("recoverable"),
            translator=former,
        )

    def keep(self, connection: Recoverable) -> None:
        """Let a client come back to a connection by its id."""
        self._recoverable[connection.pid] = connection

    def find_lost(self, pid: str) -> Recoverable | None:
        """Return the connection to which an id leads back, which then leads nowhere."""
        found = self._recoverable.pop(pid, None)
        if found is not None and found.timer is not None:
            found.timer.cancel()
        return found

    def lost(self, connection: Recoverable) -> None:
        """Note that a connection is gone; its client may take as long as the hub keeps the session."""
        if self._recoverable.get(connection.pid) is not connection:
            return
        session = connection.session
        if session is None or self._hub.sessions.get(session.session) is not session:
            del self._recoverable[connection.pid]
            return
        connection.timer = self._hub.clock.call_later(
            self._hub.admission.resume_s, partial(self._give_up, connection.pid)
        )

    def _give_up(self, pid: str) -> None:
        self._recoverable.pop(pid, None)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _listener(
        self, session: EngineSession | None, revision: int, peer: PeerInfo, address: str, gone: Callable[[], None]
    ) -> EngineSocket:
        return EngineSocket(session, begin=partial(self._begin, revision, peer, address), start=self._start, gone=gone)

    def _begin(self, revision: int, peer: PeerInfo, address: str) -> EngineSession:
        session = EngineSession(
            self._new_id(),
            revision,
            peer,
            address=address,
            base64=peer.parameter("b64") not in (None, "0"),
            clock=self._hub.clock,
            settings=self.settings,
            gone=self._forget,
        )
        self._sessions[session.sid] = session
        self._visited.add(session)
        return session

    def _start(self, session: EngineSession, socket: Connection | None) -> None:
        """Let a session carry messages, and say the first words."""
        namespace, held = MainNamespace(self, session), session.settings
        session.begin(namespace, socket)
        session.send(
            wire.handshake(
                session.sid,
                upgrades=() if socket is not None else ("websocket",),
                ping_interval_ms=round(held.ping_interval_s * 1000),
                ping_timeout_ms=round(dict(held.ping_timeout_s)[session.revision] * 1000),
                max_payload=held.max_payload_bytes if session.revision >= 4 else 0,
            )
        )
        namespace.begin()

    def _forget(self, session: EngineSession) -> None:
        if self._sessions.pop(session.sid, None) is not None:
            self._visited.discard(session)
            self._hub.addresses.leave(session.address)


def _nothing() -> None:
    """A WebSocket that never carried a session leaves nothing behind."""
