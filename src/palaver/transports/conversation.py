"""What is said on one connection: frames in, requests to the hub in their order, answers and events out.

It is the listener of its connection and the sink of its session. What words mean is left to the dialect's translator, what
they do to the hub; the one place where a refusal becomes a frame and a bug becomes a log entry is here.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

import structlog

from palaver.codecs.websocket import GOING_AWAY, NORMAL, SLOW
from palaver.core import errors
from palaver.core.base import Done, Event, Outcome
from palaver.core.disconnects import LEFT, REPLACED, UNIDENTIFIED, Disconnect
from palaver.core.errors import Refusal
from palaver.core.ids import SessionId
from palaver.core.participants import Identity, IdentityAmended
from palaver.core.rooms import LeaveReason
from palaver.core.sessions import Enter, Identify, Joined, Keepalive, Position, Resume, SignOut
from palaver.dialects.base import Attending, Call, Introducing, Payload, Request, Translator
from palaver.hub import eager, entrance
from palaver.hub.hub import SIZED, Hub
from palaver.hub.limits import Bucket, Limits
from palaver.hub.ports.clock import Timer
from palaver.hub.sessions import Session, Write
from palaver.transports.connection import Connection
from palaver.transports.views import DialectView, Views

log = structlog.get_logger()

IDENTIFY_WITHIN_S = 30.0
RELOADING = 4901
RELOAD_S = 5.0
"""A page that goes away says so with this code, as it cannot know whether it is loaded anew: it has so long to return."""

FRAME_BYTES = 64 * 1024
"""A larger frame counts as several."""

_ABOUT_SESSIONS = {Identify, Enter, Resume, SignOut, Keepalive}
"""What a connection sees to itself; everything else is the hub's."""


class Conversation:
    """One connection's talk with the hub."""

    identify_within_s = IDENTIFY_WITHIN_S
    """How long somebody may be connected and nobody; 0 for as long as they like."""

    __slots__ = (
        "_attending",
        "_bucket",
        "_connection",
        "_first",
        "_holds",
        "_hub",
        "_introducing",
        "_ping_timer",
        "_resumable",
        "_session",
        "_session_frame_bytes",
        "_timer",
        "_translator",
        "_view",
        "_views",
        "address",
        "subprotocol",
    )

    def __init__(
        self,
        hub: Hub,
        views: Views,
        view: DialectView,
        *,
        address: str,
        subprotocol: str | None,
        session_frame_bytes: int,
        call: Callable[[], Call],
        resumable: bool = True,
        translator: Translator | None = None,
    ) -> None:
        """`session_frame_bytes` is the largest frame of somebody who is identified; before that the transport's holds.

        `call` reads the request that became this connection, for wires that want to know it. A `translator` is that of a
        former connection which this one continues. Where the wire has no way to come back, sessions are not `resumable`.
        """
        self._hub = hub
        self._views = views
        self._view = view
        self._translator: Translator
        self._first: Sequence[Request] = ()
        if translator is not None:
            self._translator = translator
        else:
            self._translator, self._first = view.dialect.opened(call)
        self._resumable = resumable
        self._attending = self._translator if isinstance(self._translator, Attending) else None
        self._introducing = self._translator if isinstance(self._translator, Introducing) else None
        self._ping_timer: Timer | None = None
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._timer: Timer | None = None
        self._bucket: Bucket | None = None
        self.keep_to(hub.limits)
        self._session_frame_bytes = session_frame_bytes
        self._holds = 0
        self.address = address
        self.subprotocol = subprotocol

    # -- Listener -------------------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Take the connection; somebody who does not identify in time is closed."""
        self._connection = connection
        widen(connection, self._view.dialect.first_frame_bytes)
        self._view = self._views.view(self._view.dialect, connection.framing)
        if self.identify_within_s:
            self._timer = self._hub.clock.call_later(self.identify_within_s, self._unidentified)
        self._await_ping()
        first, self._first = self._first, ()
        self._run(first)

    def received(self, payload: bytes, binary: bool = False) -> None:
        """Do what a frame asks for; over the frame rate, reading pauses for as long as it takes."""
        if self._bucket is not None:
            wait_s = self._bucket.draw(self._hub.clock.now(), 1 + len(payload) // FRAME_BYTES)
            if wait_s:
                self._rest(wait_s)
        try:
            if binary:
                raise errors.Malformed(problem="a binary frame; this wire is text")
            requests = self._translator.interpret(payload)
        except Refusal as refusal:
            self._hub.counts.refusals[refusal.code] += 1
            self._send(self._translator.refuse(None, refusal))
            return
        self._run(requests)

    def withdraw(self) -> None:
        """End the session and leave the connection, which turns out to speak another wire, as it is."""
        self._stop_timer()
        self._stop_pings()
        self._part()
        session, self._session, self._connection = self._session, None, None
        if session is not None:
            session.detach()
            self._hub.end(session, LEFT, LeaveReason.LEFT)

    def closed(self, code: int, reason: str, clean: bool) -> None:
        """End the session after a goodbye, keep it for its return after a loss."""
        self._stop_timer()
        self._stop_pings()
        self._leave_address()
        self._part()
        self._hub.counts.slow += code == SLOW
        session, self._session, self._connection = self._session, None, None
        if session is None:
            return
        if clean and code in (NORMAL, GOING_AWAY) and session.sink is self:
            self._hub.end(session, LEFT, LeaveReason.LEFT)
        else:
            self._hub.lost(session, self, at_most_s=RELOAD_S if code == RELOADING else None)

    @property
    def identified(self) -> bool:
        """Whether a session is open on this connection."""
        return self._session is not None

    def time_out(self) -> None:
        """End the session of somebody who was not heard of for too long."""
        if self._session is not None:
            self._hub.end(self._session, LEFT, LeaveReason.TIMED_OUT)

    # -- Sink -----------------------------------------------------------------------------------------------------

    @property
    def view(self) -> DialectView:
        """Return how this connection reads events, in the era that its client turned out to be of."""
        era_of = self._view.dialect.era_of
        era = era_of(self._translator) if era_of is not None else ""
        return self._views.view(self._view.dialect, self._view.framing, era) if era else self._view

    @property
    def write(self) -> Write:
        """Return what takes framed bytes for this connection."""
        assert self._connection is not None
        return self._connection.write

    @property
    def unsent_bytes(self) -> int:
        """Return how much the client has not read yet."""
        return self._connection.unsent_bytes if self._connection is not None else 0

    def introduce(self, event: Event, position: Position) -> bytes:
        """Return framed bytes of an event for this session alone."""
        if self._introducing is None:
            return self._view.render(event, position) or b""
        payloads = self._introducing.introduce(event, position)
        if isinstance(event, IdentityAmended) and self._attending is not None and self._session is not None:
            # What proves who somebody is has changed: whoever lives on signs of life is given the next one now.
            payloads = self._attending.ping(self._session.identity) + payloads
        return self._view.framed(payloads, position)

    def keep_to(self, limits: Limits) -> None:
        """Read frames at the rate of these limits."""
        rate, burst = limits.frames_per_second, limits.frames_burst
        if self._bucket is not None and rate > 0:
            self._bucket.change(rate, burst)
        else:
            self._bucket = Bucket(rate, burst) if rate > 0 else None

    def end(self, disconnect: Disconnect) -> None:
        """Close the connection after what was written; the session is ended or elsewhere already."""
        self._session = None
        if self._connection is not None:
            if self._attending is not None:
                self._send(self._attending.farewell(disconnect))
            self._connection.close(disconnect.code, disconnect.reason)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _run(self, requests: Sequence[Request]) -> None:
        """Do requests one after the other; while one waits, the rest and all further frames wait behind it."""
        for at, request in enumerate(requests):
            command, session = request.command, self._session
            kind, waiting = type(command), None
            if session is None or kind in _ABOUT_SESSIONS:
                waiting = self._wait_for(request, self._perform(request, session))
            else:
                try:
                    if kind in SIZED and self._hub.limits.signal_bytes_per_second:
                        self._rest(self._hub.rest_s(session, command))
                    outcome = self._hub.handle(session, command)
                except Exception as error:
                    self._fail(request, error)
                    continue
                if isinstance(outcome, Outcome):
                    payloads = self._translator.acknowledge(request, outcome)
                    if payloads:
                        self._send(payloads, _position_of(outcome))
                else:
                    waiting = self._wait_for(request, outcome)
            if waiting is not None:
                self._hold()
                waiting.add_done_callback(partial(self._go_on, requests[at + 1 :]))
                return

    def _go_on(self, rest: Sequence[Request], _answered: asyncio.Task[None]) -> None:
        self._run(rest)
        self._release()

    def _rest(self, wait_s: float) -> None:
        """Read nothing more for a while."""
        if wait_s > 0:
            self._hold()
            self._hub.clock.call_later(wait_s, self._release)

    def _hold(self) -> None:
        """Stop reading for one more reason."""
        self._holds += 1
        if self._connection is not None:
            self._connection.pause_reading()

    def _release(self) -> None:
        """Read on, once every reason to stop is gone."""
        self._holds -= 1
        if not self._holds and self._connection is not None:
            self._connection.resume_reading()

    def _wait_for(self, request: Request, work: Coroutine[Any, Any, Outcome | None]) -> asyncio.Task[None] | None:
        begun = eager.start(self._answer_later(request, work))
        return begun if isinstance(begun, asyncio.Task) else None

    async def _answer_later(self, request: Request, work: Coroutine[Any, Any, Outcome | None]) -> None:
        try:
            outcome = await work
        except Exception as error:
            self._fail(request, error)
        else:
            if outcome is not None:
                self._send(self._translator.acknowledge(request, outcome), _position_of(outcome))

    def _fail(self, request: Request, error: Exception) -> None:
        """Answer what was refused; what is a fault of ours goes to the log, too."""
        if isinstance(error, Refusal):
            self._hub.counts.refusals[error.code] += 1
            refusal = error
        else:
            session = self._session.session if self._session else None
            log.exception("command_failed", command=type(request.command).__name__, session=session)
            refusal = errors.ServerFault()
        self._send(self._translator.refuse(request, refusal))

    async def _perform(self, request: Request, session: Session | None) -> Outcome | None:
        """Return what is to be acknowledged; None where the answer was given already, or none is due."""
        command = request.command
        if isinstance(command, Keepalive):
            return Done()
        if isinstance(command, Identify | Enter | Resume) and session is not None:
            raise errors.AlreadyIdentified()
        if isinstance(command, Identify):
            return await self._identify(command)
        if isinstance(command, Enter):
            return await self._come_in(request, command)
        if isinstance(command, Resume):
            await self._resume(request, command)
            return None
        if session is None:
            raise errors.NotIdentified()
        self._hub.end(session, LEFT, LeaveReason.LEFT)
        return None

    async def _identify(self, command: Identify) -> Outcome | None:
        identity = self._judged(command)
        relations = await entrance.stored_relations(self._hub, identity)
        if self._connection is None:
            return None
        by_user = self._view.dialect.name if self._view.dialect.returns_by_user else ""
        resumable = identity.user is not None if by_user else self._resumable
        session, token = self._hub.open(identity, self, relations, resumable=resumable, one_of=by_user)
        self._enter(session)
        return entrance.identified(self._hub, session, token)

    def _judged(self, command: Identify) -> Identity:
        """Return who somebody is. Raises a Refusal."""
        return entrance.identify(self._hub, command, self.address, self._view.dialect.name)

    async def _come_in(self, request: Request, command: Enter) -> Outcome | None:
        """Open a session for whom the dialect knows already, or go on with the one there is."""
        held = self._hub.sessions.get(command.session) if command.session is not None else None
        who = command.session or SessionId(uuid.uuid4().hex)
        identity = entrance.entering(self._hub, command, who, self.address)
        if held is not None and command.user not in (None, held.identity.user):
            # The request itself shows another user than the session had: what was that one's ends.
            self._hub.end(held, REPLACED, LeaveReason.REPLACED)
            held = None
        if held is not None:
            outcome, missed = entrance.goes_on(self._hub, held, self)
            answer = self._translator.acknowledge(request, outcome)
            frames = (self.introduce(event, Position(self._hub.epoch, seq)) for seq, event in missed)
            self._go_on_with(held, answer, frames)
            return None
        relations = await entrance.stored_relations(self._hub, identity)
        if self._connection is None:
            return None
        if self._hub.sessions.get(who) is not None:  # on another connection, meanwhile
            raise errors.AlreadyIdentified()
        session, token = self._hub.open(identity, self, relations, again=who)
        self._enter(session)
        return entrance.identified(self._hub, session, token)

    async def _resume(self, request: Request, command: Resume) -> None:
        """Go on with a session whose resume token the client has."""
        session, outcome, missed = await entrance.resume(self._hub, command, self)
        if self._connection is None:
            self._hub.lost(session, self)
            return
        self._go_on_with(session, self._translator.acknowledge(request, outcome), missed)

    def _go_on_with(self, session: Session, answer: list[Payload], missed: Iterable[bytes]) -> None:
        """Answer first, then tell what was missed, then what follows; nothing is told in between."""
        self._enter(session)
        self._send(answer)
        for data in missed:
            self._hub.turn.send_one(session.session, self.write, data)
        self._hub.deliver_again(session, self)

    def _enter(self, session: Session) -> None:
        self._session = session
        self.keep_to(self._hub.limits)
        self._stop_timer()
        if self._connection is not None:
            self._connection.max_message_bytes = self._session_frame_bytes

    def _send(self, payloads: list[Payload], position: Position | None = None) -> None:
        """Write behind everything that this turn of the loop has for the connection already."""
        if not payloads or self._connection is None:
            return
        data = self._view.framed(payloads, position)
        if self._session is not None and self._session.write is not None:
            self._hub.turn.send_one(self._session.session, self._session.write, data)
        else:
            self._connection.write(data)

    def _await_ping(self) -> None:
        every_s = self._view.dialect.ping_s
        if every_s and self._attending is not None:
            self._ping_timer = self._hub.clock.call_later(every_s, self._ping)

    def _ping(self) -> None:
        if self._connection is not None and self._attending is not None:
            self._send(self._attending.ping(self._session.identity if self._session is not None else None))
            self._await_ping()

    def _stop_pings(self) -> None:
        if self._ping_timer is not None:
            self._ping_timer.cancel()
            self._ping_timer = None

    def _part(self) -> None:
        """Tell the dialect, where it wants to know, that this was the end of a connection."""
        parted = self._view.dialect.parted
        if parted is not None:
            parted(self._translator)

    def _leave_address(self) -> None:
        """Count one connection less for its address."""
        self._hub.addresses.leave(self.address)

    def _unidentified(self) -> None:
        if self._session is None:
            self.end(UNIDENTIFIED)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def widen(connection: Connection, first_frame_bytes: int) -> None:
    """Let a stranger send frames as large as some wire needs them."""
    if 0 < connection.max_message_bytes < first_frame_bytes:
        connection.max_message_bytes = first_frame_bytes


def _position_of(outcome: Outcome) -> Position | None:
    """Return up to where an outcome has told everything: a snapshot does."""
    return outcome.snapshot.position if isinstance(outcome, Joined) else None
