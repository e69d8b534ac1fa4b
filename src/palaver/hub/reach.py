"""Who of this node hears an event, as things stand now: an audience, resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palaver.core import policy
from palaver.core.audience import AnyAudience, Publication, ToDevice, ToPeople, ToRoom, ToSessions
from palaver.core.ids import SessionId
from palaver.core.moderation import blocks, out_of_reach, unheard_by
from palaver.core.participants import Participant, keys_of
from palaver.hub import readership, seats
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def excluded(hub: Hub, room: LocalRoom, audience: ToRoom) -> set[SessionId] | None:
    """Return who of those seated in a room does not belong to an audience."""
    found: set[SessionId] = set()
    if audience.about:
        shielded = hub.presence.unblockable()
        found = hub.sessions.deaf_to(audience.about, blocks_only=audience.seen, unblockable=shielded)
        if audience.seen and room.reads_whole:
            # To them who comes and goes is a line of talk; who is there, they read in the roster.
            found |= hub.sessions.deaf_to(audience.about, unblockable=shielded) & room.reads_whole
        if found:
            roster = hub.presence.roster(room.id)
            found = {who for who in found if not ((seat := roster.get(who)) and _is_about(audience, seat))}
    if audience.besides is not None:
        found.add(audience.besides)
    whose = audience.whose
    apart = whose is not None and (whose.hidden_from or hub.sessions.somebody_is_deaf)
    selective = apart or audience.hidden_from or audience.moderators is not None or audience.vips is not None
    if selective or audience.channel not in room.open_channels:
        roster = hub.presence.roster(room.id)
        found.update(
            who for who in room.seated if (seat := roster.get(who)) is None or not is_meant(hub, room, audience, seat)
        )
    return found or None


def _is_about(audience: ToRoom, seat: Participant) -> bool:
    """Return whether an event is about this seat: who takes a name that they block themselves is not deaf to themselves."""
    return bool(audience.about) and keys_of(seat.handle, seat.user)[0] == audience.about[0]


def is_meant(hub: Hub, local: LocalRoom, audience: ToRoom, seat: Participant) -> bool:
    """Return whether somebody seated may hear what is for a channel, for some of the room, or hidden from blocked people."""
    if audience.moderators is not None and audience.moderators != policy.runs_room(seat):
        return False
    if audience.vips is not None and audience.vips != seat.vip:
        return False
    if audience.hidden_from and not _is_about(audience, seat):
        keys = keys_of(seat.handle, seat.user)
        if not audience.hidden_from.isdisjoint(keys) and keys[0] not in hub.presence.unblockable():
            return False
    if audience.whose is not None:
        reader = hub.sessions.get(seat.session)
        keys = keys_of(seat.handle, seat.user)
        if reader is None or not readership.may_know_of(hub, reader, audience.whose, keys):
            return False
    if audience.channel in local.open_channels:
        return True
    return any(c.id == audience.channel and policy.may_read(seat, c) for c in local.room.channels)


def hears(hub: Hub, session: Session, publication: Publication) -> bool:
    """Return whether a session belongs to the audience of a room's publication, as it stands now."""
    audience = publication.audience
    if not isinstance(audience, ToRoom) or audience.besides == session.session:
        return False
    local = hub.rooms.get(audience.room)
    seat = hub.presence.roster(audience.room).get(session.session)
    if local is None or seat is None:
        return False
    if out_of_reach(session.relations, audience, hub.presence.unblockable()) and not _is_about(audience, seat):
        return False
    return is_meant(hub, local, audience, seat)


def _everywhere(hub: Hub, found: list[Session], audience: ToPeople) -> list[Session]:
    """Return all sessions of the people of an audience, by one of each."""
    sessions = {session.session: session for session in found}
    for user in audience.users:
        sessions |= {session.session: session for session in hub.sessions.of_user(user)}
    return [session for session in sessions.values() if session.session != audience.besides]


def _hears_directly(hub: Hub, session: Session, audience: ToSessions) -> bool:
    """Return whether one of the sessions that are meant hears whom an event is about, and may."""
    user = session.identity.user
    if user is not None and audience.about[0] == keys_of(session.identity.name, user)[0]:
        return True  # oneself, in another window
    shielded = hub.presence.unblockable()
    judged = blocks if audience.seen else unheard_by
    if judged(session.relations, audience.about, shielded):
        return False
    if not audience.hidden_from and audience.whose is None:
        return True
    me = seats.author_to(hub, session, audience.spared or session.session)
    keys = keys_of(me.handle, me.user)
    if not audience.hidden_from.isdisjoint(keys) and keys[0] not in shielded:
        return False
    return audience.whose is None or readership.may_know_of(hub, session, audience.whose, keys)


def addressed(hub: Hub, audience: AnyAudience) -> list[Session]:
    """Return the sessions of an audience that is not a room."""
    if isinstance(audience, ToSessions):
        if len(audience.sessions) == 1:  # as of every signal, where a list comprehension would cost as much as the rest
            only = hub.sessions.get(audience.sessions[0])
            found = [] if only is None else [only]
        else:
            found = [session for who in audience.sessions if (session := hub.sessions.get(who)) is not None]
        if not audience.about:
            return found
        if isinstance(audience, ToPeople):
            found = _everywhere(hub, found, audience)
        return [each for each in found if each.session == audience.spared or _hears_directly(hub, each, audience)]
    if isinstance(audience, ToDevice):
        on_device = hub.presence.on_device(audience.user, audience.device)
        session = hub.sessions.get(on_device) if on_device is not None else None
        return [session] if session is not None else []
    return list(hub.sessions)
