"""Rooms for clients that sit in one at a time: moving to a room, returning to it, and its roster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, one_room, rooms
from palaver.core.base import Outcome
from palaver.core.rooms import LeaveReason
from palaver.core.sessions import Joined
from palaver.hub import entrance, global_room, live_rooms, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.handlers.rooms import check_pin, join_room
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def enter_room(hub: Hub, session: Session, command: one_room.EnterRoom) -> Outcome:
    """Move to a room, or be announced once more where one sits; who is refused sits nowhere."""
    for other in session.waiting:
        live_rooms.stop_waiting(hub, session.session, other)
    for other in session.rooms:
        if other != command.room:
            live_rooms.give_up(hub, session, other, LeaveReason.LEFT)
    name = rooms.checked_room_name(command.room)
    if name in session.rooms:
        return await _return(hub, session, msgspec.structs.replace(command, room=name))
    return await join_room(hub, session, command)


async def _return(hub: Hub, session: Session, command: one_room.EnterRoom) -> Outcome:
    local = seats.room_of(hub, command.room)
    try:
        entrance.refuse_barred(hub, session.identity, local.id)
        if not session.identity.operator and local.host != session.session:
            check_pin(hub, session, local.room, command)
    except errors.Refusal:
        live_rooms.give_up(hub, session, local.id, LeaveReason.LEFT)
        raise
    seat = seats.seat_of(hub, session, local.id)
    seat = msgspec.structs.replace(seat, details=command.details, in_call=command.in_call)
    hub.presence.update_seat(local.id, seat)
    hub.tell(one_room.returned(local.id, seat, seats.hidden_from(session)))
    found = await entrance.snapshot(hub, session, local.id)
    people = global_room.with_its_people(hub, session, local.id, found.participants)
    return Joined(msgspec.structs.replace(found, participants=people))


async def list_participants(hub: Hub, session: Session, command: one_room.ListParticipants) -> Outcome:
    """Return who sits in a room, as far as the asker may see."""
    seat = seats.seat_of(hub, session, command.room)
    found = seats.visible_roster(hub, session, seat, command.room)
    people = global_room.with_its_people(hub, session, command.room, found)
    return one_room.Roster(command.room, people, hub.position)


HANDLERS: Handlers = {
    one_room.EnterRoom: enter_room,
    one_room.ListParticipants: list_participants,
}
