"""Who gives way to whom in a name: guests to users, and to guests who run the site, since no block meets their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from palaver.core import rooms
from palaver.core.ids import PersonKey, RoomId, SessionId
from palaver.core.moderation import is_unblockable
from palaver.core.names import fold
from palaver.core.participants import Identity, Participant
from palaver.hub import seats, sight, standing

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def taken_for(hub: Hub, session: SessionId, identity: Identity, taken: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return the test for handles (folded) that somebody cannot have: those that are taken in the room, and for guests more.

    A guest whom no block meets, and another guest, bear one name in no two rooms.
    """
    if identity.user is not None:
        return taken
    return lambda name: taken(name) or _is_apart(hub, session, identity, name)


def _is_apart(hub: Hub, session: SessionId, identity: Identity, name: str) -> bool:
    if is_unblockable(identity, blockable_operators=hub.admission.blockable_operators):
        return any(other.session != session for other, _ in seats.guests_named(hub, name))
    return PersonKey(f"name:{name}") in hub.presence.unblockable()


async def displace_guest(hub: Hub, room: RoomId, handle: str) -> None:
    """Give a guest who bears a verified user's name in a room the next free one."""
    guest = hub.presence.named(room, handle)
    if guest is not None and guest.user is None:
        await _reseat(hub, room, guest)


async def displace_namesakes(hub: Hub, session: SessionId) -> None:
    """Give other guests the next free name, in whichever room, who bear one of a guest whom no block is to meet."""
    for room in tuple(hub.presence.rooms_of(session)):
        mine = hub.presence.roster(room).get(session)
        for seat, where in tuple(seats.guests_named(hub, fold(mine.handle))) if mine is not None else ():
            if seat.session != session and hub.presence.roster(where).get(seat.session) is seat:
                await _reseat(hub, where, seat)


async def _reseat(hub: Hub, room: RoomId, guest: Participant) -> None:
    card = hub.presence.card(guest.session)
    if card is None:
        return
    with sight.changing(hub, [guest.session]):
        renamed = await _renamed(hub, room, guest, guest.handle, card.identity)
        seats.change_seat(hub, room, renamed, told=guest)
        here = hub.sessions.get(guest.session)
        if here is not None:
            standing.follow_handles(hub, here)


async def rename(hub: Hub, room: RoomId, seat: Participant, wanted: str, identity: Identity) -> Participant:
    """Record a seat under a handle, or the next one that is free; it may have it already. Nobody is told."""
    return await _renamed(hub, room, seat, wanted, identity, own=fold(seat.handle))


async def _renamed(
    hub: Hub, room: RoomId, seat: Participant, wanted: str, identity: Identity, *, own: str = ""
) -> Participant:
    """Record a seat under a handle, or the next one that is free or its `own`."""

    def renamed(taken: Callable[[str], bool]) -> Participant:
        by_others = taken_for(hub, seat.session, identity, taken)
        return rooms.reseated(seat, wanted, lambda name: name != own and by_others(name))

    return await hub.presence.take_seat(room, renamed)
