"""What a node must know of an event that it told to a session, beyond handing it on; on whichever node it was caused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from palaver.core.base import Event
from palaver.core.disconnects import BANNED, KICKED, SIGNED_OUT
from palaver.core.media import CameraOpened, ViewerTurnedAway
from palaver.core.moderation import OperatorChanged, RelationsChanged, SessionEnded
from palaver.core.participants import ParticipantUpdated
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft, RoomClosed
from palaver.core.sessions import Admitted
from palaver.hub import live_rooms, sight, standing
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

_FAREWELLS = {LeaveReason.BANNED: BANNED, LeaveReason.SIGNED_OUT: SIGNED_OUT}


def _joined(hub: Hub, session: Session, event: ParticipantJoined) -> None:
    hub.rosters.show(session, event.room)


def _left(hub: Hub, session: Session, event: ParticipantLeft) -> None:
    hub.rosters.show(session, event.room)
    if event.session == session.session:
        live_rooms.vacate(hub, session, event.room)


def _updated(hub: Hub, session: Session, event: ParticipantUpdated) -> None:
    room = hub.rooms.get(event.room)
    if room is not None:
        hub.rosters.changed(room, event)


def _admitted(hub: Hub, session: Session, event: Admitted) -> None:
    hub.rosters.show(session, event.snapshot.room.id)


def _closed(hub: Hub, session: Session, event: RoomClosed) -> None:
    live_rooms.vacate(hub, session, event.room)


def _opened(hub: Hub, session: Session, event: CameraOpened) -> None:
    other = event.viewer if event.owner.session == session.session else event.owner
    session.open_to(other.session)


def _turned_away(hub: Hub, session: Session, event: ViewerTurnedAway) -> None:
    session.close_to(event.owner.session)


def _related(hub: Hub, session: Session, event: RelationsChanged) -> None:
    standing.change(hub, session, event.relations)


def _runs_site(hub: Hub, session: Session, event: OperatorChanged) -> None:
    with sight.changing_rights(hub, session, session.declared):
        session.identity = msgspec.structs.replace(session.identity, operator=event.on)
        standing.change(hub, session, session.declared)


def _ended(hub: Hub, session: Session, event: SessionEnded) -> None:
    reason = LeaveReason(event.reason)
    hub.end(session, _FAREWELLS.get(reason, KICKED), reason)


NOTES: dict[type[Event], Callable[[Any, Session, Any], None]] = {
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    ParticipantUpdated: _updated,
    Admitted: _admitted,
    RoomClosed: _closed,
    CameraOpened: _opened,
    ViewerTurnedAway: _turned_away,
    RelationsChanged: _related,
    OperatorChanged: _runs_site,
    SessionEnded: _ended,
}
"""How an event is noted, called with the hub and the session that was told it."""
