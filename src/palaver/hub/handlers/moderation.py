"""Keeping the peace: kick, ban, report, stop a camera; ignore, block, turn away, invite."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, media, moderation, policy, rooms, waiting
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.ids import PersonKey, RoomId, SessionId
from palaver.core.moderation import Ban, Relations, SessionEnded
from palaver.core.names import fold
from palaver.core.participants import (
    Author,
    Participant,
    author_of,
    keys_of,
    name_key,
)
from palaver.core.rooms import LeaveReason
from palaver.hub import entrance, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.ports import SessionCard
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


REPORT_COST = 20
"""A report counts as so many messages, since it is stored for good and somebody has to read it."""


async def kick(hub: Hub, session: Session, command: moderation.Kick) -> Outcome:
    """Remove somebody now; the same identity may come back after a minute.

    One who runs the site ends the session; one who runs only the room ends the seat in it.
    """
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_kick(actor, target):
        raise errors.NotAllowed(action=f"remove {target.handle}")
    scope = None if actor.operator else command.room
    keep_out(hub, target.session, scope)
    event = SessionEnded(LeaveReason.KICKED.value, actor.handle, command.reason[: moderation.MAX_REASON_CHARS])
    remove(hub, target.session, event, scope)
    return DONE


def keep_out(hub: Hub, session: SessionId, room: RoomId | None = None) -> None:
    """Let nobody of a session's identity back into a room, or the server, for a minute."""
    card = hub.presence.card(session)
    if card is None:
        return
    now = hub.clock.now()
    hub.kicked = {key: until for key, until in hub.kicked.items() if until > now}
    for name in {card.identity.name, *_handles(hub, session, room)}:
        for key in entrance.kick_keys(msgspec.structs.replace(card.identity, name=name), room):
            hub.kicked[key] = now + moderation.KICK_S


def _handles(hub: Hub, session: SessionId, room: RoomId | None) -> set[str]:
    """Return the handles that somebody bears in a room, or in any."""
    where = hub.presence.rooms_of(session) if room is None else (room,)
    found = (hub.presence.roster(each).get(session) for each in where)
    return {seat.handle for seat in found if seat is not None}


def remove(hub: Hub, session: SessionId, event: SessionEnded, only: RoomId | None = None) -> None:
    """End a session of any node, or its seat in `only` one room.

    Seats are dropped before anybody is told, and nothing follows the farewell of a session that ended.
    """
    reason = LeaveReason(event.reason)
    if only is not None:
        told = _take_seat_away(hub, session, only, reason)
        if told is not None:
            farewell = msgspec.structs.replace(told.event, by=event.by, text=event.text)
            hub.tell(Publication(farewell, ToSessions((session,))))
        return
    for room in tuple(hub.presence.rooms_of(session)):
        _take_seat_away(hub, session, room, reason)
    hub.tell(moderation.session_ended(session, event))


def _take_seat_away(hub: Hub, session: SessionId, room: RoomId, reason: LeaveReason) -> Publication | None:
    """Free somebody's seat, or place in the waiting room; return what the others were told of the seat."""
    blocks = seats.relations_of(hub, session).blocks
    participant = hub.presence.leave_seat(room, session)
    local = hub.rooms.get(room)
    waiter = local.waiting.pop(session, None) if local is not None else None
    if local is not None:
        local.seated.pop(session, None)
        local.detach(session)
    if waiter is not None:
        for publication in waiting.waiting_ended(room, session, admitted=False):
            hub.tell(publication)
    if participant is None:
        return None
    told = rooms.left(room, participant, reason, blocks)
    hub.tell(told)
    if local is not None:
        seats.after_leaving(hub, local, participant)
    return told


async def ban_person(hub: Hub, session: Session, command: moderation.BanPerson) -> Outcome:
    """Remove somebody, who may be absent, and keep them out for some hours."""
    actor = seats.seat_of(hub, session, command.room)
    target = seats.target_in(hub, command.room, command.target)
    allowed = policy.may_ban_absent(actor) if target is None else policy.may_act_on(actor, target)
    name = target.handle if target is not None else getattr(command.target, "handle", "")
    if not allowed:
        raise errors.NotAllowed(action="ban this person")
    if not name or len(name) > moderation.MAX_NAME_CHARS or not name.isprintable():
        raise errors.NoSuchParticipant(name=name[: moderation.MAX_NAME_CHARS] or "That session")
    if not actor.operator and sum(ban.room == command.room for ban in hub.bans) >= moderation.MAX_BANS:
        raise errors.TooLarge(limit=moderation.MAX_BANS, unit="bans")
    card = hub.presence.card(target.session) if target is not None else None
    ban = moderation.ban_person(
        command,
        author_of(actor),
        name,
        card.identity if card else None,
        everywhere=actor.operator,
        now=hub.clock.now(),
    )
    await impose(hub, ban, target.session if target is not None else None)
    return DONE


async def impose(hub: Hub, ban: Ban, target: SessionId | None = None) -> None:
    """Record a ban and remove the target, and everybody whom it bars, wherever they are connected."""
    await hub.moderation.save_ban(ban)
    now = hub.clock.now()
    kept = (b for b in hub.bans if b.until_ms > now * 1000)
    hub.bans = [b for b in kept if (fold(b.name), b.room) != (fold(ban.name), ban.room)]
    hub.bans.append(ban)
    event = SessionEnded(LeaveReason.BANNED.value, ban.by, ban.reason, ban.until_ms)
    for card in tuple(hub.presence.sessions()):
        if card.session == target or (not card.identity.operator and _barred(hub, ban, card, now)):
            remove(hub, card.session, event, ban.room)


def _barred(hub: Hub, ban: Ban, card: SessionCard, now: float) -> bool:
    """Return whether a ban is for somebody under their own name, or under the handle they took or wait with."""
    everywhere = ban.room is None
    rooms_of = hub.presence.rooms_of(card.session)
    handles = {hub.presence.roster(room)[card.session].handle for room in rooms_of if everywhere or room == ban.room}
    local = hub.rooms.get(ban.room) if ban.room is not None else None
    waiter = local.waiting.get(card.session) if local is not None else None
    if waiter is not None:
        handles.add(waiter[1].handle)
    if everywhere:
        handles.add(card.identity.name)
    identities = (msgspec.structs.replace(card.identity, name=handle) for handle in handles)
    return any(moderation.bars(ban, identity, ban.room, now=now) for identity in identities)


async def lift_ban(hub: Hub, session: Session, command: moderation.LiftBan) -> Outcome:
    """End a ban before its time."""
    _runs(hub, session, command.room, "lift bans here")
    scope = None if session.identity.operator else command.room
    found = await lift(hub, command.name, scope)
    if not found and scope is None:
        found = await lift(hub, command.name, command.room)
    if not found:
        raise errors.NoSuchBan(name=command.name)
    return DONE


async def lift(hub: Hub, name: str, room: RoomId | None) -> bool:
    """End the ban listed under a name for a room or the server; return whether there was one."""
    hub.bans = [b for b in hub.bans if (fold(b.name), b.room) != (fold(name), room)]
    return await hub.moderation.lift_ban(name, room)


async def list_bans(hub: Hub, session: Session, command: moderation.ListBans) -> Outcome:
    """Return who is banned from a room or from the server."""
    _runs(hub, session, command.room, "see who is banned")
    now_ms = hub.clock.now() * 1000
    listed = [ban for ban in hub.bans if ban.until_ms > now_ms and ban.room in (None, command.room)]
    return moderation.Bans(tuple(moderation.info_of(ban) for ban in listed))


async def ignore(hub: Hub, session: Session, command: moderation.Ignore) -> Outcome:
    """Stop hearing people, or hear them again."""
    keys = _keys(hub, session, command.room, command.names, on=command.on)
    async with _changing(hub, session):
        ignores = moderation.with_names(session.relations.ignores, keys, on=command.on)
        await relate(hub, session, moderation.changed(session.relations, ignores=ignores))
    return DONE


def _changing(hub: Hub, session: Session) -> AbstractAsyncContextManager[None]:
    """Return a context in which nobody else changes the relations of the same person."""
    return hub.changing.holding(session.identity.user or session.session)


async def block(hub: Hub, session: Session, command: moderation.Block) -> Outcome:
    """Neither hear, see nor be seen by people; both sides lose sight of each other at once."""
    keys = _keys(hub, session, command.room, command.names, on=command.on)
    async with _changing(hub, session):
        before = session.relations
        blocked = moderation.with_names(before.blocks, keys, on=command.on)
        after = moderation.changed(before, blocks=blocked)
        await relate(hub, session, after)
        for each in seats.sessions_of(hub, session):
            for room in tuple(hub.presence.rooms_of(each)):
                _show_or_hide(hub, hub.presence.roster(room)[each], room, before, after)
    return DONE


def _show_or_hide(hub: Hub, me: Participant, room: RoomId, before: Relations, after: Relations) -> None:
    """Tell both sides that the other came or went, for everybody whose block this changed."""
    mine = keys_of(me.handle, me.user)
    for other in tuple(hub.presence.roster(room).values()):
        keys = keys_of(other.handle, other.user)
        theirs = seats.relations_of(hub, other.session)
        shown = policy.sees(after, mine, theirs, keys)
        if other.session == me.session or shown == policy.sees(before, mine, theirs, keys):
            continue
        for viewer, seen in ((me, other), (other, me)):
            event = (
                rooms.ParticipantJoined(room, seen)
                if shown
                else rooms.ParticipantLeft(room, seen.session, seen.handle, LeaveReason.HIDDEN)
            )
            hub.tell(Publication(event, ToSessions((viewer.session,))))


async def turn_away(hub: Hub, session: Session, command: moderation.TurnAway) -> Outcome:
    """Stop people from watching one's camera; whoever watches now is told to stop."""
    keys = _keys(hub, session, command.room, command.names, on=command.on)
    async with _changing(hub, session):
        turned_away = moderation.with_names(session.relations.turned_away, keys, on=command.on)
        await relate(hub, session, moderation.changed(session.relations, turned_away=turned_away))
    if command.on:
        _stop_viewers(hub, session, turned_away)
    return DONE


def _stop_viewers(hub: Hub, session: Session, turned_away: frozenset[PersonKey]) -> None:
    me = seats.author_in(hub, session)
    for viewer in session.opened:
        shared = seats.shared_seat(hub, session.session, viewer)
        if shared is not None and not turned_away.isdisjoint(keys_of(shared[2].handle, shared[2].user)):
            session.close_to(viewer)
            hub.tell(Publication(media.ViewerTurnedAway(me), ToSessions((viewer,))))


async def invite_to_watch(hub: Hub, session: Session, command: moderation.InviteToWatch) -> Outcome:
    """Let people watch one's camera past its own rules."""
    keys = _keys(hub, session, command.room, command.names, on=True)
    async with _changing(hub, session):
        invited = moderation.with_names(session.relations.invited, keys, on=True)
        await relate(hub, session, moderation.changed(session.relations, invited=invited))
    return DONE


async def relate(hub: Hub, session: Session, relations: Relations) -> None:
    """Record how a person stands to others and let all their sessions know; each node takes it over as it is told."""
    user = session.identity.user
    if user is not None:
        await hub.moderation.save_relations(user, relations)
    told = tuple(seats.sessions_of(hub, session))
    hub.tell(Publication(moderation.RelationsChanged(relations), ToSessions(told)))


async def stop_camera(hub: Hub, session: Session, command: moderation.StopCamera) -> Outcome:
    """End somebody's broadcast: the others see it off at once, the client is told to stop sending."""
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_stop_camera(actor, target):
        raise errors.NotAllowed(action=f"stop the camera of {target.handle}")
    off = msgspec.structs.replace(target.media, camera=False, screen=False)
    for room in tuple(hub.presence.rooms_of(target.session)):
        seat = hub.presence.roster(room)[target.session]
        seats.change_seat(hub, room, msgspec.structs.replace(seat, media=off))
    hub.tell(Publication(media.CameraStopped(author_of(actor)), ToSessions((target.session,))))
    return DONE


async def report(hub: Hub, session: Session, command: moderation.Report) -> Outcome:
    """Record a report and tell those who run the room."""
    wait = session.messages_bucket.take(hub.clock.now(), REPORT_COST)
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    publication = moderation.report(command, author_of(seats.seat_of(hub, session, command.room)))
    filed = publication.event
    assert isinstance(filed, moderation.ReportFiled)
    await hub.moderation.file_report(filed, int(hub.clock.now() * 1000))
    hub.tell(publication)
    return DONE


def _keys(hub: Hub, session: Session, room: RoomId, names: tuple[str, ...], *, on: bool) -> set[PersonKey]:
    """Return the keys of people by name: of the user where one is here, of the name otherwise; never one's own.

    Only in a room where the asker sits too, so that nobody learns from outside who is in it.
    """
    if len(names) > moderation.MAX_RELATIONS:
        raise errors.TooLarge(limit=moderation.MAX_RELATIONS, unit="names")
    if any(len(name) > moderation.MAX_NAME_CHARS for name in names):
        raise errors.TooLarge(limit=moderation.MAX_NAME_CHARS, unit="characters of name")
    inside = room in session.rooms
    keys: set[PersonKey] = set()
    for name in names:
        seat = hub.presence.named(room, name) if inside else None
        if not on:
            keys.add(name_key(name))
            keys.update(keys_of(seat.handle, seat.user) if seat is not None else ())
        elif seat is not None:
            keys.add(keys_of(seat.handle, seat.user)[0])
        else:
            keys.add(name_key(name))
    me = seats.author_in(hub, session, room)
    return keys.difference(keys_of(me.handle, me.user)) if on else keys


def _runs(hub: Hub, session: Session, room: RoomId, action: str) -> Author:
    actor = seats.seat_of(hub, session, room)
    if not policy.runs_room(actor):
        raise errors.NotAllowed(action=action)
    return author_of(actor)


HANDLERS: Handlers = {
    moderation.Kick: kick,
    moderation.BanPerson: ban_person,
    moderation.LiftBan: lift_ban,
    moderation.ListBans: list_bans,
    moderation.Ignore: ignore,
    moderation.Block: block,
    moderation.TurnAway: turn_away,
    moderation.InviteToWatch: invite_to_watch,
    moderation.StopCamera: stop_camera,
    moderation.Report: report,
}
