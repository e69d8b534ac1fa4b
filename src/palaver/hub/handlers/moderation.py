"""Keeping the peace: kick, ban, report, stop a camera; ignore, block, turn away, invite."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, media, moderation, policy
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.ids import RoomId, SessionId
from palaver.core.moderation import Ban, SessionEnded
from palaver.core.participants import (
    Author,
    address_key,
    author_of,
    keys_of,
    user_key,
)
from palaver.core.rooms import LeaveReason
from palaver.hub import entrance, live_rooms, reports, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.ports.nodes import SessionCard
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


REPORT_COST = 20
"""A report counts as so many messages, since it is stored for good and somebody has to read it."""


async def kick(hub: Hub, session: Session, command: moderation.Kick) -> Outcome:
    """Remove somebody now, in every window; the same identity may come back after a minute.

    One who runs the site ends the sessions; one who runs only the room ends the seats in it.
    """
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_kick(actor, target):
        raise errors.NotAllowed(action=f"remove {target.handle}")
    scope = None if actor.operator else command.room
    event = SessionEnded(LeaveReason.KICKED.value, actor.handle, command.reason[: moderation.MAX_REASON_CHARS])
    # Whoever removes a window of their own means that one alone.
    one_window = target.user is None or target.user == actor.user
    for each in [target.session] if one_window else windows_of(hub, target.session):
        seat = hub.presence.roster(command.room).get(each)
        if scope is None or (seat is not None and policy.may_kick(actor, seat)):
            keep_out(hub, each, scope)
            remove(hub, each, event, scope)
    return DONE


def windows_of(hub: Hub, session: SessionId) -> list[SessionId]:
    """Return a session, then the others of its user: whoever is sent away in one would stay in the next."""
    card = hub.presence.card(session)
    others = seats.sessions_of_user(hub, card.identity.user) if card is not None else ()
    return [session, *(each for each in others if each != session)]


def keep_out(hub: Hub, session: SessionId, room: RoomId | None = None) -> None:
    """Let nobody of a session's identity back into a room, or the server, for a minute."""
    card = hub.presence.card(session)
    if card is None:
        return
    keys = {entrance.kicked_session(session, room)}
    for name in {card.identity.name, *_handles(hub, session, room)}:
        keys.update(entrance.kick_keys(msgspec.structs.replace(card.identity, name=name), room))
    until_s = hub.clock.now() + moderation.KICK_S
    hub.kicked.update(dict.fromkeys(keys, until_s))
    hub.clock.call_later(moderation.KICK_S, lambda: _forget_kicked(hub, keys, until_s))


def _forget_kicked(hub: Hub, keys: Iterable[str], until_s: float) -> None:
    """Let those back in whose minute has passed, whatever the clock says, unless they were kicked once more."""
    for key in keys:
        if hub.kicked.get(key) == until_s:
            del hub.kicked[key]


def _handles(hub: Hub, session: SessionId, room: RoomId | None) -> set[str]:
    """Return the handles that somebody bears in a room, or in any."""
    where = hub.presence.rooms_of(session) if room is None else (room,)
    found = (hub.presence.roster(each).get(session) for each in where)
    return {seat.handle for seat in found if seat is not None}


def remove(hub: Hub, session: SessionId, event: SessionEnded, only: RoomId | None = None) -> None:
    """End a session of any node, or its seat or waiting in `only` one room.

    Seats are dropped before anybody is told, and nothing follows the farewell of a session that ended.
    """
    reason = LeaveReason(event.reason)
    if only is None:
        for room in tuple(hub.presence.rooms_of(session)):
            live_rooms.free_seat(hub, session, room, reason)
        hub.tell(moderation.session_ended(session, event))
        return
    live_rooms.stop_waiting(hub, session, only)
    told = live_rooms.free_seat(hub, session, only, reason)
    if told is not None:
        farewell = msgspec.structs.replace(told, by=event.by, text=event.text, until_ms=event.until_ms)
        hub.tell(Publication(farewell, ToSessions((session,))))


async def ban_person(hub: Hub, session: Session, command: moderation.BanPerson) -> Outcome:
    """Remove somebody, who may be absent, and keep them out for some hours."""
    actor = seats.seat_of(hub, session, command.room)
    target = seats.target_in(hub, session, command.room, command.target)
    allowed = policy.may_ban_absent(actor) if target is None else policy.may_act_on(actor, target)
    name = target.handle if target is not None else getattr(command.target, "handle", "")
    if not allowed:
        raise errors.NotAllowed(action="ban this person")
    if not name or len(name) > moderation.MAX_NAME_CHARS or not name.isprintable():
        raise errors.NoSuchParticipant(name=name[: moderation.MAX_NAME_CHARS] or "That session")
    if not actor.operator:
        hub.bans.forget_lapsed(now=hub.clock.now())
        if len(hub.bans.of(command.room)) >= moderation.MAX_BANS:
            raise errors.TooLarge(limit=moderation.MAX_BANS, unit="bans")
    card = hub.presence.card(target.session) if target is not None else None
    ban = moderation.ban_person(
        command,
        author_of(actor),
        name,
        [card.identity] if card else [],
        everywhere=actor.operator,
        now=hub.clock.now(),
    )
    await impose(hub, ban, [target.session] if target is not None else [])
    return DONE


async def impose(hub: Hub, ban: Ban, targets: Collection[SessionId] = ()) -> None:
    """Record a ban and remove those who are meant, and everybody whom it bars, wherever they are connected.

    One who runs the site is removed where the ban names the user, and not by a name or an address alone.
    """
    await hub.moderation.save_ban(ban)
    now = hub.clock.now()
    hub.bans.add(ban, now=now)
    event = SessionEnded(LeaveReason.BANNED.value, ban.by, ban.reason, ban.until_ms)
    for who in dict.fromkeys((*targets, *_whom_it_may_bar(hub, ban))):
        card = hub.presence.card(who)
        if card is not None and (who in targets or (not _spared(ban, card) and _barred(hub, ban, card, now))):
            remove(hub, who, event, ban.room)


def _whom_it_may_bar(hub: Hub, ban: Ban) -> Iterable[SessionId]:
    """Go through those whom a ban bars, and mostly nobody else."""
    for key in (*ban.keys, address_key(ban.address)) if ban.address else ban.keys:
        yield from hub.presence.bearing(key)
    local = hub.rooms.get(ban.room) if ban.room is not None else None
    if local is not None:
        yield from local.waiting


def _spared(ban: Ban, card: SessionCard) -> bool:
    user = card.identity.user
    return card.identity.operator and (user is None or user_key(user) not in ban.keys)


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
    found = await hub.moderation.lift_ban(name, room)
    hub.bans.lift(name, room)
    return found


async def list_bans(hub: Hub, session: Session, command: moderation.ListBans) -> Outcome:
    """Return who is banned from a room; to one who runs the site, who is banned from the server, too.

    Whoever makes a room runs it, and what the site says of people is not for everybody who does so.
    """
    _runs(hub, session, command.room, "see who is banned")
    hub.bans.forget_lapsed(now=hub.clock.now())
    of_server = hub.bans.of(None) if session.identity.operator else ()
    listed = (*of_server, *hub.bans.of(command.room))
    return moderation.Bans(tuple(moderation.info_of(ban) for ban in listed))


async def stop_camera(hub: Hub, session: Session, command: moderation.StopCamera) -> Outcome:
    """End somebody's broadcast: the others see it off at once, the client is told to stop sending."""
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_stop_camera(actor, target):
        raise errors.NotAllowed(action=f"stop the camera of {target.handle}")
    if not target.media.camera and not target.media.screen:
        raise errors.CameraOff(name=target.handle)
    off = msgspec.structs.replace(target.media, camera=False, screen=False)
    for room in tuple(hub.presence.rooms_of(target.session)):
        seat = hub.presence.roster(room)[target.session]
        seats.change_seat(hub, room, msgspec.structs.replace(seat, media=off))
    hub.tell(Publication(media.CameraStopped(author_of(actor)), ToSessions((target.session,))))
    return DONE


async def mark_explicit(hub: Hub, session: Session, command: media.MarkExplicit) -> Outcome:
    """Mark somebody's camera explicit for everybody; its owner is told by whom, unless they turned that person away."""
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_mark_explicit(actor, target):
        raise errors.NotAllowed(action=f"mark the camera of {target.handle}")
    if not target.media.camera:
        raise errors.CameraOff(name=target.handle)
    if target.media.rules.explicit:
        raise errors.AlreadyExplicit(name=target.handle)
    marked = media.marked_explicit(target.media)
    for room in tuple(hub.presence.rooms_of(target.session)):
        seat = hub.presence.roster(room)[target.session]
        seats.change_seat(hub, room, msgspec.structs.replace(seat, media=marked))
    turned_away = seats.relations_of(hub, target.session).turned_away
    unnamed = not turned_away.isdisjoint(keys_of(actor.handle, actor.user))
    event = media.CameraMarked(None if unnamed else author_of(actor))
    hub.tell(Publication(event, ToSessions((target.session,))))
    filed = moderation.ReportFiled(command.room, author_of(actor), target.handle, reports.MARKED, channel="n/a")
    hub.in_background(reports.file(hub, filed, moderators=False))
    return DONE


async def suggest_explicit(hub: Hub, session: Session, command: media.SuggestExplicit) -> Outcome:
    """Hint to somebody that their camera should be marked explicit; nobody else is told, nor by whom."""
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    mine, theirs = keys_of(actor.handle, actor.user), seats.relations_of(hub, target.session)
    heard = not moderation.unheard_by(theirs, mine, hub.presence.unblockable())
    if target.media.camera and not target.media.rules.explicit and heard:
        hub.tell(Publication(media.ExplicitSuggested(), ToSessions((target.session,))))
    return DONE


async def report(hub: Hub, session: Session, command: moderation.Report) -> Outcome:
    """Record a report, tell those who run the room, and the site where it wants to know."""
    wait = session.messages_bucket.take(hub.clock.now(), REPORT_COST)
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    seat = seats.seat_of(hub, session, command.room)
    who = session.identity.user or session.identity.address
    wait = hub.reporting.take(who, hub.clock.now()) if who else 0.0
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    command = await reports.completed(hub, seat, command)
    publication = moderation.report(command, author_of(seat))
    filed = publication.event
    assert isinstance(filed, moderation.ReportFiled)
    context = reports.context_of(hub, seat, command) if command.channel.startswith("@") else ""
    await reports.file(hub, filed, context=context, told_to=session.session)
    return DONE


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
    moderation.StopCamera: stop_camera,
    media.MarkExplicit: mark_explicit,
    media.SuggestExplicit: suggest_explicit,
    moderation.Report: report,
}
