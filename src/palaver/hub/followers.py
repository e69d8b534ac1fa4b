"""Which sessions are told of each other's end, whether or not they share a room."""

from __future__ import annotations

from palaver.core.ids import SessionId

FOLLOWED = 1000
"""By one session; the first to be followed is the first to be forgotten."""


class Followers:
    """Who follows whom on this node; to follow somebody is to be followed by them."""

    def __init__(self) -> None:
        self._of: dict[SessionId, dict[SessionId, None]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def add(self, one: SessionId, other: SessionId) -> None:
        """Let each of two sessions be told when the other ends."""
        for who, whom in ((one, other), (other, one)):
            followed = self._of.setdefault(who, {})
            followed[whom] = None
            if len(followed) > FOLLOWED:
                del followed[next(iter(followed))]

    def take(self, ended: SessionId) -> tuple[SessionId, ...]:
        """Forget a session that ended; return who is to be told of that."""
        told = tuple(self._of.pop(ended, ()))
        for who in told:
            followed = self._of.get(who, {})
            followed.pop(ended, None)
            if not followed:
                self._of.pop(who, None)
        return told
