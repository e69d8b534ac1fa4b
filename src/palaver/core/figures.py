"""How much goes on at the moment, for those who watch over the server."""

from __future__ import annotations

from palaver.core.base import Outcome, Query
from palaver.core.ids import RoomId, SessionId, UserId
from palaver.core.participants import Participant


class ShowFigures(Query, frozen=True):
    """Ask how much goes on; no wire offers it to everybody.

    Attributes:
        details: who is where, too.
    """

    details: bool = False


class Figures(Outcome, frozen=True):
    """What goes on.

    Attributes:
        rooms: live ones, those without anybody too.
        sessions: of every wire.
        users: different ones among them.
        opened: sessions since the server began.
        channel_messages, direct_messages: posted since the server began.
        people: one seat of each session; somebody without one is shown as if there were.
        numbers: of the sessions of this node, which number each was of those opened here.
        seated: who sits where.
        of_users: sessions of each user.
    """

    rooms: int
    sessions: int
    users: int
    opened: int
    channel_messages: int
    direct_messages: int
    people: tuple[Participant, ...] = ()
    numbers: tuple[tuple[int, SessionId], ...] = ()
    seated: tuple[tuple[RoomId, tuple[SessionId, ...]], ...] = ()
    of_users: tuple[tuple[UserId, int], ...] = ()
