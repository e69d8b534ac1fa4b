"""How people show themselves, log in and are found by an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, media, moderation, presentation
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.ids import SessionId
from palaver.core.moderation import Relations
from palaver.core.names import NameProblem, display_name, handle
from palaver.core.participants import (
    BySession,
    Details,
    Identity,
    Role,
    kept_details,
    keys_of,
    size_of_details,
)
from palaver.core.sessions import LogIn
from palaver.hub import entrance, live_rooms, namesakes, seats, sight, standing
from palaver.hub.handlers.handler import Handlers
from palaver.hub.handlers.hands import raise_together
from palaver.hub.handlers.people import change_everywhere, checked_status_text, count_rooms
from palaver.hub.ports.nodes import SessionCard
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

MAX_FOUND = 100


async def present(hub: Hub, session: Session, command: presentation.Present) -> Outcome:
    """Show oneself anew. Rooms are told once, of everything that changed."""
    count_rooms(hub, session)
    changes: dict[str, object] = {}
    told = {room: seats.seat_of(hub, session, room) for room in session.rooms}
    if command.details is not msgspec.UNSET:
        changes["details"] = _checked_details(command.details)
    if command.text is not msgspec.UNSET:
        changes["status_text"] = checked_status_text(hub, command.text)
    name = "" if command.display_name is msgspec.UNSET else _checked_name(command.display_name)
    first = name and session.identity.nameless
    # By another handle somebody may be blocked who was not.
    with sight.changing(hub, [session.session] if first else ()):
        if first:
            await _take_name(hub, session, name)
        if command.display_name is not msgspec.UNSET:
            changes["display_name"] = "" if name == session.identity.name else name
            session.identity = msgspec.structs.replace(session.identity, display_name=name)
            standing.change(hub, session, session.declared)
        change_everywhere(hub, session, changes, told=told)
        live_rooms.ask_anew(hub, session)
    return DONE


def _checked_name(text: str) -> str:
    try:
        return display_name(text) if text.strip() else ""
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence) from None


def _checked_details(details: Details) -> Details:
    if size_of_details(details) > presentation.MAX_DETAILS_BYTES:
        raise errors.TooLarge(limit=presentation.MAX_DETAILS_BYTES, unit="bytes of details")
    return kept_details(details)


async def _take_name(hub: Hub, session: Session, name: str) -> None:
    """Let the first name that somebody gives be the handle. Raises a Refusal for one who is kept out by that name."""
    try:
        wanted = handle(name)
    except NameProblem:
        return
    named = msgspec.structs.replace(session.identity, name=wanted, nameless=False)
    entrance.refuse_barred(hub, named, None)
    for room in session.rooms:
        entrance.refuse_barred(hub, named, room)
    session.identity = named
    for room in session.rooms:
        await namesakes.rename(hub, room, seats.seat_of(hub, session, room), wanted, named)


async def log_in(hub: Hub, session: Session, command: LogIn) -> Outcome:
    """Make a guest's session that of a user; bans and relations of the user hold from now on."""
    if session.identity.user is not None:
        raise errors.AlreadyIdentified()
    changes: dict[str, object] = {"user": command.user}
    if command.details is not msgspec.UNSET:
        changes["details"] = _checked_details(command.details)
    known = msgspec.structs.replace(session.identity, user=command.user)
    entrance.refuse_barred(hub, known, None)
    async with hub.changing.holding(session.session), hub.changing.holding(command.user):
        relations, others = await _taken_along(hub, session, known)
        entrance.refuse_barred(hub, known, None)
        if hub.sessions.get(session.session) is not session:
            raise errors.NoSuchSession()
        if session.identity.user is not None:
            raise errors.AlreadyIdentified()
        identity = msgspec.structs.replace(session.identity, user=command.user, outside=False)
        for room in session.rooms:
            entrance.refuse_barred(hub, identity, room)
        with sight.changing(hub, {session.session, *seats.sessions_of_user(hub, command.user)}, relations):
            hub.identify(session, identity, relations)
            rules = seats.rules_of(hub, session)
            for room in session.rooms:
                seat = seats.seat_of(hub, session, room)
                role = Role.MEMBER if seat.role is Role.GUEST else seat.role
                shown = media.held_to(seat.media, rules)
                seats.change_seat(hub, room, msgspec.structs.replace(seat, role=role, media=shown, **changes))
                raise_together(hub, room, command.user)
            if others:
                hub.tell(Publication(moderation.RelationsChanged(relations), ToSessions(others)))
        live_rooms.ask_anew(hub, session)
    return DONE


async def _taken_along(hub: Hub, session: Session, known: Identity) -> tuple[Relations, tuple[SessionId, ...]]:
    """Return how a guest who is a user now stands to others, whom the guest shut out or invited included.

    And who is to hear of it: the user's other sessions, where it is news to them.
    """
    assert known.user is not None
    stored = await hub.moderation.relations(known.user)
    me = seats.author_in(hub, session)
    taken = moderation.taken_along(stored, session.declared, keys_of(me.handle, known.user))
    if taken != stored:
        await hub.moderation.save_relations(known.user, taken)
    windows = seats.sessions_of_user(hub, known.user)
    invited = standing.invited(hub, (session.session, *windows))
    relations = moderation.changed(hub.blocklists.added(known.user, taken), invited=invited)
    return relations, windows if taken != stored or invited != standing.invited(hub, windows) else ()


async def look_up(hub: Hub, session: Session, command: presentation.LookUp) -> Outcome:
    """Return a session or a user's sessions; people who block each other do not find each other."""
    found = [card for card in _cards(hub, command) if _sees(hub, session, card)][:MAX_FOUND]
    if command.follow:
        for card in found:
            hub.followers.add(session.session, card.session)
    return presentation.Found(tuple(seats.seat_anywhere(hub, card) for card in found))


def _cards(hub: Hub, command: presentation.LookUp) -> list[SessionCard]:
    if command.session is not None:
        wanted: tuple[SessionId, ...] = (command.session,)
    else:
        wanted = seats.sessions_of_user(hub, command.user)
    return [card for who in wanted if (card := hub.presence.card(who)) is not None]


def _sees(hub: Hub, session: Session, card: SessionCard) -> bool:
    try:
        seats.find(hub, session, BySession(card.session))
    except errors.NoSuchParticipant:
        return False
    return True


HANDLERS: Handlers = {
    presentation.Present: present,
    presentation.LookUp: look_up,
    LogIn: log_in,
}
