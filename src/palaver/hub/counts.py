"""Running totals of one node, for those who watch over it; plain numbers, so that counting costs nothing."""

from __future__ import annotations

from collections import Counter


class Counts:
    """What happened since the process began.

    Attributes:
        opened: sessions.
        posted: messages.
        posted_directly: those of them that went to one person.
        slow: connections that were closed because they read too slowly.
        refusals: commands refused, by code.
    """

    __slots__ = ("_lag_s", "opened", "posted", "posted_directly", "refusals", "slow")

    def __init__(self) -> None:
        self.opened = 0
        self.posted = 0
        self.posted_directly = 0
        self.slow = 0
        self.refusals: Counter[str] = Counter()
        self._lag_s = 0.0

    def note_lag(self, late_s: float) -> None:
        """Remember how late a timer of the event loop came."""
        self._lag_s = max(self._lag_s, late_s)

    def take_lag(self) -> float:
        """Return the worst lag since the last call, seconds."""
        worst, self._lag_s = self._lag_s, 0.0
        return worst
