"""How a room is set up: what may be set, and what those who run it ask and are told; what a room is stands in `rooms`."""

from __future__ import annotations

import msgspec

from palaver.core import errors
from palaver.core.audience import Publication, ToRoom
from palaver.core.base import Event, Outcome, Query
from palaver.core.ids import RoomId
from palaver.core.names import fold
from palaver.core.rooms import (
    Channel,
    Room,
    RoomInfo,
    RoomUpdated,
    UpdateRoom,
    checked_channel_name,
    checked_room_name,
    checked_title,
    info_of,
)

WELCOMES_LIMIT = 20
WELCOMES_CHARS = 10_000
NEWCOMERS_SEE_LIMIT = 100
MAX_CAPACITY = 2**31 - 1


class FetchSettings(Query, frozen=True):
    """Ask, as one who runs it, how a room is set up."""

    room: RoomId


class Settings(Outcome, frozen=True):
    """How a room is set up."""

    room: RoomInfo


class SettingsChanged(Event, frozen=True):
    """The same, told once more to those who run the room, for wires that tell nobody else."""

    room: RoomInfo


class TitleChanged(Event, frozen=True):
    """A room is called otherwise, told once more to those who do not run it, for wires that tell the others all of it."""

    room: RoomId
    title: str


def updated_room(room: Room, command: UpdateRoom, *, pin_digest: str | None) -> Room:
    """Return the room with the changes that a command asks for."""
    changes: dict[str, object] = {
        name: value
        for name in ("waiting_room", "locked", "capacity", "transfer")
        if (value := getattr(command, name)) is not msgspec.UNSET
    }
    if isinstance(command.title, str):
        changes["title"] = checked_title(command.title)
    if pin_digest is not None:
        changes["pin_digest"] = pin_digest
    if isinstance(command.capacity, int):
        _check_capacity(command.capacity)
    return msgspec.structs.replace(room, **changes)


def checked_room(room: Room, *, max_channels: int) -> Room:
    """Return a room as the site set it up, or refuse what no room can be."""
    if not room.channels:
        raise errors.Malformed(problem="a room needs at least one channel")
    if max_channels and len(room.channels) > max_channels:
        raise errors.TooLarge(limit=max_channels, unit="channels")
    _check_capacity(room.capacity)
    channels: dict[str, Channel] = {}
    for channel in map(_checked_channel, room.channels):
        if channels.setdefault(fold(channel.id), channel) is not channel:
            raise errors.NameTaken(name=channel.id)
    name = checked_room_name(room.id)
    return msgspec.structs.replace(room, id=name, title=checked_title(room.title), channels=tuple(channels.values()))


def _check_capacity(capacity: int) -> None:
    if not 0 <= capacity <= MAX_CAPACITY:
        raise errors.Malformed(problem=f"capacity must be 0 to {MAX_CAPACITY}")


def _checked_channel(channel: Channel) -> Channel:
    if len(channel.welcomes) > WELCOMES_LIMIT or sum(map(len, channel.welcomes)) > WELCOMES_CHARS:
        raise errors.TooLarge(limit=WELCOMES_LIMIT, unit=f"welcomes of {WELCOMES_CHARS} characters together")
    if not 0 <= channel.newcomers_see <= NEWCOMERS_SEE_LIMIT:
        raise errors.Malformed(problem=f"newcomers_see must be 0 to {NEWCOMERS_SEE_LIMIT}")
    name = checked_channel_name(channel.id)
    return msgspec.structs.replace(channel, id=name, title=checked_title(channel.title))


def told_room(room: Room, was: Room) -> list[Publication]:
    """Tell everybody in a room how it is set up now."""
    info, before = info_of(room), info_of(was)
    told = [Publication(RoomUpdated(info, before), ToRoom(room.id))]
    if info.title != before.title:
        told.insert(0, Publication(TitleChanged(room.id, info.title), ToRoom(room.id, moderators=False)))
    if msgspec.structs.replace(info, channels=()) != msgspec.structs.replace(before, channels=()):
        told.append(Publication(SettingsChanged(info), ToRoom(room.id, moderators=True)))
    return told
