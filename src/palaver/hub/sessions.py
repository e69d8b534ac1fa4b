"""Sessions of this node: who is connected here, what each has not lost, and how a lost one is found again."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from palaver.core.base import Event
from palaver.core.chat import Message, MessageEdited, MessagePosted, MessageRetracted
from palaver.core.ids import MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, NOBODY, Relations, blocks, unheard_by
from palaver.core.participants import Identity
from palaver.hub.limits import Allowances, Bucket, Limits
from palaver.hub.ports.clock import Timer
from palaver.hub.ports.sinks import Sink

if TYPE_CHECKING:
    from palaver.hub.routes import Route

Write = Callable[[bytes], None]

_sizer = msgspec.msgpack.Encoder()

DIRECT_KEPT = 256
DIRECT_BYTES = 32 * 1024
"""While somebody is connected, only what may be on its way need be kept."""
DIRECT_BYTES_LOST = 512 * 1024
"""While somebody is lost, what they miss is kept as far as this goes."""
NONCES_KEPT = 256
HEARD_ALWAYS: Mapping[PersonKey, MessageId] = MappingProxyType({})
SIGNALS_BURST_S = 4
"""Signals may come at once for so many seconds' worth of their rate: setting up a call is a burst."""


class Session:
    """One client's stay on this node. It is connected while it has a sink, else lost and waiting to be resumed.

    Attributes:
        resume_digest: of the token that resumes it; empty for one that ends with its connection.
        blocked_at: the seq of the latest event when whom it blocks changed last.
        ignored_since: from which message on it ignores whom it heard before, by their keys.
        declared: how the person stands to others by their own word; `relations` is what holds of it.
        number: how many sessions had been opened here when this one was, it included; 0 for one that lasts one request.
        routes: what was concluded of signals to others; see `routes`.
        lost_at: the seq of the latest event when its connection was lost; None while it has one.
        missed: what was said to the lost session whose place this one takes, until it is asked for.
    """

    __slots__ = (
        "__weakref__",
        "_asks_bucket",
        "_direct",
        "_direct_bytes",
        "_nonces",
        "_opens",
        "_signals_bucket",
        "blocked_at",
        "declared",
        "direct_floor",
        "identity",
        "ignored_since",
        "lost_at",
        "lost_timer",
        "messages_bucket",
        "missed",
        "number",
        "relations",
        "resume_digest",
        "rooms",
        "routes",
        "session",
        "sink",
        "waiting",
        "write",
    )

    def __init__(self, session: SessionId, identity: Identity, resume_digest: bytes, bucket: Bucket) -> None:
        self.session = session
        self.identity = identity
        self.resume_digest = resume_digest
        self.number = 0
        self.messages_bucket = bucket
        self._asks_bucket: Bucket | None = None
        self._signals_bucket: Bucket | None = None
        self.relations: Relations = NO_RELATIONS
        self.declared: Relations = NO_RELATIONS
        self.rooms: tuple[RoomId, ...] = ()
        self.waiting: tuple[RoomId, ...] = ()
        self.sink: Sink | None = None
        self.write: Write | None = None
        self.lost_timer: Timer | None = None
        self.blocked_at = 0
        self.ignored_since: Mapping[PersonKey, MessageId] = HEARD_ALWAYS
        self.lost_at: int | None = None
        self.direct_floor = 0
        self._direct: deque[tuple[int, int, Event]] | None = None
        self._direct_bytes = 0
        self.missed: tuple[Event, ...] = ()
        self._nonces: dict[str, MessageId] | None = None
        self._opens: set[SessionId] | None = None
        self.routes: dict[SessionId, Route] | None = None

    def attach(self, sink: Sink) -> None:
        """Deliver to this sink from now on."""
        if self.lost_timer is not None:
            self.lost_timer.cancel()
            self.lost_timer = None
        self.sink, self.write, self.lost_at = sink, sink.write, None

    def await_delivery(self, sink: Sink) -> None:
        """Belong to this sink, and deliver nothing yet."""
        if self.lost_timer is not None:
            self.lost_timer.cancel()
            self.lost_timer = None
        self.sink, self.write, self.lost_at = sink, None, None

    def detach(self) -> None:
        """Deliver nothing until the session is resumed."""
        self.sink, self.write = None, None

    def remember_direct(self, seq: int, event: Event, size: int) -> None:
        """Keep an event that went to this session alone, for a resume; the oldest are forgotten by count and bytes."""
        if not self.resume_digest:
            return
        if self._direct is None:
            self._direct = deque()
        self._direct.append((seq, size, event))
        self._direct_bytes += size
        limit = DIRECT_BYTES if self.sink is not None else DIRECT_BYTES_LOST
        while len(self._direct) > DIRECT_KEPT or self._direct_bytes > limit:
            self.direct_floor, forgotten, _ = self._direct.popleft()
            self._direct_bytes -= forgotten

    def direct_since(self, seq: int) -> list[tuple[int, Event]] | None:
        """Return what went to this session alone after a position; None when some of it is forgotten."""
        if seq < self.direct_floor:
            return None
        return [(at, event) for at, _, event in self._direct or () if at > seq]

    def unread(self) -> tuple[Event, ...]:
        """Return what others said to this session alone since its connection was lost, for the one that takes its place."""
        since = self.direct_since(self.lost_at) if self.lost_at is not None else None
        return self.missed + tuple(event for _, event in since or () if _says_to(self.session, event))

    def posted_before(self, nonce: str) -> MessageId | None:
        """Return the message that this session posted with a nonce already."""
        return self._nonces.get(nonce) if self._nonces and nonce else None

    def remember_nonce(self, nonce: str, message: MessageId) -> None:
        """Keep which message a nonce led to; the oldest is forgotten."""
        if not nonce:
            return
        if self._nonces is None:
            self._nonces = {}
        elif len(self._nonces) >= NONCES_KEPT:
            del self._nonces[next(iter(self._nonces))]
        self._nonces[nonce] = message

    def forget_nonce(self, nonce: str) -> None:
        """Let a nonce lead to a message anew, since the first post was not recorded."""
        if self._nonces:
            self._nonces.pop(nonce, None)

    def keep_to(self, limits: Limits) -> None:
        """Go on within other limits than those under which the session began."""
        self.messages_bucket.change(limits.messages_per_second, limits.messages_burst)
        if self._asks_bucket is not None:
            self._asks_bucket.change(limits.asks_per_second, limits.asks_burst)
        self._signals_bucket = None
        if self.sink is not None:
            self.sink.keep_to(limits)

    def asks_bucket(self, allowances: Allowances) -> Bucket:
        """Return what limits whatever is asked for besides messages and signals; made when it is first needed."""
        if self._asks_bucket is None:
            self._asks_bucket = allowances.asks(self.identity)
        return self._asks_bucket

    def signals_bucket(self, limits: Limits) -> Bucket:
        """Return what limits the bytes of signals; made when it is first needed."""
        if self._signals_bucket is None:
            rate = limits.signal_bytes_per_second
            self._signals_bucket = Bucket(rate, SIGNALS_BURST_S * rate)
        return self._signals_bucket

    def note_ignored(self, before: Collection[PersonKey], upcoming: MessageId) -> None:
        """Note from which message on those are ignored who were not before; whoever sits nowhere yet heard nobody."""
        after = self.relations.ignores
        since = {key: first for key, first in self.ignored_since.items() if key in after}
        if self.rooms:
            since.update(dict.fromkeys(after.difference(before), upcoming))
        self.ignored_since = since or HEARD_ALWAYS

    def open_to(self, other: SessionId) -> None:
        """Let signals about a camera pass between this session and another."""
        if self._opens is None:
            self._opens = set()
        self._opens.add(other)
        self.routes = None

    def close_to(self, other: SessionId) -> None:
        """End that."""
        if self._opens is not None:
            self._opens.discard(other)
            self.routes = None

    def is_open_to(self, other: SessionId) -> bool:
        """Return whether a camera was opened between the two."""
        return self._opens is not None and other in self._opens

    @property
    def opened(self) -> Iterable[SessionId]:
        """Return everybody with whom a camera was opened."""
        return tuple(self._opens or ())


def _says_to(session: SessionId, event: Event) -> bool:
    """Return whether somebody else's words are told by an event, or taken back."""
    if isinstance(event, MessagePosted | MessageEdited):
        return event.message.author.session != session
    return isinstance(event, MessageRetracted)


class SessionRegistry:
    """Every session of this node, by id, by user, by resume token, and by whom they do not hear."""

    def __init__(self) -> None:
        self._by_id: dict[SessionId, Session] = {}
        self._by_digest: dict[bytes, Session] = {}
        self._by_user: dict[UserId, tuple[Session, ...]] = {}
        self._deaf: dict[PersonKey, set[SessionId]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._by_id.values()))

    def add(self, session: Session) -> None:
        """Make a session known."""
        self._by_id[session.session] = session
        if session.resume_digest:
            self._by_digest[session.resume_digest] = session
        self.note_user(session)

    def note_user(self, session: Session) -> None:
        """Know whose a session is, which was nobody's before."""
        user = session.identity.user
        if user is not None:
            self._by_user[user] = (*self._by_user.get(user, ()), session)

    def remove(self, session: Session) -> None:
        """Forget a session that ended."""
        self.set_relations(session, NO_RELATIONS)
        self._by_id.pop(session.session, None)
        self._by_digest.pop(session.resume_digest, None)
        user = session.identity.user
        if user is not None:
            self._by_user[user] = tuple(other for other in self._by_user.get(user, ()) if other is not session)
            if not self._by_user[user]:
                del self._by_user[user]

    def get(self, session: SessionId) -> Session | None:
        """Return a session of this node."""
        return self._by_id.get(session)

    def of_user(self, user: UserId) -> tuple[Session, ...]:
        """Return the sessions of a user on this node, in the order in which they came."""
        return self._by_user.get(user, ())

    def by_token(self, token: str) -> Session | None:
        """Return the session that a resume token continues."""
        return self._by_digest.get(digest(token))

    def set_relations(self, session: Session, relations: Relations) -> None:
        """Change whom a session does not hear."""
        before = session.relations.ignores | session.relations.blocks
        after = relations.ignores | relations.blocks
        for key in before - after:
            listeners = self._deaf.get(key)
            if listeners is not None:
                listeners.discard(session.session)
                if not listeners:
                    del self._deaf[key]
        for key in after - before:
            self._deaf.setdefault(key, set()).add(session.session)
        session.relations = relations

    @property
    def somebody_is_deaf(self) -> bool:
        """Return whether any session does not hear somebody."""
        return bool(self._deaf)

    def deaf_to(
        self, keys: tuple[PersonKey, ...], *, blocks_only: bool = False, unblockable: Collection[PersonKey] = NOBODY
    ) -> set[SessionId]:
        """Return the sessions that do not hear the person with these keys; mostly the empty set.

        With `blocks_only`, those that ignore the person count as hearing: presence is seen, not heard.
        """
        deaf: set[SessionId] = set()
        if self._deaf:
            for key in keys:
                listeners = self._deaf.get(key)
                if listeners:
                    deaf |= listeners
        if deaf and (blocks_only or unblockable):
            judged = blocks if blocks_only else unheard_by
            return {who for who in deaf if judged(self._by_id[who].relations, keys, unblockable)}
        return deaf


def digest(token: str) -> bytes:
    """Return what the server keeps of a resume token."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def size_of(told: Event | Message) -> int:
    """Return about how many bytes something holds that was rendered for nobody."""
    return len(_sizer.encode(told))
