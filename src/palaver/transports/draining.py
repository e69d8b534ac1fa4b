"""Knows how a server that stops sends its clients away: at what pace, and when each of them shall come back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from palaver.core.disconnects import RESTARTING, with_wait

Member = TypeVar("Member")

BACK_AFTER_S = 1.0
"""The next process needs about so long to begin."""
RETURNS_PER_SECOND = 200
"""A seventh of what one core admits to a crowded room (docs/benchmarks.md): who is there wants to talk meanwhile."""
LONGEST_SPAN_S = 60.0
_PACES_PER_SECOND = 20


class Closing(Protocol):
    """What can be closed."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; see `Connection.close`."""


def tell_in_close_frame(connection: Closing, wait_ms: int) -> None:
    """Close a WebSocket, whose close frame says when to come back."""
    connection.close(RESTARTING.code, with_wait(RESTARTING.reason, wait_ms))


class Drain:
    """Closes connections at a pace, and gives each a wait before its return, drawn at random.

    The waits begin when the last connection is closed and another process may have begun, and are spread over as long as
    it takes that process to admit `clients` at a rate that it can bear.
    """

    def __init__(
        self,
        clients: int = 0,
        *,
        per_second: float = 0,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`clients` are all who are sent away, on whatever wire, `per_second` (0: at once); `chance` gives 0 ≤ x < 1."""
        self._per_second = per_second
        self._first_s = BACK_AFTER_S + (clients / per_second if per_second else 0)
        self._span_s = min(max(1.0, clients / RETURNS_PER_SECOND), LONGEST_SPAN_S)
        self._chance = chance
        self._sleep = sleep

    def wait_ms(self) -> int:
        """Draw after how many milliseconds one client shall come back."""
        return round(1000 * (self._first_s + self._span_s * self._chance()))

    async def close(self, connections: Iterable[Member], say_goodbye: Callable[[Member, int], None]) -> None:
        """Let `say_goodbye` close every connection, told its wait in ms; return when all have been asked to close."""
        due = 0
        for connection in connections:
            say_goodbye(connection, self.wait_ms())
            due += 1
            if self._per_second and due >= self._per_second / _PACES_PER_SECOND:
                await self._sleep(due / self._per_second)
                due = 0
