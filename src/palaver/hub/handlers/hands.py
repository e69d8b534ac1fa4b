"""Raised hands: up and down, in all windows of a person in a room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from palaver.core import errors, hands, policy
from palaver.core.base import DONE, Outcome
from palaver.core.ids import RoomId, UserId
from palaver.core.participants import Participant
from palaver.hub import seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def raise_hand(hub: Hub, session: Session, command: hands.RaiseHand) -> Outcome:
    """Raise one's hand in a room."""
    seat = seats.seat_of(hub, session, command.room)
    if not policy.may_raise_hand(seat):
        raise errors.NotAllowed(action="raise a hand unseen")
    _change(hub, command.room, hands.raised(_all_of(hub, command.room, seat), now=hub.clock.now()))
    return DONE


def lower_hand(hub: Hub, session: Session, command: hands.LowerHand) -> Outcome:
    """Lower one's own hand, or somebody else's."""
    seat = target = seats.seat_of(hub, session, command.room)
    if command.target is not None:
        seat, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_lower_hand(seat, target):
        raise errors.NotAllowed(action=f"lower the hand of {target.handle}")
    _change(hub, command.room, hands.lowered(_all_of(hub, command.room, target)))
    return DONE


def raise_together(hub: Hub, room: RoomId, user: UserId | None) -> None:
    """Let the hand be up in all windows of a user that are seen in a room, where it is up in one."""
    roster = hub.presence.roster(room)
    found = (roster.get(who) for who in seats.sessions_of_user(hub, user))
    windows = [seat for seat in found if seat is not None and not seat.hidden]
    if any(seat.hand_raised_ms for seat in windows):
        _change(hub, room, hands.raised(windows, now=hub.clock.now()))


def _all_of(hub: Hub, room: RoomId, seat: Participant) -> list[Participant]:
    return hands.seats_of(seat, hub.presence.roster(room).values())


def _change(hub: Hub, room: RoomId, changed: Iterable[Participant]) -> None:
    for seat in changed:
        seats.change_seat(hub, room, seat)


HANDLERS: Handlers = {hands.RaiseHand: raise_hand, hands.LowerHand: lower_hand}
