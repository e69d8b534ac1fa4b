"""What those who run the site ask for: who else runs it, everybody signed out, settings read anew, a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, moderation, operations, policy
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import DONE, Outcome
from palaver.core.moderation import SessionEnded
from palaver.core.participants import Participant, Role
from palaver.core.rooms import LeaveReason
from palaver.hub import namesakes, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.handlers.moderation import remove
from palaver.hub.ports.operations import Operations
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def set_operator(hub: Hub, session: Session, command: moderation.SetOperator) -> Outcome:
    """Let somebody run the site for the rest of their sessions, or no longer; their tokens say as much as before.

    A user does so in all windows that are open, or in none.
    """
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_set_operator(actor):
        raise errors.NotAllowed(action="say who runs this place")
    sessions = seats.sessions_of_user(hub, target.user) or (target.session,)
    event = moderation.OperatorChanged(command.on, actor.handle)
    if command.on and target.user is None and not hub.admission.blockable_operators:
        await namesakes.displace_namesakes(hub, target.session)
    hub.tell(Publication(event, ToSessions(sessions)))
    for who in sessions:
        for room in tuple(hub.presence.rooms_of(who)):
            seat = hub.presence.roster(room)[who]
            changed = with_operator(seat, on=command.on)
            if changed != seat:
                seats.change_seat(hub, room, changed)
    return DONE


def with_operator(seat: Participant, *, on: bool) -> Participant:
    """Return the seat of somebody who runs the site from now on, or no longer; as it is where nothing changes in that."""
    if seat.operator == on:
        return seat
    role = seat.role
    if on and role.rank < Role.MODERATOR.rank:
        role = Role.MODERATOR
    elif not on and role is Role.MODERATOR:
        role = Role.GUEST if seat.user is None else Role.MEMBER
    return msgspec.structs.replace(seat, operator=on, role=role, status=policy.status_of(seat.status, operator=on))


async def sign_everybody_out(hub: Hub, session: Session, command: moderation.SignEverybodyOut) -> Outcome:
    """End every session of every node; nobody is kept out."""
    by = _run_by(session, "sign everybody out")
    event = SessionEnded(LeaveReason.SIGNED_OUT.value, by, command.reason[: moderation.MAX_REASON_CHARS])
    # Each goes, and nobody is left to be told of the others: a thousand people would be told of a thousand.
    for local in hub.rooms.values():
        for who in tuple(local.seated):
            local.detach(who)
    for card in hub.presence.sessions():
        if card.session != session.session:
            remove(hub, card.session, event)
    # Oneself last, since nothing is told to a session that has ended.
    remove(hub, session.session, event)
    return DONE


async def reload_settings(hub: Hub, session: Session, command: operations.ReloadSettings) -> Outcome:
    """Read the settings anew; refused with what is wrong with them."""
    _run_by(session, "read the settings anew")
    problem = _process(hub).reload()
    if problem:
        raise errors.Malformed(problem=problem)
    return DONE


async def restart(hub: Hub, session: Session, command: operations.Restart) -> Outcome:
    """Tell everybody, then stop; a supervisor starts the server again."""
    _run_by(session, "restart the server")
    process = _process(hub)
    hub.tell(operations.restart_announced())
    process.restart()
    return DONE


def _process(hub: Hub) -> Operations:
    if hub.operations is None:
        raise errors.Unavailable()
    return hub.operations


def _run_by(session: Session, action: str) -> str:
    if not policy.may_run_site(session.identity.operator):
        raise errors.NotAllowed(action=action)
    return session.identity.name


HANDLERS: Handlers = {
    moderation.SetOperator: set_operator,
    moderation.SignEverybodyOut: sign_everybody_out,
    operations.ReloadSettings: reload_settings,
    operations.Restart: restart,
}
