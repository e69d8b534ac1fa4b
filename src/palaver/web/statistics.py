"""How many people, rooms and cameras there are, for everybody; who is hidden is not counted (BareRTC §1.4)."""

from __future__ import annotations

import msgspec

from palaver.web.operations import Auth, Call, Operation


class Cameras(msgspec.Struct, frozen=True):
    """Cameras that are on, by whether their owners mark them explicit."""

    plain: int
    explicit: int


class Statistics(msgspec.Struct, frozen=True):
    """What goes on at the moment.

    Attributes:
        people: sessions that sit in a room.
        names: handles of those in the default room, each once.
        rooms: rooms with somebody in them.
    """

    people: int
    names: tuple[str, ...]
    rooms: int
    cameras: Cameras


async def show_statistics(call: Call[None, None]) -> Statistics:
    """Count what goes on at the moment; rooms that are unlisted or need a PIN are counted, not named."""
    presence = call.hub.presence
    found, named = presence.crowd_of_all(), presence.crowd(call.hub.admission.default_room)
    return Statistics(found.people, named.names, found.rooms, Cameras(found.plain, found.explicit))


OPERATIONS = (
    Operation(
        "GET",
        "/v1/statistics",
        "Count people, rooms and cameras",
        show_statistics,
        auth=Auth.OPEN,
        returns=Statistics,
        foreign_pages=True,
    ),
)
