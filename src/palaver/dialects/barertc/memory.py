"""What one BareRTC connection must remember between two frames."""

from __future__ import annotations

from collections import OrderedDict, deque

import msgspec

from palaver.core import policy
from palaver.core.ids import RoomId, SessionId, UserId
from palaver.core.names import fold
from palaver.core.participants import Participant
from palaver.core.sessions import Snapshot
from palaver.dialects.barertc.wire import Options
from palaver.dialects.base import Request

CALLERS_KEPT = 100
HELD_EARLY = 200
NAMES_HELD_EARLY = 10_000
"""In all that is asked before login: a block list as long as it may be, and as many of one's own."""
UNDELIVERED_KEPT = 100
CAMERA = "camera"


class Caller(msgspec.Struct, frozen=True):
    """Somebody who called without a camera being opened, and what for."""

    session: SessionId
    about: str


class Memory:
    """One connection's state.

    Attributes:
        session, user: one's own; empty and None before login.
        seat: as it was last told; None before login, and after the room was left.
        arrival: what is still to be told of the room one came into.
        held: what was asked before login, to be done with it; `names_held` is how many names that holds.
        undelivered: the numbers of own messages that nobody else was shown.
        vouched_operator: the site said so, and not another operator.
    """

    __slots__ = (
        "_callers",
        "_opened",
        "arrival",
        "held",
        "names_held",
        "options",
        "seat",
        "session",
        "undelivered",
        "user",
        "vouched_operator",
    )

    def __init__(self, options: Options) -> None:
        self.options = options
        self.session = SessionId("")
        self.user: UserId | None = None
        self.seat: Participant | None = None
        self.arrival: Snapshot | None = None
        self.held: list[Request] = []
        self.names_held = 0
        self.undelivered: deque[int] = deque(maxlen=UNDELIVERED_KEPT)
        self.vouched_operator = False
        self._opened: OrderedDict[SessionId, None] = OrderedDict()
        self._callers: OrderedDict[str, Caller] = OrderedDict()

    @property
    def room(self) -> RoomId:
        """Return the one room that this wire knows."""
        return self.options.room

    @property
    def runs_room(self) -> bool:
        """Return whether operator commands are for this person."""
        return self.seat is not None and policy.runs_room(self.seat)

    def opened(self, other: SessionId, handle: str) -> None:
        """Note that a camera was opened between oneself and another: calls between the two are about that."""
        self._callers.pop(fold(handle), None)
        self._opened[other] = None
        if len(self._opened) > CALLERS_KEPT:
            self._opened.popitem(last=False)

    def is_stranger(self, session: SessionId, handle: str) -> bool:
        """Return whether a client of this wire would drop an offer from somebody, since nobody rang before."""
        caller = self._callers.get(fold(handle))
        return session not in self._opened and (caller is None or caller.session != session)

    def called(self, session: SessionId, handle: str, about: str) -> None:
        """Note who called and what about, for the answer."""
        self._callers[fold(handle)] = Caller(session, about)
        if len(self._callers) > CALLERS_KEPT:
            self._callers.popitem(last=False)

    def hung_up(self, session: SessionId, handle: str, about: str) -> None:
        """Forget a call that the other side ended: a page that lost its peer drops the next offer unless it rings again."""
        if about == CAMERA:
            self._opened.pop(session, None)
        if self._callers.get(fold(handle)) == Caller(session, about):
            del self._callers[fold(handle)]

    def caller(self, handle: str) -> Caller | None:
        """Return who called under a name without a camera being opened."""
        return self._callers.get(fold(handle))
