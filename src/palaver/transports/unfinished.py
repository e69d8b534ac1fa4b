"""Knows how much all connections together hold of messages that are not whole yet, and who gives up when it is too much."""

from __future__ import annotations

from typing import Final, Protocol

MUCH_BYTES: Final = 1 << 16
"""What one connection may hold uncounted, which is what a stranger's limit lets it."""


class Holder(Protocol):
    """A connection that holds part of a message."""

    def give_up(self) -> None:
        """Drop the message that is under way, and the connection with it."""


class Unfinished:
    """How many bytes each connection holds that no message was made of, where that is much."""

    def __init__(self) -> None:
        self._held: dict[Holder, int] = {}

    def __contains__(self, holder: Holder) -> bool:
        return holder in self._held

    def __len__(self) -> int:
        return len(self._held)

    def note(self, holder: Holder, held: int, limit: int) -> None:
        """Keep in mind what somebody holds now; over the limit (0: none) whoever holds most gives up."""
        if held > MUCH_BYTES:
            self._held[holder] = held
        else:
            self.forget(holder)
        while limit and sum(self._held.values()) > limit:
            largest = max(self._held, key=self._held.__getitem__)
            self.forget(largest)
            largest.give_up()

    def forget(self, holder: Holder) -> None:
        """Count somebody no more; harmless where they did not count."""
        self._held.pop(holder, None)
