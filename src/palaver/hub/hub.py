"""The live sessions of one node, and the three verbs from outside: open a session, handle a command, deliver an event.

What a command does stands in `handlers`; who may do it in the core; how it is said in the dialects.
"""

from __future__ import annotations

import asyncio
import hmac
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import structlog

from palaver.core import errors
from palaver.core.audience import Publication, ToRoom
from palaver.core.base import Command, Event, Outcome
from palaver.core.calls import SendSignal
from palaver.core.chat import Message, MessageEdited
from palaver.core.devices import PostToDevice
from palaver.core.disconnects import LEFT, REPLACED, Disconnect
from palaver.core.ids import MessageId, MessageIds, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations
from palaver.core.participants import Identity, ParticipantUpdated
from palaver.core.presentation import gone
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Position
from palaver.hub import eager, global_room, live_rooms, reach, readership, seats, sight, standing, vouching
from palaver.hub.admission import Admission
from palaver.hub.bans import HeldBans
from palaver.hub.batches import Batches
from palaver.hub.blocklists import Blocklists
from palaver.hub.counts import Counts
from palaver.hub.fanout import Turn
from palaver.hub.followers import Followers
from palaver.hub.guard import Guard
from palaver.hub.handlers import FOR_OUTSIDERS, HANDLERS, OTHERWISE_LIMITED
from palaver.hub.limits import AddressCount, Allowances, Buckets, Limits
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.notes import NOTES
from palaver.hub.one_at_a_time import OneAtATime
from palaver.hub.ports.clock import Clock
from palaver.hub.ports.integrations import IceSource, Pictures, TokenVerifier
from palaver.hub.ports.nodes import Broker, Presence
from palaver.hub.ports.operations import Operations
from palaver.hub.ports.sinks import Sink
from palaver.hub.ports.stores import MessageStore, ModerationStore, RoomStore
from palaver.hub.room_list import RoomList
from palaver.hub.rosters import Rosters
from palaver.hub.sessions import Session, SessionRegistry, digest, size_of
from palaver.hub.spoken import Spoken


@dataclass
class Ports:
    """Everything that the hub needs from others."""

    clock: Clock
    messages: MessageStore
    rooms: RoomStore
    moderation: ModerationStore
    broker: Broker
    presence: Presence
    tokens: TokenVerifier | None
    ice: IceSource
    new_secret: Callable[[], str]
    pin_digest: Callable[[str], str]
    pictures: Pictures | None = None


log = structlog.get_logger()

SIZED = {SendSignal, PostToDevice}
"""Commands whose bytes count; see `Hub.rest_s`."""


_OF_SEATS = (ParticipantJoined, ParticipantLeft, ParticipantUpdated)


async def _settled(work: Awaitable[object]) -> None:
    try:
        await work
    except errors.Refusal as refusal:
        log.warning("background_work_refused", code=refusal.code)
    except Exception:
        log.exception("background_work_failed")


class Hub:
    """The sessions and rooms of one node."""

    def __init__(self, ports: Ports, *, limits: Limits, admission: Admission, epoch: str, node: int = 0) -> None:
        self.clock = ports.clock
        self.messages = ports.messages
        self.room_store = ports.rooms
        self.moderation = ports.moderation
        self.broker = ports.broker
        self.presence = ports.presence
        self.tokens = ports.tokens
        self.ice = ports.ice
        self.new_secret = ports.new_secret
        self.pin_digest = ports.pin_digest
        self.pictures = ports.pictures
        self.limits = limits
        self.admission = admission
        self.epoch = epoch
        self.message_ids = MessageIds(node)
        self.sessions = SessionRegistry()
        self.rooms: dict[RoomId, LocalRoom] = {}
        self.hosted: Counter[SessionId] = Counter()
        self.room_list = RoomList()
        self.room_digests: dict[str, RoomId] = {}
        self.bans = HeldBans()
        self.kicked: dict[str, float] = {}
        self.blocklists = Blocklists()
        self.write_down: Callable[[Message], None] | None = None
        self.changing = OneAtATime()
        self.spoken = Spoken()
        self.untold: dict[MessageId, Awaitable[None]] = {}
        self.followers = Followers()
        self.addresses = AddressCount(limits.connections_per_address)
        self.token_notes = vouching.notes()
        self.pin_tries = Buckets(0.2, 5)
        self.room_tries = Buckets(0.5, 30)
        self.reporting = Buckets(0.1, 30)
        self._count_anew(limits)
        self.turn = Turn(ports.clock.call_soon)
        self.batches = Batches(ports.clock, self.turn)
        self.rosters = Rosters(self, ports.clock.call_soon)
        self.allowances = Allowances(limits)
        self._only: WeakValueDictionary[tuple[str, UserId], Session] = WeakValueDictionary()
        self._seq = 0
        self.shields_changed_at = 0
        self._background: set[asyncio.Future[Any]] = set()
        self.delivered = 0
        self.counts = Counts()
        self.operations: Operations | None = None
        self.guard = Guard()
        self.broker.listen(self.deliver)

    # -- the three verbs ------------------------------------------------------------------------------------------

    def open(
        self,
        identity: Identity,
        sink: Sink,
        relations: Relations = NO_RELATIONS,
        *,
        resumable: bool = True,
        one_of: str = "",
        again: SessionId | None = None,
    ) -> tuple[Session, str]:
        """Open a session for somebody who was identified; return it and the token that resumes it.

        One that is not resumable has no token, and keeps nothing for its return. Of the sessions that are `one_of` a kind,
        a user has one at a time: the older one ends. One that begins `again` has the id of a former session, which no
        session has now.
        """
        token = self.new_secret() if resumable else ""
        resume_digest = digest(token) if resumable else b""
        bucket = self.allowances.messages(identity)
        session = Session(again or SessionId(uuid.uuid4().hex), identity, resume_digest, bucket)
        if identity.user is not None and identity.device is not None:
            self._displace_device(identity)
        if one_of and identity.user is not None:
            before = self._only.get((one_of, identity.user))
            if before is not None:
                session.missed = before.unread()
                self.end(before, REPLACED, LeaveReason.REPLACED)
            self._only[one_of, identity.user] = session
        session.attach(sink)
        self.sessions.add(session)
        self.counts.opened += 1
        session.number = self.counts.opened
        if identity.operator:
            with sight.changing_rights(self, session, relations):
                standing.change(self, session, relations)
        else:
            standing.change(self, session, relations)
        return session, token

    def keep_to(self, limits: Limits) -> None:
        """Go on within other limits; sessions that are open keep to them, too."""
        self.limits = limits
        self.addresses.limit = limits.connections_per_address
        self._count_anew(limits)
        self.allowances.change(limits)
        for session in self.sessions:
            session.keep_to(limits)

    def _count_anew(self, limits: Limits) -> None:
        """Begin to count what addresses and people do in a time."""
        self.logins = Buckets(limits.logins_per_minute / 60, limits.logins_per_minute)
        self.uploads = Buckets(limits.uploads_per_minute / 60, limits.uploads_per_minute)
        self.visits = Buckets(limits.frames_per_second, limits.frames_burst)
        self.requests = Buckets(limits.requests_per_second, limits.requests_burst)

    def visit(self, identity: Identity, relations: Relations = NO_RELATIONS) -> Session:
        """Return a session for one request: nobody else knows it, nothing is delivered to it, and it need not be ended."""
        session = Session(SessionId(uuid.uuid4().hex), identity, b"", self.allowances.messages(identity))
        session.relations = session.declared = relations
        return session

    def handle(self, session: Session, command: Command) -> Outcome | Coroutine[Any, Any, Outcome]:
        """Do what a session asks for, or raise a Refusal. What may have to wait for a store is returned as a coroutine."""
        handler = HANDLERS.get(type(command))
        if handler is None:
            raise errors.UnknownWord(word=type(command).__name__)
        if session.identity.outside and type(command) not in FOR_OUTSIDERS:
            raise errors.GuestsNotAdmitted()
        if type(command) not in OTHERWISE_LIMITED:
            wait = session.asks_bucket(self.allowances).take(self.clock.now())
            if wait:
                raise errors.Limited(wait_ms=int(wait * 1000) + 1)
        return handler(self, session, command)

    def rest_s(self, session: Session, command: Command) -> float:
        """Return for how long to read nothing more of a session, so that what it sends to one other stays bearable."""
        if type(command) is SendSignal:
            size = command.signal.size
        elif isinstance(command, PostToDevice):
            size = len(command.payload)
        else:
            return 0.0
        return session.signals_bucket(self.limits).draw(self.clock.now(), size)

    def deliver(self, publication: Publication) -> None:
        """Hand an event to everybody of its audience who is connected to this node; never waits."""
        audience, event = publication.audience, publication.event
        self._seq += 1
        position = Position(self.epoch, self._seq)
        if type(audience) is ToRoom:
            self._deliver_to_room(audience, publication, position)
        else:
            for session in reach.addressed(self, audience):
                self._deliver_to_session(session, event, position)

    def in_background(self, work: Awaitable[object]) -> None:
        """See to work whose result nobody waits for; a failure is logged."""
        begun = eager.start(_settled(work))
        if isinstance(begun, asyncio.Task):
            self._background.add(begun)
            begun.add_done_callback(self._background.discard)

    # -- telling --------------------------------------------------------------------------------------------------

    def tell(self, publication: Publication) -> None:
        """Deliver an event here and publish it to the other nodes."""
        self.deliver(publication)
        self.broker.publish(publication)

    @property
    def position(self) -> Position:
        """Return the position of the latest event of this node."""
        return Position(self.epoch, self._seq)

    def _deliver_to_room(self, audience: ToRoom, publication: Publication, position: Position) -> None:
        room = self.rooms.get(audience.room)
        if room is None:
            return
        self.batches.tell_before(room)
        event = publication.event
        excluded = reach.excluded(self, room, audience)
        if type(event) is MessageEdited:
            for version, readers in readership.versions(self, room, event, excluded):
                room.deliver(version, position, room.seated.keys() - readers, self.turn, audience.channel)
                excluded = readers.union(excluded or ())
        size = room.deliver(event, position, excluded, self.turn, audience.channel)
        room.remember(position.seq, size or size_of(event), publication)
        if audience.room == self.admission.global_room:
            global_room.spread(self, publication, position)
        self.delivered += room.connected
        known = audience.vips is not False  # the others are told what the VIPs were, with less in it
        if known and isinstance(event, _OF_SEATS):
            self.rosters.changed(room, event)
            if isinstance(event, ParticipantUpdated):
                self._tell_own_seat(room, event, position)
        self.batches.noted(room)

    def _tell_own_seat(self, room: LocalRoom, event: ParticipantUpdated, position: Position) -> None:
        """Tell a reader of whole rosters of the own seat, since no roster says what the wire must know of it."""
        session = self.sessions.get(event.participant.session)
        if session is None or session.session not in room.reads_whole or session.sink is None or session.write is None:
            return
        data = session.sink.introduce(event, position)
        if data:
            self.turn.send_one(session.session, session.write, data)

    def _deliver_to_session(self, session: Session, event: Event, position: Position) -> None:
        self.batches.tell(session.rooms)
        sink, write = session.sink, session.write
        data = sink.introduce(event, position) if sink is not None else b""
        session.remember_direct(position.seq, event, len(data) or size_of(event))
        if data and write is not None:
            self.turn.send_one(session.session, write, data)
            self.delivered += 1
        kind = type(event)
        if kind in NOTES:
            NOTES[kind](self, session, event)

    # -- the life of a session ------------------------------------------------------------------------------------

    def identify(self, session: Session, identity: Identity, relations: Relations) -> None:
        """Let a session be somebody's who was not known when it was opened."""
        session.identity = identity
        self.sessions.note_user(session)
        session.messages_bucket = self.allowances.messages(identity)
        standing.change(self, session, relations)

    def lost(self, session: Session, sink: Sink, *, at_most_s: float | None = None) -> None:
        """Keep a session whose connection was lost for the resume window, or less, during which nobody is told."""
        if session.sink is not sink:
            return
        self._detach(session)
        kept = self.admission.resume_s > 0 and session.resume_digest
        if not kept or self.sessions.get(session.session) is None:
            self.end(session, LEFT, LeaveReason.LOST)
            return
        session.lost_at = self._seq
        window_s = self.admission.resume_s if at_most_s is None else min(at_most_s, self.admission.resume_s)
        reason = LeaveReason.LOST if at_most_s is None else LeaveReason.LEFT
        session.lost_timer = self.clock.call_later(window_s, lambda: self.end(session, LEFT, reason))

    def end(self, session: Session, disconnect: Disconnect, reason: LeaveReason) -> None:
        """End a session at once: free its seats, tell the others, flush and close its connection. Harmless twice."""
        if self.sessions.get(session.session) is not session:
            return
        if session.lost_timer is not None:
            session.lost_timer.cancel()
        handle = seats.author_in(self, session).handle
        standing.expose(self, session)
        for room in session.rooms:
            live_rooms.give_up(self, session, room, reason, gone=True)
        for room in session.waiting:
            live_rooms.stop_waiting(self, session.session, room)
        for other in session.opened:
            viewer = self.sessions.get(other)
            if viewer is not None:
                viewer.close_to(session.session)
        followers = self.followers.take(session.session)
        if followers:
            self.tell(gone(session.session, handle, followers))
        self.sessions.remove(session)
        self.presence.withdraw(session.session)
        sink = session.sink
        session.detach()
        if sink is not None:
            self.turn.flush()
            sink.end(disconnect)

    def take_over(self, session: Session, sink: Sink) -> None:
        """Give a session to a new connection; the old one, if it still stands, is closed as replaced.

        Nothing is delivered before `deliver_again`; what is told meanwhile is remembered.
        """
        old = session.sink
        self._detach(session)
        if old is not None:
            self.turn.flush()
            old.end(REPLACED)
        session.await_delivery(sink)

    def deliver_again(self, session: Session, sink: Sink) -> None:
        """Deliver to the connection that took a session over, from now on."""
        session.attach(sink)
        for room in session.rooms:
            local = self.rooms.get(room)
            if local is not None:
                local.attach(session.session, sink.view, sink.write)

    def _detach(self, session: Session) -> None:
        for room in session.rooms:
            local = self.rooms.get(room)
            if local is not None:
                local.flush_batch(self.turn)
                local.detach(session.session)
        session.detach()

    def _displace_device(self, identity: Identity) -> None:
        """End the session that the same user has on the same device: a new one replaces it."""
        if identity.user is None or identity.device is None:
            return
        before = self.presence.on_device(identity.user, identity.device)
        session = self.sessions.get(before) if before is not None else None
        if session is not None:
            self.end(session, REPLACED, LeaveReason.REPLACED)

    def same_pin(self, held: str, pin: str) -> bool:
        """Return whether a PIN has the digest that is held, in constant time."""
        return hmac.compare_digest(held, self.pin_digest(pin))
