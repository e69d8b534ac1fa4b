"""The lists that a site keeps of whom each of its users does not want to meet (BareRTC §1.7).

They are the site's word, not the user's: nobody can take a name off, and the next list replaces the one before. They hold
on every wire from the next time that the user comes in, are never mixed with what the user says, and outlive the process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from palaver.core import errors
from palaver.core.ids import SITE_REALM, PersonKey, UserId, user_id
from palaver.core.moderation import MAX_NAME_CHARS, MAX_RELATIONS, Relations, changed, keys_meant
from palaver.core.participants import name_key

NAMES_KEPT = 1_000_000
"""Over all users; the list that was not renewed for longest goes first."""


class Blocklists:
    """The lists of one site's users."""

    def __init__(self, *, names_kept: int = NAMES_KEPT) -> None:
        self._names_kept = names_kept
        self._lists: OrderedDict[UserId, tuple[str, ...]] = OrderedDict()
        self._count = 0

    def put(self, subject: str, names: Iterable[str]) -> tuple[UserId, tuple[str, ...]]:
        """Keep a user's list in place of the one before; return what is to be stored. Raises TooLarge."""
        listed = tuple(dict.fromkeys(name for name in names if name))
        if len(listed) > MAX_RELATIONS:
            raise errors.TooLarge(limit=MAX_RELATIONS, unit="names")
        if any(len(name) > MAX_NAME_CHARS for name in (subject, *listed)):
            raise errors.TooLarge(limit=MAX_NAME_CHARS, unit="characters of name")
        user = user_id(SITE_REALM, subject)
        self._keep(user, listed)
        return user, listed

    def load(self, lists: Mapping[UserId, tuple[str, ...]]) -> None:
        """Take over what was stored, the list that was not renewed for longest first."""
        for user, listed in lists.items():
            self._keep(user, listed)

    def _keep(self, user: UserId, listed: tuple[str, ...]) -> None:
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

    def added(self, user: UserId | None, own: Relations) -> Relations:
        """Return how a user stands to others, the site's word included."""
        keys = self.keys(user)
        return changed(own, ignores=own.ignores | keys, blocks=own.blocks | keys) if keys else own

    def own(self, user: UserId, stored: Relations, held: Relations, now: Relations) -> Relations:
        """Return what is a user's own after a change from how the user stood to others to how that is now.

        What is `held` may come from a list of the site that was replaced since the user came in, and clients hand the
        site's list on as if it were the user's: neither becomes so.
        """
        listed = {key for name in self.names(user) for key in keys_meant(name)}
        ignores = stored.ignores | (now.ignores - held.ignores - listed)
        blocks = stored.blocks | (now.blocks - held.blocks - listed)
        return Relations(
            ignores=ignores - (held.ignores - now.ignores),
            blocks=blocks - (held.blocks - now.blocks),
            turned_away=now.turned_away,
        )
