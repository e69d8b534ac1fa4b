"""The rooms that are live on this node: how they begin, change hands and settings, and end; and how people leave them.

The rules are in `palaver.core.rooms` and `palaver.core.channels`; here they meet presence, stores and delivery.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from palaver.core import channels, errors, room_settings, rooms, waiting
from palaver.core.audience import Publication, ToSessions
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import Participant, Role
from palaver.core.room_names import room_digest
from palaver.core.rooms import EMPTY_ROOM_LIFE_S, UNJOINED_ROOM_LIFE_S, LeaveReason, Life, ParticipantLeft, Room
from palaver.hub import seats, standing
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


# -- rooms -------------------------------------------------------------------------------------------------------------


def add(hub: Hub, room: Room, host: SessionId | None = None) -> LocalRoom:
    """Make a room live. One that is not permanent ends when nobody joins it in time."""
    if hub.limits.rooms_per_server and len(hub.rooms) >= hub.limits.rooms_per_server:
        raise errors.Limited(wait_ms=60_000)
    local = hub.rooms[room.id] = LocalRoom(room)
    hub.room_digests[room_digest(room.id)] = room.id
    set_host(hub, local, host)
    _await_somebody(hub, local, UNJOINED_ROOM_LIFE_S if room.life is Life.HOSTED else EMPTY_ROOM_LIFE_S)
    return local


async def change(hub: Hub, local: LocalRoom, changed: Callable[[Room], Room]) -> None:
    """Let `changed` settings hold, once they are recorded where the room outlives the process, and tell them.

    Nobody else changes them meanwhile, but a channel may end: then `changed` is asked anew. Raises what it raises,
    NoSuchRoom for a room that has ended, and Unavailable where it cannot be recorded.
    """
    async with hub.changing.holding(local.id):
        while hub.rooms.get(local.id) is local:
            before = local.room
            room = changed(before)
            if room.life is Life.PERMANENT:
                await hub.room_store.save(room)
            if local.room is before:
                set_up(hub, local, room)
                return
    raise errors.NoSuchRoom(room=local.id)


def set_up(hub: Hub, local: LocalRoom, room: Room) -> None:
    """Let settings of a room hold and tell them to everybody in it."""
    before = local.room
    local.set_up(room)
    for publication in room_settings.told_room(room, before):
        hub.tell(publication)
    for publication in channels.opened(before, room, hub.presence.roster(room.id)):
        hub.tell(publication)


def set_host(hub: Hub, local: LocalRoom, host: SessionId | None) -> None:
    """Let a room be somebody's, or nobody's; how many each session has is counted along."""
    if local.host is not None:
        hub.hosted[local.host] -= 1
        if not hub.hosted[local.host]:
            del hub.hosted[local.host]
    local.host = host
    if host is not None:
        hub.hosted[host] += 1


def is_hosted_by(hub: Hub, local: LocalRoom, session: SessionId) -> bool:
    """Return whether somebody hosts a room: its maker does, and after one who never came the next to join."""
    if local.host == session:
        return True
    orphaned = local.room.life is Life.HOSTED and local.host is not None and hub.presence.card(local.host) is None
    return orphaned and not any(seat.role is Role.HOST for seat in hub.presence.roster(local.id).values())


def close(hub: Hub, local: LocalRoom) -> None:
    """End a room for all: its seats are freed, then everybody who sat there is told once."""
    seated = tuple(hub.presence.roster(local.id))
    for who in seated:
        hub.presence.leave_seat(local.id, who)
        local.unseat(who)
    told = seated + tuple(local.waiting)
    local.waiting.clear()
    if told:
        hub.tell(Publication(rooms.RoomClosed(local.id), ToSessions(told)))
    _forget(hub, local)


def close_if_empty(hub: Hub, local: LocalRoom) -> None:
    """End a room in which nobody sits."""
    if not hub.presence.roster(local.id) and hub.rooms.get(local.id) is local:
        close(hub, local)


def _await_somebody(hub: Hub, local: LocalRoom, within_s: float) -> None:
    """End an empty room after a while, unless it is permanent."""
    if local.room.life is Life.PERMANENT:
        return
    if local.empty_timer is not None:
        local.empty_timer.cancel()
    local.empty_timer = hub.clock.call_later(within_s, lambda: close_if_empty(hub, local))


def _forget(hub: Hub, local: LocalRoom) -> None:
    """Forget a room, what was said in it, and who was banned from it: another of its name is another room."""
    hub.rooms.pop(local.id, None)
    set_host(hub, local, None)
    hub.rosters.forget(local.id)
    hub.batches.forget(local)
    hub.room_digests.pop(room_digest(local.id), None)
    for ban in hub.bans.of(local.id):
        hub.bans.lift(ban.name, local.id)
        hub.in_background(hub.moderation.lift_ban(ban.name, local.id))
    if local.empty_timer is not None:
        local.empty_timer.cancel()
    hub.in_background(hub.messages.drop_room(local.id))


# -- leaving them ------------------------------------------------------------------------------------------------------


def give_up(hub: Hub, session: Session, room: RoomId, reason: LeaveReason, *, gone: bool = False) -> None:
    """Free a session's seat, as `free_seat` does."""
    session.rooms = tuple(other for other in session.rooms if other != room)
    told = free_seat(hub, session.session, room, reason, gone=gone)
    local = hub.rooms.get(room)
    if told is None and local is not None and not hub.presence.roster(room):
        _await_somebody(hub, local, EMPTY_ROOM_LIFE_S)  # another node freed the seat, and told the others
    if not gone:
        standing.follow_handles(hub, session)


def free_seat(
    hub: Hub, session: SessionId, room: RoomId, reason: LeaveReason, *, gone: bool = False
) -> ParticipantLeft | None:
    """Free the seat of somebody of any node, whose session may be `gone`, too; return what the others were told.

    None for somebody who had none. A hosted room passes on or closes with its host.
    """
    blocks = seats.relations_of(hub, session).blocks
    participant = hub.presence.leave_seat(room, session)
    local = hub.rooms.get(room)
    if local is not None:
        local.unseat(session)
    if participant is None:
        return None
    told = rooms.left(room, participant, reason, blocks, gone=gone)
    if not participant.hidden:
        hub.tell(told)
    if local is not None:
        _after_leaving(hub, local, participant)
    assert isinstance(told.event, ParticipantLeft)
    return told.event


def vacate(hub: Hub, session: Session, room: RoomId) -> None:
    """Let a session know that a room it sat in, or waited for, is gone."""
    session.rooms = tuple(other for other in session.rooms if other != room)
    session.waiting = tuple(other for other in session.waiting if other != room)
    local = hub.rooms.get(room)
    if local is not None:
        local.unseat(session.session)
    standing.follow_handles(hub, session)


def stop_waiting(hub: Hub, session: SessionId, room: RoomId, *, admitted: bool = False) -> None:
    """Take somebody out of a waiting room, and tell those who run the room and the one who waited."""
    here = hub.sessions.get(session)
    if here is not None:
        here.waiting = tuple(other for other in here.waiting if other != room)
    local = hub.rooms.get(room)
    if local is not None and local.waiting.pop(session, None) is not None:
        for publication in waiting.waiting_ended(room, session, admitted=admitted):
            hub.tell(publication)


def ask_anew(hub: Hub, session: Session, *, name: str | None = None) -> None:
    """Let those who run the rooms that somebody waits for know who that is by now; `name`: instead of the one asked with."""
    for room in session.waiting:
        local = hub.rooms.get(room)
        if local is None or session.session not in local.waiting:
            continue
        join, was = local.waiting[session.session]
        if name is not None:
            join = msgspec.structs.replace(join, display_name=name)
        role = rooms.role_on_joining(local.room, session.identity, hosted_by_asker=False)
        seat = rooms.take_seat(join, session.identity, was.session, role=role, now=0.0, taken=lambda _: False)
        waiter = msgspec.structs.replace(seat, joined_ms=was.joined_ms)
        local.waiting[session.session] = (join, waiter)
        if waiter != was:
            hub.tell(waiting.waiting_updated(room, waiter))


def _after_leaving(hub: Hub, local: LocalRoom, participant: Participant) -> None:
    """Pass a hosted room on, or close it, when its host has left; let an empty room end after a while."""
    _leave_channels(hub, local, participant.session)
    if participant.role is Role.HOST and local.room.life is Life.HOSTED:
        _lose_host(hub, local)
    elif not hub.presence.roster(local.id):
        _await_somebody(hub, local, EMPTY_ROOM_LIFE_S)


def _lose_host(hub: Hub, local: LocalRoom) -> None:
    heir = rooms.next_host(local.room, hub.presence.roster(local.id).values())
    if heir is None:
        close(hub, local)
        return
    set_host(hub, local, heir.session)
    seats.change_seat(hub, local.id, msgspec.structs.replace(heir, role=Role.HOST))


def _leave_channels(hub: Hub, local: LocalRoom, session: SessionId) -> None:
    """Take somebody out of the channels that have members; one without any ends, and its name stays taken."""
    before = local.room
    room, ended = channels.without_member(before, session)
    if room is before:
        return
    local.set_up(room)
    local.ended_channels.update(ended)
    if room.life is Life.PERMANENT:
        hub.in_background(hub.room_store.save(room))
    for publication in room_settings.told_room(room, before):
        hub.tell(publication)
