"""Raised hands: who wishes to speak in a room, and since when.

A hand is a person's: it is up in all their windows in a room, or in none.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from palaver.core.base import Command
from palaver.core.ids import RoomId
from palaver.core.participants import Participant, Target, is_person


class RaiseHand(Command, frozen=True):
    """Show a room that one wishes to speak, until the hand is lowered or one leaves. One that is up keeps its place."""

    room: RoomId


class LowerHand(Command, frozen=True):
    """Wish to speak no longer, or lower somebody's hand as one who runs the room.

    Attributes:
        target: whose hand; left out, one's own.
    """

    room: RoomId
    target: Target | None = None


def seats_of(person: Participant, roster: Iterable[Participant]) -> list[Participant]:
    """Return the seats of a person that are seen in a room: a user's in every window, a guest's one."""
    return [seat for seat in roster if is_person(seat, person.session, person.user) and not seat.hidden]


def raised(seats: Iterable[Participant], *, now: float) -> list[Participant]:
    """Return the seats of one person that change as the hand goes up; where it is up in one, since then."""
    held = list(seats)
    since_ms = next((seat.hand_raised_ms for seat in held if seat.hand_raised_ms), int(now * 1000))
    return [with_hand(seat, since_ms) for seat in held if not seat.hand_raised_ms]


def lowered(seats: Iterable[Participant]) -> list[Participant]:
    """Return the seats of one person that change as the hand goes down."""
    return [with_hand(seat, 0) for seat in seats if seat.hand_raised_ms]


def with_hand(seat: Participant, raised_ms: int) -> Participant:
    """Return a seat with the hand up since then; 0 for down."""
    return msgspec.structs.replace(seat, hand_raised_ms=raised_ms)
