"""Finds people by the names and users that bans and relations go by, so that nobody goes through all who are here."""

from __future__ import annotations

from palaver.core.ids import PersonKey, SessionId


class Bearers:
    """Which sessions bear a key: by who they are, and by the handle of each seat."""

    def __init__(self) -> None:
        # Tuples, since nearly every key is borne by one: they cost an idle session a fifth of what sets would.
        self._held: dict[PersonKey, tuple[SessionId, ...]] = {}

    def __len__(self) -> int:
        """Return how many keys are borne by anybody."""
        return len(self._held)

    def of(self, key: PersonKey) -> tuple[SessionId, ...]:
        """Return the sessions that bear a key, each once, in the order in which they came to it."""
        return tuple(dict.fromkeys(self._held.get(key, ())))

    def add(self, key: PersonKey, session: SessionId) -> None:
        """Note that a session bears a key, once more where it bears it already."""
        self._held[key] = (*self._held.get(key, ()), session)

    def drop(self, key: PersonKey, session: SessionId) -> None:
        """Note that a session bears a key once less; it keeps its place among the others while it bears it still."""
        held = self._held[key]
        at = len(held) - 1 - held[::-1].index(session)
        if len(held) == 1:
            del self._held[key]
        else:
            self._held[key] = held[:at] + held[at + 1 :]
