"""May signals pass from one session to another, and from whom do they come: concluded once for many.

A call is set up by dozens of signals between the same two (RFC 8838), and what they depend on seldom changes meanwhile: who
sits where under which name, who blocks whom, whose camera is for whom. So the conclusion is kept for as long as all of that
stands still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from palaver.core import calls, media, policy
from palaver.core.ids import PersonKey, RoomId, SessionId
from palaver.core.moderation import NO_RELATIONS, unheard_by
from palaver.core.participants import BySession, Identity, Rule, Target, keys_of
from palaver.hub import seats
from palaver.hub.admission import Admission
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

KEPT = 64
"""A mesh call has fewer people than that."""


class Route(NamedTuple):
    """What holds between two sessions, and what it was concluded from.

    Attributes:
        way: how signals go there.
        heard: the receiver does not ignore the sender.
        closed: the receiver shows a camera that the sender may not watch.
        in_one_call: both take part in the call of the same room.
        rules: what the site lays on the sender.
    """

    receiver: SessionId
    way: calls.Route
    heard: bool
    closed: bool
    in_one_call: bool
    rules: frozenset[Rule]
    changes: int
    admission: Admission
    identity: Identity
    rooms: tuple[RoomId, ...]


def find(hub: Hub, session: Session, target: Target) -> Route:
    """Return what holds between a session and the one that is pointed at. Raises NoSuchParticipant; see `seats.find`."""
    routes = session.routes
    if routes is not None and type(target) is BySession:
        held = routes.get(target.session)
        if (
            held is not None
            and held.changes == hub.presence.changes.count
            and held.rooms is session.rooms
            and held.identity is session.identity
            and held.admission is hub.admission
        ):
            return held
    receiver = seats.reach(hub, session, target)
    found = _concluded(hub, session, receiver)
    if routes is None or len(routes) >= KEPT:
        routes = session.routes = {}
    routes[receiver] = found
    return found


def _concluded(hub: Hub, session: Session, receiver: SessionId) -> Route:
    author = seats.author_to(hub, session, receiver)
    theirs = seats.relations_of(hub, receiver)
    keys = keys_of(author.handle, author.user)
    return Route(
        receiver,
        calls.route(author, receiver),
        heard=theirs is NO_RELATIONS or not unheard_by(theirs, keys, hub.presence.unblockable()),
        closed=not session.is_open_to(receiver) and _is_closed(hub, session, receiver, keys),
        in_one_call=any(
            policy.may_signal_in_call(mine, other) for mine, other in seats.shared_seats(hub, session.session, receiver)
        ),
        rules=seats.rules_of(hub, session),
        changes=hub.presence.changes.count,
        admission=hub.admission,
        identity=session.identity,
        rooms=session.rooms,
    )


def _is_closed(hub: Hub, session: Session, receiver: SessionId, keys: tuple[PersonKey, ...]) -> bool:
    """Whether somebody shows a camera that is not for the session."""
    shared = next(seats.shared_seats(hub, session.session, receiver), None)
    if shared is None:
        rosters = (hub.presence.roster(room) for room in hub.presence.rooms_of(receiver))
        return any(roster[receiver].media.camera for roster in rosters if receiver in roster)
    viewer, owner = shared
    if not owner.media.camera:
        return False
    theirs = seats.relations_of(hub, receiver)
    return media.may_not_view(seats.rules_of(hub, session)) or policy.watch_refusal(viewer, keys, owner, theirs) != ""
