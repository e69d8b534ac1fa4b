"""Time, as the hub asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that will be done."""

    def cancel(self) -> None:
        """Do it not; harmless when it was done already."""
        ...


class Clock(Protocol):
    """Time, so that tests can pass it in."""

    def now(self) -> float:
        """Return Unix seconds."""
        ...

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do something once, `delay_s` seconds from now."""
        ...

    def call_soon(self, action: Callable[[], None]) -> None:
        """Do something once, at the end of this turn of the loop."""
        ...
