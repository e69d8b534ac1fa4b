"""Rooms: list, create, join, leave, set up, close; the waiting room; who runs a room."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from palaver.core import channels, errors, media, policy, room_names, room_settings, rooms, waiting
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.ids import RoomId
from palaver.core.one_room import EnterRoom, seat_of_entering, set_up, sets_pin_alone
from palaver.core.participants import BySession, Role, author_of
from palaver.core.rooms import LeaveReason, Room
from palaver.core.rosters import ShowRoster
from palaver.core.sessions import Admitted, Joined, Snapshot
from palaver.hub import entrance, global_room, live_rooms, namesakes, seats, standing
from palaver.hub.handlers.handler import Handlers
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def list_rooms(hub: Hub, session: Session, command: rooms.ListRooms) -> Outcome:
    """List the rooms that are listed, by name; where there are too many, those with the most people."""
    return hub.room_list.told(hub)


async def create_room(hub: Hub, session: Session, command: rooms.CreateRoom) -> Outcome:
    """Make a room whose maker hosts it."""
    if not policy.may_make_rooms(session.identity.user, everybody=hub.admission.everybody_creates):
        raise errors.NotAllowed(action="make rooms")
    limit = hub.limits.rooms_per_session
    if limit and hub.hosted[session.session] >= limit:
        raise errors.TooLarge(limit=limit, unit="rooms")
    if not command.room:
        command = msgspec.structs.replace(command, room=_unused_name(hub, digits=command.digits))
    room = rooms.create_room(command, pin_digest=hub.pin_digest(command.pin) if command.pin else "")
    if room.id in hub.rooms:
        raise errors.RoomExists(room=room.id)
    live_rooms.add(hub, room, host=session.session)
    return rooms.Created(room.id)


def _unused_name(hub: Hub, *, digits: bool) -> RoomId:
    """Return a name that no room has. There are far more of them than rooms."""
    while True:
        name = room_names.made_name(hub.new_secret(), digits=digits)
        if name not in hub.rooms:
            return name


async def join_room(hub: Hub, session: Session, command: rooms.JoinRoom) -> Outcome:
    """Take a seat, or a place in the waiting room."""
    name = rooms.checked_room_name(command.room)
    is_new = name not in hub.rooms
    local = _room_to_join(hub, session, name, command)
    try:
        return await _join(hub, session, local, command)
    except errors.Refusal:
        if is_new:
            live_rooms.close_if_empty(hub, local)
        raise


async def _join(hub: Hub, session: Session, local: LocalRoom, command: rooms.JoinRoom) -> Outcome:
    _admit(hub, session, local, command)
    role = rooms.role_on_joining(
        local.room, session.identity, hosted_by_asker=live_rooms.is_hosted_by(hub, local, session.session)
    )
    if local.room.waiting_room and role.rank < Role.MODERATOR.rank:
        return _wait(hub, session, local, command, role)
    live_rooms.stop_waiting(hub, session.session, local.id, admitted=True)
    await _seat(hub, session, local, command, role)
    return Joined(await _enter(hub, session, local))


async def _enter(hub: Hub, session: Session, local: LocalRoom) -> Snapshot:
    """Return the room to a newcomer and deliver what follows; nothing can be told in between."""
    found = await entrance.snapshot(hub, session, local.id)
    if session.sink is not None and session.write is not None and local.id in session.rooms:
        local.attach(session.session, session.sink.view, session.write)
    people = global_room.with_its_people(hub, session, local.id, found.participants)
    return found if people is found.participants else msgspec.structs.replace(found, participants=people)


def _room_to_join(hub: Hub, session: Session, name: RoomId, command: rooms.JoinRoom) -> LocalRoom:
    if name in session.rooms:
        raise errors.AlreadyJoined(room=name)
    limit = hub.limits.rooms_per_session
    if limit and len({name, *session.rooms, *session.waiting}) > limit:
        raise errors.TooLarge(limit=limit, unit="rooms")
    if name not in hub.rooms and command.create:
        if not policy.may_make_rooms(session.identity.user, everybody=hub.admission.everybody_creates):
            raise errors.NotAllowed(action="make rooms")
        digest = hub.pin_digest(command.pin) if command.pin else ""
        return live_rooms.add(hub, Room(name, pin_digest=digest, shared=isinstance(command, EnterRoom)))
    return _found(hub, session, name)


def _found(hub: Hub, session: Session, name: RoomId) -> LocalRoom:
    """Return a room that is live. An address that asked for too many which are not must wait."""
    address = session.identity.address
    wait = hub.room_tries.take(address, hub.clock.now()) if address else 0.0
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    local = seats.room_of(hub, name)
    if address:
        hub.room_tries.give_back(address)
    return local


async def find_room(hub: Hub, session: Session, command: room_names.FindRoom) -> Outcome:
    """Say that there is a room, and where somebody is about to enter, whether they may."""
    name = command.room or hub.room_digests.get(command.digest.lower(), RoomId(""))
    local = _found(hub, session, name)
    if command.entering:
        _admit(hub, session, local, rooms.JoinRoom(local.id, pin=command.pin))
    return room_names.FoundRoom(local.id)


async def fetch_settings(hub: Hub, session: Session, command: room_settings.FetchSettings) -> Outcome:
    """Return how a room is set up, to those who run it."""
    return room_settings.Settings(
        rooms.info_of(_run_by(hub, session, command.room, "see how this room is set up").room)
    )


def _admit(hub: Hub, session: Session, local: LocalRoom, command: rooms.JoinRoom) -> None:
    """Refuse whoever may not enter; the host, and those who run the site, pass its lock, PIN and capacity."""
    identity, room = session.identity, local.room
    _refuse_barred(hub, session, room.id, command.handle)
    if identity.user is None and not room.guests:
        raise errors.GuestsNotAdmitted()
    # Whoever is about to host a room in the place of a maker who never came is a stranger still.
    if identity.operator or local.host == session.session:
        return
    if room.locked:
        raise errors.RoomLocked()
    if room.capacity and len(hub.presence.roster(room.id)) >= room.capacity:
        raise errors.RoomFull()
    check_pin(hub, session, room, command)


def _refuse_barred(hub: Hub, session: Session, room: RoomId, handle: str) -> None:
    """Refuse whoever is kept out under their own name or a handle, or had another when they were removed."""
    entrance.refuse_barred(hub, session.identity, room)
    if handle:
        entrance.refuse_barred(hub, msgspec.structs.replace(session.identity, name=handle), room)
    if not session.identity.operator:
        entrance.refuse_removed(hub, session.session, room)


def check_pin(hub: Hub, session: Session, room: Room, command: rooms.JoinRoom) -> None:
    """Refuse whoever does not know a room's PIN; wrong ones are counted."""
    pin = command.pin
    if not room.pin_digest:
        if isinstance(command, EnterRoom) and command.pin_given:
            raise errors.PinNotAsked()
        return
    if not pin:
        raise errors.PinRequired()
    key = f"{session.identity.address}|{room.id}"
    wait = hub.pin_tries.take(key, hub.clock.now())
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    if not hub.same_pin(room.pin_digest, pin):
        raise errors.WrongPin()
    hub.pin_tries.give_back(key)


def _wait(hub: Hub, session: Session, local: LocalRoom, command: rooms.JoinRoom, role: Role) -> Outcome:
    waiter = rooms.take_seat(
        command, session.identity, session.session, role=role, now=hub.clock.now(), taken=lambda name: False
    )
    _, was = local.waiting.get(session.session, (None, None))
    if was is not None:
        waiter = msgspec.structs.replace(waiter, joined_ms=was.joined_ms)
    local.waiting[session.session] = (command, waiter)
    session.waiting = (*(room for room in session.waiting if room != local.id), local.id)
    if waiter != was:
        tell = waiting.waiting_started if was is None else waiting.waiting_updated
        hub.tell(tell(local.id, waiter))
    return waiting.Waiting(local.id, local.room.title)


async def _seat(hub: Hub, session: Session, local: LocalRoom, command: rooms.JoinRoom, role: Role) -> None:
    """Claim a seat and tell the others; the newcomer reads of it in the snapshot."""
    identity, now = session.identity, hub.clock.now()
    if identity.user is not None:
        await namesakes.displace_guest(hub, local.id, command.handle or identity.name)
    taken_for_them = partial(namesakes.taken_for, hub, session.session, identity)
    participant = await hub.presence.take_seat(
        local.id,
        lambda taken: seat_of_entering(
            seats.as_elsewhere(
                hub,
                session,
                rooms.take_seat(command, identity, session.session, role=role, now=now, taken=taken_for_them(taken)),
                local.id,
            ),
            command,
            may_show=not media.may_not_show(hub.admission.rules_of(identity, command.handle)),
        ),
    )
    if hub.sessions.get(session.session) is not session or hub.rooms.get(local.id) is not local:
        hub.presence.leave_seat(local.id, session.session)
        raise errors.NoSuchRoom(room=local.id)
    session.rooms = (*(room for room in session.rooms if room != local.id), local.id)
    if local.empty_timer is not None:
        local.empty_timer.cancel()
        local.empty_timer = None
    standing.follow_handles(hub, session)
    seats.tell_joined(hub, local.id, participant, seats.hidden_from(session))
    local.seated[session.session] = hub.position.seq


async def leave_room(hub: Hub, session: Session, command: rooms.LeaveRoom) -> Outcome:
    """Give up a seat, or the place in the waiting room."""
    if command.room in session.waiting:
        live_rooms.stop_waiting(hub, session.session, command.room)
        return DONE
    seats.seat_of(hub, session, command.room)
    live_rooms.give_up(hub, session, command.room, LeaveReason.LEFT)
    return DONE


async def update_room(hub: Hub, session: Session, command: rooms.UpdateRoom) -> Outcome:
    """Change a room's settings."""
    seat, local = seats.seat_of(hub, session, command.room), seats.room_of(hub, command.room)
    if not policy.may_update_room(seat) and not (sets_pin_alone(command) and local.room.shared):
        raise errors.NotAllowed(action="change this room")
    pin = command.pin if isinstance(command.pin, str) else None
    digest = hub.pin_digest(pin) if pin else pin
    await live_rooms.change(hub, local, lambda room: room_settings.updated_room(room, command, pin_digest=digest))
    if local.room.shared or pin is not None:
        hub.tell(set_up(local.id, author_of(seat), pin))
    return DONE


async def add_channel(hub: Hub, session: Session, command: channels.AddChannel) -> Outcome:
    """Add a channel to a room, for everybody or for some."""
    local = _run_by(hub, session, command.room, "add channels here")

    def changed(room: Room) -> Room:
        limit = hub.limits.channels_per_room
        if limit and len(room.channels) >= limit:
            raise errors.TooLarge(limit=limit, unit="channels")
        if len(local.ended_channels) >= channels.MAX_ENDED:
            raise errors.TooLarge(limit=channels.MAX_ENDED, unit="channels that ended")
        return channels.with_channel(room, command, present=hub.presence.roster(room.id), ended=local.ended_channels)

    await live_rooms.change(hub, local, changed)
    return DONE


async def update_channel(hub: Hub, session: Session, command: channels.UpdateChannel) -> Outcome:
    """Change a channel's title, or who is in it."""
    local = _run_by(hub, session, command.room, "change channels here")
    present = hub.presence.roster
    await live_rooms.change(hub, local, lambda room: channels.updated_channel(room, command, present=present(room.id)))
    return DONE


async def close_room(hub: Hub, session: Session, command: rooms.CloseRoom) -> Outcome:
    """End a room for all."""
    local = _run_by(hub, session, command.room, "close this room")
    if not policy.may_close_room(seats.seat_of(hub, session, command.room), local.room):
        raise errors.NotAllowed(action="close this room")
    live_rooms.close(hub, local)
    return DONE


async def show_roster(hub: Hub, session: Session, command: ShowRoster) -> Outcome:
    """Write the asker the whole roster of a room, where the wire reads whole ones."""
    seats.seat_of(hub, session, command.room)
    hub.rosters.show(session, command.room)
    return DONE


async def decide_waiting(hub: Hub, session: Session, command: waiting.DecideWaiting) -> Outcome:
    """Admit somebody who waits, or turn them down."""
    local = _run_by(hub, session, command.room, "decide who comes in")
    entry = local.waiting.get(command.session)
    waiter = hub.sessions.get(command.session)
    if entry is None or waiter is None:
        raise errors.NoSuchParticipant(name="That session")
    join, preview = entry
    if command.admit:
        try:
            _refuse_barred(hub, waiter, local.id, join.handle)
        except errors.Denied:
            live_rooms.stop_waiting(hub, command.session, local.id)
            raise errors.NotAllowed(action="let in somebody who is banned or was removed") from None
    live_rooms.stop_waiting(hub, command.session, local.id, admitted=command.admit)
    if command.admit:
        await _seat(hub, waiter, local, join, preview.role)
        with suppress(errors.NotInRoom, errors.NoSuchRoom):  # who was let in may be gone again by now
            event = Admitted(await _enter(hub, waiter, local))
            hub.tell(Publication(event, ToSessions((command.session,))))
    return DONE


async def transfer_host(hub: Hub, session: Session, command: rooms.TransferHost) -> Outcome:
    """Make somebody else the host."""
    actor = seats.seat_of(hub, session, command.room)
    if not policy.may_transfer_host(actor):
        raise errors.NotAllowed(action="pass this room on")
    _, heir = seats.both_seats(hub, session, command.room, BySession(command.session))
    if actor.session == heir.session:
        return DONE
    live_rooms.set_host(hub, seats.room_of(hub, command.room), heir.session)
    seats.change_seat(hub, command.room, msgspec.structs.replace(heir, role=Role.HOST), passing=actor)
    role = Role.GUEST if actor.user is None else Role.MEMBER
    seats.change_seat(hub, command.room, msgspec.structs.replace(actor, role=role), passing=heir)
    return DONE


async def set_role(hub: Hub, session: Session, command: rooms.SetRole) -> Outcome:
    """Make a participant a moderator, or a member again."""
    actor, target = seats.both_seats(hub, session, command.room, BySession(command.session))
    if not policy.may_set_role(actor, target, command.role):
        raise errors.NotAllowed(action="give this role")
    seats.change_seat(hub, command.room, msgspec.structs.replace(target, role=command.role))
    return DONE


def _run_by(hub: Hub, session: Session, room: RoomId, action: str) -> LocalRoom:
    participant = seats.seat_of(hub, session, room)
    if not policy.may_update_room(participant):
        raise errors.NotAllowed(action=action)
    return seats.room_of(hub, room)


HANDLERS: Handlers = {
    rooms.ListRooms: list_rooms,
    room_names.FindRoom: find_room,
    room_settings.FetchSettings: fetch_settings,
    rooms.CreateRoom: create_room,
    rooms.JoinRoom: join_room,
    rooms.LeaveRoom: leave_room,
    rooms.UpdateRoom: update_room,
    channels.AddChannel: add_channel,
    channels.UpdateChannel: update_channel,
    rooms.CloseRoom: close_room,
    waiting.DecideWaiting: decide_waiting,
    rooms.TransferHost: transfer_host,
    rooms.SetRole: set_role,
    ShowRoster: show_roster,
}
