"""Counts who is in rooms as they come and go, for everybody to read: to ask how many there are costs nothing by the head.

Who hides is not counted. Somebody in several rooms is counted in each, and once in all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from palaver.core.base import Value
from palaver.core.ids import RoomId
from palaver.core.participants import Participant


class Crowd(Value, frozen=True):
    """Who is in a room, or in any.

    Attributes:
        people: those who do not hide.
        plain, explicit: their cameras that are on, by whether their owners mark them explicit.
        names: of a room, theirs in order.
        rooms: in all, those with somebody in them.
    """

    people: int = 0
    plain: int = 0
    explicit: int = 0
    names: tuple[str, ...] = ()
    rooms: int = 0


NOBODY = Crowd()

_HIDES = (0, 0, 0)


class Crowds:
    """The crowd of every room, and of all of them."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, _Count] = {}
        self._all = [0, 0, 0]

    def change(
        self, room: RoomId, before: Participant | None, after: Participant | None, elsewhere: Iterable[Participant]
    ) -> None:
        """Count another state of a seat, None being a free one; `elsewhere` are the seats of its session in other rooms."""
        was, now = _counted(before), _counted(after)
        old_name, new_name = _name(before), _name(after)
        if was == now and old_name == new_name:
            return
        count = self._rooms.get(room)
        if count is None:
            count = self._rooms[room] = _Count()
        count.change(was, now, old_name, new_name)
        if not count.names:
            del self._rooms[room]
        others = [_counted(seat) for seat in elsewhere]
        _shift(self._all, _once([was, *others]), _once([now, *others]))

    def of_room(self, room: RoomId) -> Crowd:
        """Return who is in a room; one that is not there is empty."""
        count = self._rooms.get(room)
        if count is None:
            return NOBODY
        people, plain, explicit = count.counts
        return Crowd(people, plain, explicit, names=tuple(count.names))

    def of_all(self) -> Crowd:
        """Return how many there are in all; nobody is named."""
        people, plain, explicit = self._all
        return Crowd(people, plain, explicit, rooms=len(self._rooms))


class _Count:
    __slots__ = ("counts", "names")

    def __init__(self) -> None:
        self.counts = [0, 0, 0]
        self.names: list[str] = []

    def change(self, was: tuple[int, ...], now: tuple[int, ...], old_name: str | None, new_name: str | None) -> None:
        _shift(self.counts, was, now)
        if old_name != new_name:
            if old_name is not None:
                del self.names[bisect_left(self.names, old_name)]
            if new_name is not None:
                insort(self.names, new_name)


def _counted(seat: Participant | None) -> tuple[int, int, int]:
    """Return what a seat adds to people, plain and explicit cameras."""
    if seat is None or seat.hidden:
        return _HIDES
    if not seat.media.camera:
        return 1, 0, 0
    return (1, 0, 1) if seat.media.rules.explicit else (1, 1, 0)


def _name(seat: Participant | None) -> str | None:
    return None if seat is None or seat.hidden else seat.handle


def _once(seats: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Return what the seats of one session add in all: one person, with one camera, explicit where it is in any room."""
    if len(seats) == 1:
        return seats[0]
    people, plain, explicit = (max(each) for each in zip(*seats, strict=True))
    return people, 0 if explicit else plain, explicit


def _shift(counts: list[int], was: tuple[int, ...], now: tuple[int, ...]) -> None:
    for at in range(3):
        counts[at] += now[at] - was[at]
