"""How a room is set up, as those who run it ask and are told; what may be set stands in `rooms`."""

from __future__ import annotations

import msgspec

from palaver.core.audience import Publication, ToRoom
from palaver.core.base import Event, Outcome, Query
from palaver.core.ids import RoomId
from palaver.core.rooms import Room, RoomInfo, RoomUpdated, info_of


class FetchSettings(Query, frozen=True):
    """Ask, as one who runs it, how a room is set up."""

    room: RoomId


class Settings(Outcome, frozen=True):
    """How a room is set up."""

    room: RoomInfo


class SettingsChanged(Event, frozen=True):
    """The same, told once more to those who run the room, for wires that tell nobody else."""

    room: RoomInfo


def told_room(room: Room, was: Room) -> list[Publication]:
    """Tell everybody in a room how it is set up now."""
    info, before = info_of(room), info_of(was)
    told = [Publication(RoomUpdated(info, before), ToRoom(room.id))]
    if msgspec.structs.replace(info, channels=()) != msgspec.structs.replace(before, channels=()):
        told.append(Publication(SettingsChanged(info), ToRoom(room.id, moderators_only=True)))
    return told
