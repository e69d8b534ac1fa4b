"""The latest lines of each channel and of each pair of people, for reports; in this process alone, and soon forgotten."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import UTC, datetime

LINES = 30
LINE_CHARS = 300
PLACES = 1_000
"""How many channels and pairs; the one that was silent for longest is forgotten first."""


class Context:
    """What was said of late, line by line."""

    def __init__(self) -> None:
        self._places: OrderedDict[Hashable, deque[str]] = OrderedDict()

    def note(self, place: Hashable, name: str, text: str, *, sent_ms: int) -> None:
        """Remember a message."""
        lines = self._places.get(place)
        if lines is None:
            lines = self._places[place] = deque(maxlen=LINES)
            if len(self._places) > PLACES:
                self._places.popitem(last=False)
        self._places.move_to_end(place)
        when = datetime.fromtimestamp(sent_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"{when} [{name}] {' '.join(text[:LINE_CHARS].split())}")

    def lines(self, place: Hashable) -> str:
        """Return what is remembered of a place, oldest first."""
        return "\n".join(self._places.get(place, ()))

    def forget(self) -> None:
        """Forget everything, where nobody is told any more."""
        self._places.clear()
