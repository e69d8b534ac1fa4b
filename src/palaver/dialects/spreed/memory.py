"""What one connection must remember: who and where it is, what it said of itself, and which message had which Mid."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from palaver.core.ids import MessageId, RoomId, SessionId, UserId
from palaver.dialects.spreed.wire import Chat, SeatDetails

K = TypeVar("K")
V = TypeVar("V")

MIDS = 128
SESSIONS_WITH_MIDS = 2048

_encoder = msgspec.json.Encoder()


class Recent(Generic[K, V]):
    """The latest of some pairs; the oldest are forgotten."""

    __slots__ = ("_limit", "_pairs")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pairs: OrderedDict[K, V] | None = None

    def get(self, key: K) -> V | None:
        """Return what was remembered."""
        return self._pairs.get(key) if self._pairs else None

    def put(self, key: K, value: V) -> None:
        """Remember something."""
        if self._pairs is None:
            self._pairs = OrderedDict()
        self._pairs[key] = value
        self._pairs.move_to_end(key)
        if len(self._pairs) > self._limit:
            self._pairs.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget a pair; harmless without one."""
        if self._pairs:
            self._pairs.pop(key, None)


class Mids:
    """Which message of a session had which Mid: those it sent, and those it received, by their author and Mid."""

    __slots__ = ("received", "sent")

    def __init__(self) -> None:
        self.sent: Recent[MessageId, str] = Recent(MIDS)
        self.received: Recent[tuple[SessionId, str], MessageId] = Recent(MIDS)


KeptMids = Recent[SessionId, Mids]
"""The Mids of the sessions that used some last, so that one that comes back still hears what became of its messages."""


class Memory:
    """What one connection must remember.

    Attributes:
        session: the one it has; empty until it has one.
        room: where it sits.
        name: the name by which it asked for that room.
        continued: it came back with a token, so that its client has read what was said before.
        heard_ms: when it was in the default room last, Unix milliseconds.
        status, ua, rev: what it tells of itself, and how often that changed (§3.4).
        mids: of the messages of this session; they outlast the connection.
        uncopied: the Chat that is being done, until its author was told the copy of it.
        abouts: what signals with a session are about.
    """

    __slots__ = (
        "abouts",
        "continued",
        "default_room",
        "heard_ms",
        "mids",
        "name",
        "rev",
        "room",
        "session",
        "status",
        "ua",
        "uncopied",
        "user",
    )

    def __init__(self) -> None:
        self.session = SessionId("")
        self.user: UserId | None = None
        self.room: RoomId | None = None
        self.name = ""
        self.default_room = RoomId("")
        self.continued = False
        self.heard_ms = 0
        self.status: msgspec.Raw | None = None
        self.ua = ""
        self.rev = 0
        self.mids = Mids()
        self.uncopied: Chat | None = None
        self.abouts: Recent[SessionId, str] = Recent(256)

    def go(self, room: RoomId | None, now_ms: int) -> None:
        """Sit in another room, the same anew, or none."""
        if self.room is not None and self.room == self.default_room:
            self.heard_ms = now_ms
        self.room = room

    def details(self, status: msgspec.Raw | None = None) -> msgspec.Raw:
        """Return what the seat keeps for others of this wire, with another Status where one is given."""
        held = status or self.status
        return msgspec.Raw(_encoder.encode(SeatDetails(self.ua, self.rev, msgspec.UNSET if held is None else held)))

    def room_of(self, name: str) -> RoomId:
        """Return the room that a name means; the empty one is the default room."""
        return RoomId(name) if name else self.default_room
