"""What the site sees of people who are here, and does to them: send them away, change what it said of them.

As in `site`, nobody's permission is asked; how the site proves that it is the site is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, media, moderation
from palaver.core.audience import Publication, ToSessions
from palaver.core.ids import PersonKey, RoomId, UserId
from palaver.core.moderation import SessionEnded
from palaver.core.names import fold
from palaver.core.participants import (
    Author,
    Identity,
    IdentityAmended,
    Media,
    Participant,
    keys_of,
    name_key,
)
from palaver.core.rooms import LeaveReason
from palaver.hub import namesakes, seats, sight, standing
from palaver.hub.handlers.moderation import keep_out, remove, windows_of
from palaver.hub.handlers.operators import with_operator
from palaver.hub.handlers.relations import shun
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def is_here(hub: Hub, user: UserId, room: RoomId) -> bool:
    """Return whether a user has a seat in a room."""
    return any(seat.user == user for seat in hub.presence.roster(room).values())


def send_away(hub: Hub, names: Iterable[str], *, room: RoomId, text: str, kicked: bool) -> int:
    """End the sessions of people in a room by their handles, in every window; return how many people there were.

    Who is kicked is kept out for a minute. Names of people who are not here are passed over.
    """
    count = 0
    for name in names:
        seat = hub.presence.named(room, name)
        if seat is None:
            continue
        reason = LeaveReason.KICKED if kicked else LeaveReason.LEFT
        event = SessionEnded(reason.value, "", text[: moderation.MAX_REASON_CHARS])
        for each in windows_of(hub, seat.session):
            if each in hub.presence.roster(room):
                if kicked:
                    keep_out(hub, each)
                remove(hub, each, event)
        count += 1
    return count


async def keep_apart(hub: Hub, names: tuple[str, ...], *, room: RoomId) -> None:
    """Let each of some people who is in a room ignore and block all the others, here or not, and tell them of each.

    Those who run the site are put on lists like everybody; whether a block meets them is the site's setting.
    """
    seated = {fold(name): hub.presence.named(room, name) for name in names}
    people = {fold(name): name for name in names}
    for one, seat in seated.items():
        session = hub.sessions.get(seat.session) if seat is not None else None
        if seat is None or session is None:
            continue
        others = [(people[other], seated[other]) for other in people if other != one]
        keys: set[PersonKey] = set()
        for name, met in others:
            keys |= {name_key(name)} if met is None else seats.keys_known(hub, session, met)
        with suppress(errors.TooLarge):  # whose list is full is on those of the others
            await shun(hub, session, keys.difference(keys_of(seat.handle, seat.user)))
        for name, met in others:
            imposed = moderation.BlockImposed(name if met is None else met.handle)
            hub.tell(Publication(imposed, ToSessions((session.session,))))


class AnotherUser(errors.Conflict):
    """The token speaks for somebody else than the person whose claims are to change."""

    code = "another_user"
    sentence = "The token speaks for {subject}, not for {name}; nobody is renamed while they are here."


def amend(hub: Hub, name: str, identity: Identity, *, room: RoomId) -> None:
    """Let what the site says of somebody in a room take effect at once: profile, rights and rules, in every session.

    A guest stays as they are. Raises NoSuchParticipant, and AnotherUser for a token of somebody else.
    """
    seat = hub.presence.named(room, name)
    if seat is None:
        raise errors.NoSuchParticipant(name=name)
    if seat.user is None:
        return
    if seat.user != identity.user:
        raise AnotherUser(subject=identity.name, name=seat.handle)
    for who in seats.sessions_of_user(hub, seat.user):
        _amend_session(hub, hub.sessions.get(who), identity)


def _amend_session(hub: Hub, session: Session | None, identity: Identity) -> None:
    if session is None:
        return
    held = session.identity
    session.identity = msgspec.structs.replace(
        identity, device=held.device, address=held.address, heard=held.heard and identity.operator
    )
    with sight.changing_rights(hub, session, session.declared):
        standing.change(hub, session, session.declared)
    for room in session.rooms:
        seat = hub.presence.roster(room).get(session.session)
        if seat is not None:
            _amend_seat(hub, room, seat, identity)
    hub.tell(Publication(IdentityAmended(identity.rules, identity.operator), ToSessions((session.session,))))


def judge_operators_anew(hub: Hub) -> None:
    """Let those who run the site stand to others as the rules of now have it."""
    for session in hub.sessions:
        if session.identity.operator:
            hub.in_background(_judge_anew(hub, session))


async def _judge_anew(hub: Hub, session: Session) -> None:
    if session.identity.user is None and not hub.admission.blockable_operators:
        await namesakes.displace_namesakes(hub, session.session)
    with sight.changing_rights(hub, session, session.declared):
        standing.change(hub, session, session.declared)


def tell_vips_anew(hub: Hub) -> None:
    """Let everybody know who is a VIP, or no longer, where it has just become a secret or is none any more."""
    for room in hub.rooms:
        for seat in tuple(hub.presence.roster(room).values()):
            if seat.vip and not seat.hidden:
                seats.change_seat(hub, room, seat)


def hold_to_rules(hub: Hub) -> None:
    """Let rules that the site has just laid on people take effect on what they send already."""
    for session in hub.sessions:
        rules = seats.rules_of(hub, session)
        for room in session.rooms if rules else ():
            seat = hub.presence.roster(room).get(session.session)
            allowed = media.held_to(seat.media, rules) if seat is not None else None
            if seat is not None and allowed is not None and allowed != seat.media:
                _tell_stopped(hub, seat, allowed)
                seats.change_seat(hub, room, msgspec.structs.replace(seat, media=allowed))


def _tell_stopped(hub: Hub, seat: Participant, allowed: Media) -> None:
    if seat.media.camera and not allowed.camera:
        hub.tell(Publication(media.CameraStopped(Author(seat.session, "")), ToSessions((seat.session,))))


def _amend_seat(hub: Hub, room: RoomId, seat: Participant, identity: Identity) -> None:
    allowed = media.held_to(seat.media, hub.admission.rules_of(identity))
    changed = msgspec.structs.replace(
        with_operator(seat, on=identity.operator),
        display_name=identity.display_name,
        vip=identity.vip,
        profile=identity.profile,
        media=allowed,
    )
    if changed == seat:
        return
    _tell_stopped(hub, seat, allowed)
    seats.change_seat(hub, room, changed)
