"""Rooms as the site sees and sets them up; the rules of rooms are the core's, what the site may do is `hub.site`'s."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import UNSET, UnsetType

from palaver.core.ids import ChannelId, RoomId
from palaver.core.names import NameProblem, room_name
from palaver.core.participants import Participant
from palaver.core.room_settings import NEWCOMERS_SEE_LIMIT, WELCOMES_LIMIT
from palaver.core.rooms import MAIN_CHANNEL, Channel, History, Life, Room
from palaver.hub import seats, site
from palaver.hub.hub import Hub
from palaver.web.operations import Call, Operation
from palaver.web.problems import root_of

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Shown = Annotated[int, msgspec.Meta(ge=0, le=NEWCOMERS_SEE_LIMIT)]
_Name = Annotated[str, msgspec.Meta(extra_json_schema={"minLength": 1})]
"""The core judges names; of what it refuses a schema can say this much."""


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel of a room.

    Attributes:
        history: what is kept of it: nothing, the latest 100 messages until a restart, or all.
        newcomers_see: how many of those a newcomer is shown.
        welcomes: texts shown to each newcomer.
    """

    id: _Name
    title: str = ""
    icon: str = ""
    vip_only: bool = False
    pictures: bool = True
    history: History = History.MEMORY
    newcomers_see: _Shown = 50
    welcomes: Annotated[tuple[str, ...], msgspec.Meta(extra_json_schema={"maxItems": WELCOMES_LIMIT})] = ()


class NewRoom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room to be made. It stays until it is deleted.

    Attributes:
        pin: asked of whoever enters; empty for none.
        guests: people without a token may enter.
        listed: shown to people who ask which rooms there are.
        capacity: seats; 0 for no limit.
        channels: the first is the main one.
    """

    room: _Name
    title: str = ""
    pin: str = ""
    waiting_room: bool = False
    locked: bool = False
    guests: bool = True
    listed: bool = True
    capacity: _Count = 0
    channels: Annotated[tuple[ChannelSettings, ...], msgspec.Meta(extra_json_schema={"minItems": 1})] = (
        ChannelSettings(MAIN_CHANNEL),
    )


class RoomChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed of a room; what is absent stays. `channels` replaces all but those that have members."""

    title: str | UnsetType = UNSET
    pin: str | UnsetType = UNSET
    waiting_room: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    guests: bool | UnsetType = UNSET
    listed: bool | UnsetType = UNSET
    capacity: _Count | UnsetType = UNSET
    channels: tuple[ChannelSettings, ...] | UnsetType = UNSET


class RoomDetails(msgspec.Struct, frozen=True):
    """A room as it is set up.

    Attributes:
        life: `permanent` rooms stay; the others end when they are empty or without their host.
        pin: whether one is asked.
        participants: how many sit in it now.
    """

    room: str
    title: str
    life: Life
    pin: bool
    waiting_room: bool
    locked: bool
    guests: bool
    listed: bool
    capacity: int
    channels: tuple[ChannelSettings, ...]
    participants: int


class RoomList(msgspec.Struct, frozen=True):
    """Every room there is, by name."""

    rooms: tuple[RoomDetails, ...]


class Participants(msgspec.Struct, frozen=True):
    """Who sits in a room, in the order in which they came."""

    participants: tuple[Participant, ...]


async def list_rooms(call: Call[None, None]) -> RoomList:
    """Return every room of this node, unlisted ones too."""
    return RoomList(tuple(_details(call.hub, local.room) for _, local in sorted(call.hub.rooms.items())))


async def create_room(call: Call[NewRoom, None]) -> RoomDetails:
    """Make a room that stays."""
    asked, hub = call.body, call.hub
    room = await site.create_room(
        hub,
        Room(
            RoomId(asked.room),
            title=asked.title,
            channels=_channels(asked.channels),
            pin_digest=_pin_digest(hub, asked.pin),
            waiting_room=asked.waiting_room,
            locked=asked.locked,
            guests=asked.guests,
            listed=asked.listed,
            capacity=asked.capacity,
        ),
    )
    call.headers["Location"] = f"{root_of(call.request.scope)}/v1/rooms/{quote(room.id, safe='')}"
    return _details(hub, room)


async def show_room(call: Call[None, None]) -> RoomDetails:
    """Return one room."""
    return _details(call.hub, seats.room_of(call.hub, room_in(call.path)).room)


async def change_room(call: Call[RoomChanges, None]) -> RoomDetails:
    """Change how a room is set up; everybody in it is told."""
    asked, hub = call.body, call.hub
    changes: dict[str, object] = {
        name: value
        for name in ("title", "waiting_room", "locked", "guests", "listed", "capacity")
        if (value := getattr(asked, name)) is not UNSET
    }
    if asked.pin is not UNSET:
        changes["pin_digest"] = _pin_digest(hub, asked.pin)

    def change(room: Room) -> Room:
        if isinstance(asked.channels, tuple):
            private = tuple(channel for channel in room.channels if channel.members is not None)
            changes["channels"] = _channels(asked.channels) + private
        return msgspec.structs.replace(room, **changes)

    return _details(hub, await site.change_room(hub, room_in(call.path), change))


async def delete_room(call: Call[None, None]) -> None:
    """End a room for all, and forget what was said in it."""
    await site.close_room(call.hub, room_in(call.path))


async def list_participants(call: Call[None, None]) -> Participants:
    """Return who sits in a room."""
    room = seats.room_of(call.hub, room_in(call.path)).id
    return Participants(tuple(call.hub.presence.roster(room).values()))


def room_in(path: object) -> RoomId:
    """Return the room that an address names."""
    assert isinstance(path, dict)
    return room_named(path["room"])


def room_named(name: str) -> RoomId:
    """Return the room that a name means, however its letters are composed; one that no room can have is no room's."""
    try:
        return RoomId(room_name(name))
    except NameProblem:
        return RoomId(name)


def _pin_digest(hub: Hub, pin: str) -> str:
    return hub.pin_digest(pin) if pin else ""


def _channels(asked: tuple[ChannelSettings, ...]) -> tuple[Channel, ...]:
    return tuple(
        Channel(
            ChannelId(channel.id),
            title=channel.title,
            icon=channel.icon,
            vip_only=channel.vip_only,
            pictures=channel.pictures,
            history=channel.history,
            newcomers_see=channel.newcomers_see,
            welcomes=channel.welcomes,
        )
        for channel in asked
    )


def _settings_of(channel: Channel) -> ChannelSettings:
    return ChannelSettings(**{name: getattr(channel, name) for name in ChannelSettings.__struct_fields__})


def _details(hub: Hub, room: Room) -> RoomDetails:
    return RoomDetails(
        room=room.id,
        title=room.title,
        life=room.life,
        pin=bool(room.pin_digest),
        waiting_room=room.waiting_room,
        locked=room.locked,
        guests=room.guests,
        listed=room.listed,
        capacity=room.capacity,
        channels=tuple(_settings_of(channel) for channel in room.channels if channel.members is None),
        participants=len(hub.presence.roster(room.id)),
    )


OPERATIONS = (
    Operation("GET", "/v1/rooms", "List every room", list_rooms, returns=RoomList),
    Operation(
        "POST", "/v1/rooms", "Make a room that stays", create_room, takes=NewRoom, returns=RoomDetails, status=201
    ),
    Operation("GET", "/v1/rooms/{room}", "Show a room", show_room, returns=RoomDetails),
    Operation(
        "PATCH", "/v1/rooms/{room}", "Change how a room is set up", change_room, takes=RoomChanges, returns=RoomDetails
    ),
    Operation("DELETE", "/v1/rooms/{room}", "End a room for all", delete_room, status=204),
    Operation("GET", "/v1/rooms/{room}/participants", "List who is in a room", list_participants, returns=Participants),
)
