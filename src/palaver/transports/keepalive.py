"""Knows when each of many connections is due for a visit, with one timer for all; what a visit does is left to the owner."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Generic, TypeVar

from palaver.hub.ports.clock import Clock, Timer

Member = TypeVar("Member")

_SLICES = 16


class Rounds(Generic[Member]):
    """Calls `visit` for every member once in `period_s` seconds (0: never), a sixteenth of them at a time.

    The timer runs only while there are members. Must be used from one event loop.
    """

    def __init__(
        self,
        visit: Callable[[Member], None],
        period_s: float,
        call_later: Callable[[float, Callable[[], None]], Timer] | None = None,
    ) -> None:
        """`call_later` is that of a clock; without one, the running loop's."""
        self.period_s = period_s
        self._call_later = call_later
        self._visit = visit
        self._slices: tuple[set[Member], ...] = tuple(set() for _ in range(_SLICES))
        self._turn = cycle(self._slices)
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return sum(map(len, self._slices))

    def __iter__(self) -> Iterator[Member]:
        """Iterate over a copy, so that members may come and go meanwhile."""
        return iter([member for part in self._slices for member in part])

    def add(self, member: Member) -> None:
        """Visit this member from now on, for the first time within one period."""
        min(self._slices, key=len).add(member)
        if self._timer is None and self.period_s:
            self._arm()

    def discard(self, member: Member) -> None:
        """Visit it no more; an unknown member is ignored."""
        for part in self._slices:
            part.discard(member)
        if self._timer is not None and not any(self._slices):
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        call_later = self._call_later or asyncio.get_running_loop().call_later
        self._timer = call_later(self.period_s / _SLICES, self._tick)

    def _tick(self) -> None:
        self._arm()
        for member in list(next(self._turn)):
            self._visit(member)


class Beats(Generic[Member]):
    """Calls `visit` for every member `period_s` seconds after it came and after each visit (0: never), with one timer.

    Where a wire fixes when a sign of life is due; `Rounds` spreads its visits instead. Must be used from one event loop.
    """

    def __init__(self, visit: Callable[[Member], None], period_s: float, clock: Clock | None = None) -> None:
        """Without a clock, the time is the running loop's."""
        self.period_s = period_s
        self._clock = clock
        self._visit = visit
        self._members: set[Member] = set()
        self._due: deque[tuple[float, Member]] = deque()
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        """Iterate over a copy, so that members may come and go meanwhile."""
        return iter(tuple(self._members))

    def add(self, member: Member) -> None:
        """Visit this member from now on."""
        self._members.add(member)
        if self.period_s:
            self._due.append((self._now() + self.period_s, member))
            if self._timer is None:
                self._arm()

    def discard(self, member: Member) -> None:
        """Visit it no more; an unknown member is ignored. It is let go of when its next visit would have been due."""
        self._members.discard(member)
        if not self._members:
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _arm(self) -> None:
        call_later = (self._clock or asyncio.get_running_loop()).call_later
        self._timer = call_later(self._due[0][0] - self._now(), self._tick)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock.now()

    def _tick(self) -> None:
        self._timer = None
        now = self._now() + _CLOSE_ENOUGH_S
        while self._due and self._due[0][0] <= now:
            due, member = self._due.popleft()
            if member in self._members:
                self._due.append((due + self.period_s, member))
                self._visit(member)
        if self._due:
            self._arm()


_CLOSE_ENOUGH_S = 0.002
