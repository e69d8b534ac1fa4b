"""What is said in one HTTP request of a dialect, and the event stream that it may become.

A request is a visit: whoever makes it identifies within it, and no session outlives the answer. A stream is a session for as
long as its connection stands; nothing is kept for its return. What words mean is left to the dialect's exchange, what they
do to the hub; the one place where a refusal becomes an answer and a bug becomes a log entry is here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping

import msgspec
import structlog
from starlette.responses import Response

from palaver.codecs.websocket import SLOW
from palaver.core import errors
from palaver.core.base import Event, Outcome
from palaver.core.disconnects import LEFT, Disconnect
from palaver.core.errors import Refusal
from palaver.core.moderation import Relations
from palaver.core.participants import Identity
from palaver.core.rooms import LeaveReason
from palaver.core.sessions import ActFor, Identify, Position, Vouch
from palaver.dialects.base import (
    Answer,
    Call,
    Dialect,
    Endpoint,
    Exchange,
    HttpSurface,
    Kind,
    Reading,
    Request,
    http_status,
    wait_headers,
)
from palaver.hub import entrance
from palaver.hub.hub import Hub
from palaver.hub.limits import Limits
from palaver.hub.sessions import Session, Write
from palaver.transports.access import Access
from palaver.transports.address import effective_address, is_loopback, is_trusted
from palaver.transports.connection import Connection, PeerInfo
from palaver.transports.paths import Found, prefix_of
from palaver.transports.sse import EventStreams
from palaver.transports.views import DialectView

log = structlog.get_logger()

FULL_WAIT_MS = 60_000
"""When to ask again who holds as many streams as are allowed: there is no telling, so not at once."""

ReadBody = Callable[[int], Awaitable[bytes | None]]
"""Reads a request's body up to a number of bytes; None where it is longer. May raise a Refusal."""


class Visits:
    """The HTTP addresses of one dialect, as calls on a hub."""

    def __init__(self, hub: Hub, dialect: Dialect, streams: EventStreams, access: Callable[[], Access]) -> None:
        assert dialect.http is not None, f"{dialect.name} is not spoken over HTTP"
        self.name = dialect.name
        self.endpoints = tuple(each for each in dialect.endpoints if each.kind in (Kind.ANSWER, Kind.STREAM))
        self.surface: HttpSurface = dialect.http
        self.prefixes = tuple(each for each in (f"/{dialect.name}", self.surface.prefix) if each)
        self._hub = hub
        self._view = DialectView(dialect, "sse")
        self._streams = streams
        self._access = access

    async def answer(self, method: str, found: Found, peer: PeerInfo, read_body: ReadBody) -> Answer | Response:
        """Do what a request asks for; return its answer, or the response that is an event stream."""
        if method == "OPTIONS" and found:
            return self._dressed(self.surface.preflight(tuple(endpoint.method for endpoint, _ in found)), peer)
        for endpoint, segments in found:
            head_only = method == "HEAD" and endpoint.method == "GET"
            if method == endpoint.method or head_only:
                return await self._visit(endpoint, segments, peer, read_body, head_only=head_only)
        return self._dressed(self.surface.nothing(tuple(endpoint.method for endpoint, _ in found)), peer)

    async def _visit(
        self,
        endpoint: Endpoint,
        segments: Mapping[str, str] | None,
        peer: PeerInfo,
        read_body: ReadBody,
        *,
        head_only: bool,
    ) -> Answer | Response:
        access = self._access()
        visit = _Visit(self._hub, self.surface, access.address(peer), self.name, counted=endpoint.kind is Kind.STREAM)
        try:
            body = await read_body(self.surface.max_body_bytes)
            answer = await visit.make(self._call(endpoint, segments, peer, body, access))
            if endpoint.kind is Kind.STREAM and not head_only:
                return self._stream(visit, answer)
        except Refusal as refusal:
            self._hub.counts.refusals[refusal.code] += 1
            answer = _sentence(refusal) if endpoint.read_by_people else visit.exchange.refuse(refusal)
        except Exception:
            log.exception("call_failed", dialect=self.name, endpoint=endpoint.path)
            answer = visit.exchange.refuse(errors.ServerFault())
        return self._dressed(answer, peer)

    def _call(
        self, endpoint: Endpoint, segments: Mapping[str, str] | None, peer: PeerInfo, body: bytes | None, access: Access
    ) -> Call:
        if segments is None:
            raise errors.Malformed(problem="the path is no percent-encoded UTF-8")
        client = effective_address(peer.remote, peer.header_values, access.trusted)
        below = prefix_of(peer.path, self.prefixes)
        return Call(
            endpoint,
            segments,
            peer.headers(),
            peer.parameters(),
            body,
            vouched=is_trusted(peer.remote, access.trusted),
            near=is_loopback(client) or is_trusted(client, access.trusted),
            prefix=peer.root + below,
            secure=peer.secure,
            certified=peer.certified,
        )

    def _dressed(self, answer: Answer, peer: PeerInfo) -> Answer:
        return msgspec.structs.replace(answer, headers=self.surface.everywhere + self._granted(peer) + answer.headers)

    def _granted(self, peer: PeerInfo) -> tuple[tuple[str, str], ...]:
        """Let a page of an origin that is known read the answer; any other's browser keeps it from it."""
        origin = peer.header("origin")
        if not self.surface.known_pages or origin is None:
            return ()
        vary = ("Vary", "Origin")
        if not self._access().admits_page_of(peer):
            return (vary,)
        return (("Access-Control-Allow-Origin", origin), vary)

    def _stream(self, visit: _Visit, head: Answer) -> Response:
        if visit.identity is None:
            raise errors.NotIdentified()
        _refuse_one_more(self._hub, visit.identity, self.surface.devices_per_user())
        if not self._hub.addresses.enter(visit.address):
            raise errors.Limited(wait_ms=FULL_WAIT_MS)
        told = Subscription(self._hub, self._view, visit.exchange, visit.identity, visit.relations, visit.address)
        return self._streams.response(told, dict(self.surface.everywhere + head.headers))


class _Visit:
    """One request, from its first word to its answer."""

    def __init__(self, hub: Hub, surface: HttpSurface, address: str, dialect: str, *, counted: bool) -> None:
        """`counted` logins count against the address even when they succeed."""
        self.exchange: Exchange = surface.exchange()
        self.identity: Identity | None = None
        self.relations = Relations()
        self.address = address
        self._hub = hub
        self._dialect = dialect
        self._counted = counted
        self._session = hub.visit(Identity("", address=address))

    async def make(self, call: Call) -> Answer:
        """Do one request after the other. Raises the first Refusal."""
        self._limit(f"address:{self.address}" if self.address else "")
        request: Request | None = None
        outcome: Outcome | None = None
        reading = self.exchange.interpret(call)
        following = next(reading, None)
        while following is not None:
            request = following
            if isinstance(request.command, Identify | Vouch):
                await self._identify(request.command)
                request = None
            elif isinstance(request.command, ActFor):
                self._act_for(request.command)
                request = None
            else:
                done = self._hub.handle(self._session, request.command)
                outcome = done if isinstance(done, Outcome) else await done
            following = _next(reading, outcome)
        return self.exchange.answer(request, outcome)

    def _act_for(self, command: ActFor) -> None:
        """Do what follows for somebody who sits in a room; every wrong key counts against the address."""
        hub = self._hub
        wait_s = hub.logins.take(self.address, hub.clock.now()) if self.address else 0.0
        if wait_s:
            raise errors.Limited(wait_ms=int(wait_s * 1000) + 1)
        session = hub.sessions.get(command.session)
        if session is None or (command.room is not None and command.room not in session.rooms):
            raise errors.NoSuchParticipant(name="That session")
        if not command.proven:
            raise errors.TokenInvalid(problem="it is not the key of this participant")
        hub.logins.give_back(self.address)
        self._session = session

    async def _identify(self, command: Identify | Vouch) -> None:
        hub = self._hub
        identity = self._vouched(command) if isinstance(command, Vouch) else self._by_token(command)
        self.exchange.admit(identity)
        self.relations = await entrance.stored_relations(hub, identity)
        self._limit(f"user:{identity.user}" if identity.user else "")
        if self.address:
            hub.visits.give_back(f"address:{self.address}")
            if not self._counted:
                hub.logins.give_back(self.address)
        self.identity = identity
        self._session = hub.visit(identity, self.relations)

    def _by_token(self, command: Identify) -> Identity:
        if self._hub.tokens is None:
            raise errors.TokenInvalid(problem="tokens are not honoured here")
        return entrance.identify(self._hub, command, self.address, self._dialect)

    def _vouched(self, command: Vouch) -> Identity:
        return entrance.vouched(self._hub, command, self.address)

    def _limit(self, key: str) -> None:
        wait_s = self._hub.visits.take(key, self._hub.clock.now()) if key else 0.0
        if wait_s:
            raise errors.Limited(wait_ms=int(wait_s * 1000) + 1)


class Subscription:
    """One event stream: the listener of its connection and the sink of its session."""

    __slots__ = ("_connection", "_exchange", "_hub", "_identity", "_relations", "_session", "_view", "address")

    subprotocol: str | None = None

    def __init__(
        self, hub: Hub, view: DialectView, exchange: Exchange, identity: Identity, relations: Relations, address: str
    ) -> None:
        self._hub = hub
        self._view = view
        self._exchange = exchange
        self._identity: Identity | None = identity
        self._relations = relations
        self._connection: Connection | None = None
        self._session: Session | None = None
        self.address = address

    # -- Listener -------------------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Take the connection, greet, and take the device over from whoever has it."""
        self._connection = connection
        connection.write(self._view.framed(self._exchange.greet()))
        assert self._identity is not None
        self._session, _ = self._hub.open(self._identity, self, self._relations, resumable=False)
        self._identity = None

    def received(self, payload: bytes, binary: bool = False) -> None:
        """Nothing comes in on a stream."""

    def closed(self, code: int, reason: str, clean: bool) -> None:
        """End the session, unless it ended before its connection: somebody else may have the device by now."""
        self._hub.addresses.leave(self.address)
        self._hub.counts.slow += code == SLOW
        session, self._session, self._connection = self._session, None, None
        if session is not None:
            self._hub.end(session, LEFT, LeaveReason.LOST)

    # -- Sink -----------------------------------------------------------------------------------------------------

    @property
    def view(self) -> DialectView:
        """Return how this stream reads events."""
        return self._view

    @property
    def write(self) -> Write:
        """Return what takes framed bytes for this stream."""
        assert self._connection is not None
        return self._connection.write

    @property
    def unsent_bytes(self) -> int:
        """Return how much the reader of this stream is behind."""
        return self._connection.unsent_bytes if self._connection is not None else 0

    def introduce(self, event: Event, position: Position) -> bytes:
        """Return framed bytes of an event for this session alone."""
        return self._view.framed(self._exchange.introduce(event, position))

    def keep_to(self, limits: Limits) -> None:
        """Nothing is read of a stream."""

    def end(self, disconnect: Disconnect) -> None:
        """End the stream after what was written; the session is ended already."""
        self._session = None
        if self._connection is not None:
            self._connection.close(disconnect.code, disconnect.reason)


def _sentence(refusal: Refusal) -> Answer:
    """Return a refusal as somebody reads it who followed a link."""
    head = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"), *wait_headers(refusal))
    return Answer(http_status(refusal), f"{refusal.text}\n".encode(), head)


def _next(reading: Reading, outcome: Outcome | None) -> Request | None:
    if not isinstance(reading, Generator):
        return next(reading, None)
    try:
        return reading.send(outcome)
    except StopIteration:
        return None


def _refuse_one_more(hub: Hub, identity: Identity, limit: int) -> None:
    """Refuse one device more than a user may have; another stream of the same device takes its place."""
    if limit <= 0 or identity.user is None:
        return
    held = hub.presence.devices(identity.user)
    if len(held) >= limit and identity.device not in held:
        raise errors.Limited(wait_ms=FULL_WAIT_MS)
