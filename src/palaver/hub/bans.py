"""The bans that hold, found by whom they bar and not by going through them; what a ban is, `core.moderation` says."""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TypeAlias

from palaver.core.ids import PersonKey, RoomId
from palaver.core.moderation import Ban
from palaver.core.names import fold
from palaver.core.participants import Identity, address_key, keys_of

_Mark: TypeAlias = tuple[PersonKey, RoomId | None]
"""The key of a person or an address, and where the ban holds; None is the whole server."""

_FEW = 64


class HeldBans:
    """Every ban of the server and of each room; what has lapsed is forgotten when another is added, or on demand."""

    def __init__(self) -> None:
        self._listed: dict[RoomId | None, dict[str, Ban]] = {}
        self._marked: dict[_Mark, list[Ban]] = {}
        self._ends: list[tuple[int, int, Ban]] = []
        self._numbers = itertools.count()
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[Ban]:
        """Iterate over them, by where they hold."""
        return itertools.chain.from_iterable(map(dict.values, self._listed.values()))

    def of(self, room: RoomId | None) -> list[Ban]:
        """Return those of one room, or of the whole server for None."""
        return list(self._listed.get(room, {}).values())

    def barring(self, identity: Identity, room: RoomId | None, *, now: float) -> Ban | None:
        """Return the ban that keeps somebody out of a room, or of the server for None; of several, the last to end.

        It is one of those of which `palaver.core.moderation.bars` is true.
        """
        if not self._count:
            return None
        keys = keys_of(identity.name, identity.user)
        if identity.user is None and identity.address:
            keys = (*keys, address_key(identity.address))
        places = (None,) if room is None else (None, room)
        found = [bans[-1] for where in places for key in keys if (bans := self._marked.get((key, where)))]
        last = max(found, key=_end, default=None)
        return last if last is not None and last.until_ms > now * 1000 else None

    def add(self, ban: Ban, *, now: float) -> None:
        """Let a ban hold, in place of one of the same name (folded) and room; one that has lapsed never does."""
        self.forget_lapsed(now=now)
        self.lift(ban.name, ban.room)
        if ban.until_ms <= now * 1000:
            return
        self._listed.setdefault(ban.room, {})[fold(ban.name)] = ban
        self._count += 1
        for mark in _marks(ban):
            insort(self._marked.setdefault(mark, []), ban, key=_end)
        self._note_end(ban)

    def lift(self, name: str, room: RoomId | None) -> None:
        """Forget the ban listed under a name for a room or the server, if there is one."""
        listed = self._listed.get(room, {})
        ban = listed.pop(fold(name), None)
        if ban is None:
            return
        if not listed:
            del self._listed[room]
        self._count -= 1
        for mark in _marks(ban):
            marked = self._marked[mark]
            del marked[marked.index(ban, bisect_left(marked, ban.until_ms, key=_end))]
            if not marked:
                del self._marked[mark]

    def forget_lapsed(self, *, now: float) -> None:
        """Forget those that hold no longer."""
        while self._ends and self._ends[0][0] <= now * 1000:
            _, _, ban = heapq.heappop(self._ends)
            if self._holds(ban):
                self.lift(ban.name, ban.room)

    def _note_end(self, ban: Ban) -> None:
        if len(self._ends) > 2 * self._count + _FEW:
            # Most of them were lifted, or replaced, long before their ends.
            self._ends = [entry for entry in self._ends if self._holds(entry[2])]
            heapq.heapify(self._ends)
        heapq.heappush(self._ends, (ban.until_ms, next(self._numbers), ban))

    def _holds(self, ban: Ban) -> bool:
        return self._listed.get(ban.room, {}).get(fold(ban.name)) is ban


def _end(ban: Ban) -> int:
    return ban.until_ms


def _marks(ban: Ban) -> set[_Mark]:
    marks: set[_Mark] = {(key, ban.room) for key in ban.keys}
    if ban.address:
        marks.add((address_key(ban.address), ban.room))
    return marks
