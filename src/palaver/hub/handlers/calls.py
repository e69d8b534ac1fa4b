"""Calls: signals between two sessions, the mesh call of a room, ICE servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core import calls, descriptions, errors, media, policy
from palaver.core.base import DONE, Outcome
from palaver.hub import routes, seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

CAMERA = "camera"
CALL = "call"


def send_signal(hub: Hub, session: Session, command: calls.SendSignal) -> Outcome:
    """Pass a signal on. Somebody who ignores the sender is not told, and the sender does not learn of that."""
    route = routes.find(hub, session, command.to)
    signal, about = command.signal, command.about
    if len(about) > calls.MAX_ABOUT_CHARS:
        raise errors.TooLarge(limit=calls.MAX_ABOUT_CHARS, unit="characters")
    if signal.size > calls.MAX_SIGNAL_BYTES:
        raise errors.TooLarge(limit=calls.MAX_SIGNAL_BYTES, unit="bytes")
    signal.check()
    kind = type(signal)
    if kind is not calls.Hangup and (about or route.rules):
        _check(hub, session, command, route)
    if route.heard:
        # A call offered out of the blue to one who shows a camera that is not for the caller.
        closed = route.closed and kind is calls.Offer and about not in (CAMERA, CALL)
        hub.tell(calls.signal_sent(command, route.way, closed=closed))
    return DONE


def _check(hub: Hub, session: Session, command: calls.SendSignal, route: routes.Route) -> None:
    """Refuse a signal that may not pass. Raises CameraClosed and NotAllowed."""
    signal, about = command.signal, command.about
    if (
        isinstance(signal, calls.Description)
        and media.may_not_show(route.rules)
        and descriptions.sends_video(signal.description)
    ):
        raise media.broadcast_forbidden(route.rules, hub.admission.rule_texts)
    if about == CAMERA and not session.is_open_to(route.receiver):
        raise errors.CameraClosed.because("unopened")
    if about == CALL and not route.in_one_call:
        raise errors.NotAllowed(action="call somebody who is not in the same call")


async def join_call(hub: Hub, session: Session, command: calls.JoinCall) -> Outcome:
    """Take part in a room's mesh call; those in it learn of it by the changed seat, and who takes part is told to them."""
    if not policy.may_join_call(seats.seat_of(hub, session, command.room)):
        raise errors.NotAllowed(action="take part in a call unseen")
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
