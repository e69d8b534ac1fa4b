"""Calls: signals between two sessions, the mesh call of a room, ICE servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core import calls, descriptions, errors, media, policy
from palaver.core.base import DONE, Outcome
from palaver.core.ids import PersonKey, SessionId
from palaver.core.moderation import NO_RELATIONS, unheard_by
from palaver.core.participants import keys_of
from palaver.hub import seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

CAMERA = "camera"
CALL = "call"


def send_signal(hub: Hub, session: Session, command: calls.SendSignal) -> Outcome:
    """Pass a signal on. Somebody who ignores the sender is not told, and the sender does not learn of that."""
    receiver = seats.reach(hub, session, command.to)
    _check(hub, session, command, receiver)
    author = seats.author_in(hub, session)
    theirs = seats.relations_of(hub, receiver)
    keys = keys_of(author.handle, author.user)
    if theirs is NO_RELATIONS or not unheard_by(theirs, keys, hub.presence.unblockable()):
        closed = _is_closed(hub, session, command, receiver, keys)
        hub.tell(calls.signal_sent(command, author, receiver, closed=closed))
    return DONE


def _is_closed(
    hub: Hub, session: Session, command: calls.SendSignal, receiver: SessionId, keys: tuple[PersonKey, ...]
) -> bool:
    """Whether somebody offers a call to one who shows a camera that is not for them."""
    if command.about in (CAMERA, CALL) or type(command.signal) is not calls.Offer or session.is_open_to(receiver):
        return False
    shared = seats.shared_seat(hub, session.session, receiver)
    if shared is None:
        rosters = (hub.presence.roster(room) for room in hub.presence.rooms_of(receiver))
        return any(roster[receiver].media.camera for roster in rosters if receiver in roster)
    _, viewer, owner = shared
    if not owner.media.camera:
        return False
    theirs = seats.relations_of(hub, receiver)
    return media.may_not_view(seats.rules_of(hub, session)) or policy.watch_refusal(viewer, keys, owner, theirs) != ""


def _check(hub: Hub, session: Session, command: calls.SendSignal, receiver: SessionId) -> None:
    if len(command.about) > calls.MAX_ABOUT_CHARS:
        raise errors.TooLarge(limit=calls.MAX_ABOUT_CHARS, unit="characters")
    if calls.payload_bytes(command.signal) > calls.MAX_SIGNAL_BYTES:
        raise errors.TooLarge(limit=calls.MAX_SIGNAL_BYTES, unit="bytes")
    if type(command.signal) is calls.Hangup:
        return
    if isinstance(command.signal, calls.Offer | calls.Answer):
        rules = seats.rules_of(hub, session)
        if media.may_not_show(rules) and descriptions.sends_video(command.signal.description):
            raise media.broadcast_forbidden(rules, hub.admission.rule_texts)
    if command.about == CAMERA and not session.is_open_to(receiver):
        raise errors.CameraClosed.because("unopened")
    if command.about == CALL and not seats.in_one_call(hub, session.session, receiver):
        raise errors.NotAllowed(action="call somebody who is not in the same call")


async def join_call(hub: Hub, session: Session, command: calls.JoinCall) -> Outcome:
    """Take part in a room's mesh call; those in it learn of it by the changed seat, and who takes part is told to them."""
    _set_in_call(hub, session, command, in_call=True)
    taking_part = tuple(who for who, seat in hub.presence.roster(command.room).items() if seat.in_call)
    if len(taking_part) > 1:
        hub.tell(calls.room_gathered(command.room, taking_part))
    return DONE


async def gather_call(hub: Hub, session: Session, command: calls.GatherCall) -> Outcome:
    """Ask some sessions to call each other; those who ignore or block the asker are not told."""
    if len(command.sessions) > calls.MAX_GATHERED:
        raise errors.TooLarge(limit=calls.MAX_GATHERED, unit="sessions")
    if len(command.call) > calls.MAX_CALL_CHARS:
        raise errors.TooLarge(limit=calls.MAX_CALL_CHARS, unit="characters")
    hub.tell(calls.gathered(command, seats.author_in(hub, session)))
    return DONE


async def leave_call(hub: Hub, session: Session, command: calls.LeaveCall) -> Outcome:
    """Leave the mesh call."""
    _set_in_call(hub, session, command, in_call=False)
    return DONE


def _set_in_call(hub: Hub, session: Session, command: calls.JoinCall | calls.LeaveCall, *, in_call: bool) -> None:
    seat = seats.seat_of(hub, session, command.room)
    if seat.in_call != in_call:
        seats.change_seat(hub, command.room, msgspec.structs.replace(seat, in_call=in_call))


async def fetch_ice_servers(hub: Hub, session: Session, command: calls.FetchIceServers) -> Outcome:
    """Return STUN and TURN servers with fresh credentials."""
    return hub.ice.servers(session.session, now=hub.clock.now())


HANDLERS: Handlers = {
    calls.SendSignal: send_signal,
    calls.JoinCall: join_call,
    calls.LeaveCall: leave_call,
    calls.GatherCall: gather_call,
    calls.FetchIceServers: fetch_ice_servers,
}
