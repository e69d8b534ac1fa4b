"""Rooms in which presence waits to be told in one batch, and when it must be told earlier; what waits, each room knows.

Whoever sits in two rooms reads the events of both in the order of their positions, or could not come back to one of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from palaver.core.ids import RoomId
from palaver.hub.fanout import Turn
from palaver.hub.local_rooms import BATCH_S, LocalRoom
from palaver.hub.ports.clock import Clock


class Batches:
    """What waits on one node."""

    def __init__(self, clock: Clock, turn: Turn) -> None:
        self._clock = clock
        self._turn = turn
        self._rooms: dict[RoomId, LocalRoom] = {}

    def noted(self, room: LocalRoom) -> None:
        """Tell what waits in a room, if anything does, when its time has come."""
        if room.has_batch:
            self._rooms[room.id] = room
            if room.batch_timer is None:
                room.batch_timer = self._clock.call_later(BATCH_S, lambda: room.flush_batch(self._turn))

    def forget(self, room: LocalRoom) -> None:
        """Tell nothing more of a room that ended."""
        self._rooms.pop(room.id, None)
        if room.batch_timer is not None:
            room.batch_timer.cancel()

    def __len__(self) -> int:
        return len(self._rooms)

    def tell_before(self, room: LocalRoom) -> None:
        """Tell what waits in other rooms that share people with one in which something is told now."""
        if not self._rooms:
            return
        for other in tuple(self._rooms.values()):
            if not other.has_batch:
                del self._rooms[other.id]
            elif other is not room and other.shares_people_with(room):
                other.flush_batch(self._turn)

    def tell(self, rooms: Iterable[RoomId]) -> None:
        """Tell what waits in these rooms, since one who sits there is told something alone, or is given a snapshot."""
        if not self._rooms:
            return
        for name in rooms:
            room = self._rooms.get(name)
            if room is not None:
                room.flush_batch(self._turn)
