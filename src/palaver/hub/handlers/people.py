"""People: status, do-not-disturb and display names, in every room one sits in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, participants, policy, sessions
from palaver.core.base import DONE, Outcome
from palaver.core.ids import RoomId
from palaver.core.names import NameProblem, display_name, room_name
from palaver.core.participants import Participant
from palaver.hub import live_rooms, screening, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.handlers.hands import raise_together
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

MAX_STATUS_CHARS = 32
MAX_STATUS_TEXT_CHARS = 200


async def set_status(hub: Hub, session: Session, command: participants.SetStatus) -> Outcome:
    """Change how one is seen."""
    count_rooms(hub, session)
    changes: dict[str, object] = {}
    if command.status is not msgspec.UNSET:
        status = _checked(command.status, MAX_STATUS_CHARS)
        if not status or status == participants.ONLINE:
            status = participants.ONLINE  # this very object, which is left out on the wire
        changes["status"] = policy.status_of(status, operator=session.identity.operator)
        if changes["status"] == participants.HIDDEN:
            changes["in_call"] = False
            changes["hand_raised_ms"] = 0
    if command.text is not msgspec.UNSET:
        changes["status_text"] = checked_status_text(hub, command.text)
    if command.dnd is not msgspec.UNSET:
        changes["dnd"] = command.dnd
    change_everywhere(hub, session, changes)
    for room in session.rooms if "status" in changes else ():  # one who hid may be seen again
        raise_together(hub, room, session.identity.user)
    return DONE


async def renew_token(hub: Hub, session: Session, command: sessions.RenewToken) -> Outcome:
    """Sign anew what the site said of this user, who may have to prove it to the next process."""
    if hub.tokens is None or session.identity.user is None:
        return sessions.TokenRenewed()
    now = hub.clock.now()
    token, ends = hub.tokens.renewed(session.identity, now=now)
    return sessions.TokenRenewed(token, int(ends * 1000), max(0, int(ends - now)))


async def rename(hub: Hub, session: Session, command: participants.Rename) -> Outcome:
    """Change one's display name; the empty one means the handle."""
    count_rooms(hub, session)
    name = _checked_display_name(command.display_name)
    session.identity = msgspec.structs.replace(session.identity, display_name=name)
    change_everywhere(hub, session, {"display_name": name}, echo=command.echo)
    live_rooms.ask_anew(hub, session, name=name)
    return DONE


async def rename_participant(hub: Hub, session: Session, command: participants.RenameParticipant) -> Outcome:
    """Change somebody's display name in a room, as one who runs it."""
    actor, target = seats.both_seats(hub, session, command.room, command.target)
    if not policy.may_rename(actor, target):
        raise errors.NotAllowed(action=f"rename {target.handle}")
    changed = msgspec.structs.replace(target, display_name=_checked_display_name(command.display_name))
    if changed != target:
        seats.change_seat(hub, command.room, changed)
    return DONE


def _checked_display_name(text: str) -> str:
    try:
        return display_name(text) if text.strip() else ""
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence, why=problem.code) from None


def count_rooms(hub: Hub, session: Session) -> None:
    """Count what several rooms are about to be told as an ask for each; the first was counted already."""
    more = len(session.rooms) - 1
    wait = session.asks_bucket(hub.allowances).take(hub.clock.now(), more) if more > 0 else 0.0
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)


def change_everywhere(
    hub: Hub,
    session: Session,
    changes: dict[str, object],
    *,
    echo: bool = True,
    told: Mapping[RoomId, Participant] | None = None,
) -> None:
    """Change every seat of a session, and tell each room whose seat really changed; `told` as in `seats.change_seat`."""
    for room in session.rooms:
        seat: Participant = seats.seat_of(hub, session, room)
        changed = msgspec.structs.replace(seat, **changes)
        known = (told or {}).get(room, seat)
        if changed != known:
            seats.change_seat(hub, room, changed, echo=echo, told=known)


def checked_status_text(hub: Hub, text: str) -> str:
    """Return the line beside a name as it may be shown, or refuse it."""
    checked = _checked(text, MAX_STATUS_TEXT_CHARS)
    screening.check_words(hub, text)
    return checked


def _checked(text: str, limit: int) -> str:
    if len(text) > limit:
        raise errors.TooLarge(limit=limit, unit="characters")
    try:
        return room_name(text, max_chars=limit) if text.strip() else ""
    except NameProblem as problem:
        raise errors.BadText(problem=problem.sentence, why=problem.code) from None


HANDLERS: Handlers = {
    sessions.RenewToken: renew_token,
    participants.SetStatus: set_status,
    participants.Rename: rename,
    participants.RenameParticipant: rename_participant,
}
