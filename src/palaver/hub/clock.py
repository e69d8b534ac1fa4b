"""The clock of the running loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class LoopClock:
    """Time and timers of the event loop that runs now."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def call_later(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something once, after a delay."""
        return asyncio.get_running_loop().call_later(delay_s, action)

    def call_soon(self, action: Callable[[], None]) -> None:
        """Do something once, in the next turn of the loop."""
        asyncio.get_running_loop().call_soon(action)
