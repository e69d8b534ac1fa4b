"""The lists that a site keeps of whom each of its users does not want to meet; they end with the process (BareRTC §1.7).

They are the site's word, not the user's: nobody can take a name off, and the next list replaces the one before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from palaver.core import errors
from palaver.core.ids import SITE_REALM, PersonKey, UserId, user_id
from palaver.core.moderation import MAX_NAME_CHARS, MAX_RELATIONS
from palaver.core.participants import name_key

NAMES_KEPT = 1_000_000
"""Over all users; the list that was not renewed for longest goes first."""


class Blocklists:
    """The lists of one site's users."""

    def __init__(self, *, names_kept: int = NAMES_KEPT) -> None:
        self._names_kept = names_kept
        self._lists: OrderedDict[UserId, tuple[str, ...]] = OrderedDict()
        self._count = 0

    def put(self, subject: str, names: Iterable[str]) -> None:
        """Keep a user's list in place of the one before. Raises TooLarge."""
        listed = tuple(dict.fromkeys(name for name in names if name))
        if len(listed) > MAX_RELATIONS:
            raise errors.TooLarge(limit=MAX_RELATIONS, unit="names")
        if any(len(name) > MAX_NAME_CHARS for name in (subject, *listed)):
            raise errors.TooLarge(limit=MAX_NAME_CHARS, unit="characters of name")
        user = user_id(SITE_REALM, subject)
        self._count -= len(self._lists.pop(user, ()))
        if listed:
            self._lists[user] = listed
            self._count += len(listed)
        while self._count > self._names_kept:
            _, forgotten = self._lists.popitem(last=False)
            self._count -= len(forgotten)

    def names(self, user: UserId | None) -> tuple[str, ...]:
        """Return whom a user does not want to meet, by their names at the site."""
        return self._lists.get(user, ()) if user is not None else ()

    def keys(self, user: UserId | None) -> frozenset[PersonKey]:
        """Return the same as keys of people."""
        return frozenset(map(name_key, self.names(user)))
