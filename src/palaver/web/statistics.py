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
    hub = call.hub
    seats = [(room, seat) for room in hub.rooms for seat in hub.presence.roster(room).values() if not seat.hidden]
    cameras = {seat.session: seat.media.rules.explicit for _, seat in seats if seat.media.camera}
    explicit = sum(cameras.values())
    return Statistics(
        people=len({seat.session for _, seat in seats}),
        names=tuple(sorted({seat.handle for room, seat in seats if room == hub.admission.default_room})),
        rooms=len({room for room, _ in seats}),
        cameras=Cameras(plain=len(cameras) - explicit, explicit=explicit),
    )


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
