"""For clients that sit in one room at a time: they move instead of joining and leaving, and are announced when they return.

What a room is, and who may take a seat, stands in `rooms`.
"""

from __future__ import annotations

import msgspec

from palaver.core.audience import Publication, ToRoom
from palaver.core.base import Event, Outcome, Query
from palaver.core.ids import PersonKey, RoomId
from palaver.core.participants import NO_DETAILS, Author, Details, Media, Participant, keys_of
from palaver.core.rooms import JoinRoom, UpdateRoom
from palaver.core.sessions import Position


class EnterRoom(JoinRoom, frozen=True):
    """Take the one seat that one wants to have.

    Every other seat is given up first, and stays so where this room refuses. Whoever sits here already is judged again,
    keeps the seat, and is announced once more; who is refused loses it.

    Attributes:
        pin_given: a PIN is meant to be asked for, so that a room without one refuses.
        camera: what is sent from this seat is not told, so that its camera counts as on wherever the site allows it.
        in_call: take part in the room's call from the start.
        details: as in `Present`.
    """

    pin_given: bool = False
    camera: bool = False
    in_call: bool = False
    details: Details = NO_DETAILS


class ListParticipants(Query, frozen=True):
    """Ask who sits in a room that one sits in."""

    room: RoomId


class Roster(Outcome, frozen=True):
    """Who sits in a room, as far as the asker may see; later events change it."""

    room: RoomId
    participants: tuple[Participant, ...]
    position: Position


class ParticipantReturned(Event, frozen=True):
    """Somebody who has a seat took it again, on another connection or as another kind of client."""

    room: RoomId
    participant: Participant


class RoomSetUp(Event, frozen=True):
    """Somebody set a room up, for wires that tell a room's PIN to those inside; `RoomUpdated` says what holds now.

    Attributes:
        pin: the new PIN, empty where it was taken away; absent where it was left alone.
    """

    room: RoomId
    by: Author
    pin: str | None = None


def seat_of_entering(seat: Participant, command: JoinRoom, *, may_show: bool) -> Participant:
    """Return a new seat with what its taker says of it, if that is said."""
    if not isinstance(command, EnterRoom):
        return seat
    return msgspec.structs.replace(
        seat,
        details=command.details,
        in_call=command.in_call,
        media=Media(camera=True) if command.camera and may_show else seat.media,
    )


def sets_pin_alone(command: UpdateRoom) -> bool:
    """Return whether a command changes nothing but the PIN, and maybe not even that."""
    return command == UpdateRoom(command.room, pin=command.pin)


def returned(room: RoomId, participant: Participant, hidden_from: frozenset[PersonKey]) -> Publication:
    """Announce somebody once more."""
    keys = keys_of(participant.handle, participant.user)
    audience = ToRoom(room, about=keys, seen=True, hidden_from=hidden_from, besides=participant.session)
    return Publication(ParticipantReturned(room, participant), audience)


def set_up(room: RoomId, by: Author, pin: str | None) -> Publication:
    """Tell the others in a room what somebody set."""
    return Publication(RoomSetUp(room, by, pin), ToRoom(room, besides=by.session))
