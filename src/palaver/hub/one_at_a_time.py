"""Lets one handler at a time read, change and record a thing; whoever finds it free does not wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from types import TracebackType


class OneAtATime:
    """The things that are being changed, and who waits for each, first come first served."""

    def __init__(self) -> None:
        self._held: dict[Hashable, deque[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def holding(self, key: Hashable) -> _Hold:
        """Return a context that is entered when nobody else is in one of the same key."""
        return _Hold(self._held, key)


class _Hold:
    __slots__ = ("_held", "_key")

    def __init__(self, held: dict[Hashable, deque[asyncio.Future[None]]], key: Hashable) -> None:
        self._held, self._key = held, key

    async def __aenter__(self) -> None:
        waiting = self._held.get(self._key)
        if waiting is None:
            self._held[self._key] = deque()
            return
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        waiting = self._held[self._key]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._held[self._key]
