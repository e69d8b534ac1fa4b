"""Counts to how many people somebody sends one link in direct messages (BareRTC §3.6.9)."""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from palaver.core.ids import PersonKey

RECORDS = 20_000
"""Links by sender; the one that was not used for longest is forgotten first."""


class LinkSpamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is too much.

    Attributes:
        people: how many people may be sent one link; 0 counts nothing.
        forgotten_s: how long a link is remembered after its last use.
        ban_hours: for how long somebody is banned who goes on.
    """

    people: int = 0
    forgotten_s: float = 3_600.0
    ban_hours: float = 24.0


class Deed(enum.Enum):
    """What is to be done about somebody."""

    KICK = enum.auto()
    BAN = enum.auto()


class _Record:
    __slots__ = ("kicked", "last_s", "people")

    def __init__(self) -> None:
        self.people: set[PersonKey] = set()
        self.kicked = False
        self.last_s = 0.0


class LinkSpam:
    """Who sent which link to whom."""

    def __init__(self) -> None:
        self._records: OrderedDict[tuple[PersonKey, str], _Record] = OrderedDict()

    def sent(
        self, sender: PersonKey, links: Iterable[str], to: PersonKey, limits: LinkSpamLimits, *, now: float
    ) -> Deed | None:
        """Count links that somebody sends to a person; return what is to be done about that."""
        if limits.people <= 0:
            return None
        self._forget(now - limits.forgotten_s)
        worst: Deed | None = None
        for link in links:
            record = self._record(sender, link)
            record.last_s = now
            if record.kicked:
                return Deed.BAN
            if len(record.people) <= limits.people:
                record.people.add(to)
            if len(record.people) > limits.people:
                record.kicked = True
                worst = Deed.KICK
        return worst

    def _record(self, sender: PersonKey, link: str) -> _Record:
        held = self._records.get((sender, link))
        if held is None:
            held = self._records[sender, link] = _Record()
            if len(self._records) > RECORDS:
                self._records.popitem(last=False)
        self._records.move_to_end((sender, link))
        return held

    def _forget(self, before: float) -> None:
        while self._records:
            key, record = next(iter(self._records.items()))
            if record.last_s >= before:
                return
            del self._records[key]
