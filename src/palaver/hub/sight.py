"""Who sees whom in the rooms they share, and telling both sides when that changes without anybody coming or going."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from palaver.core import policy, rooms
from palaver.core.audience import Publication, ToSessions
from palaver.core.ids import RoomId, SessionId
from palaver.core.moderation import Relations, in_effect
from palaver.core.participants import Participant, keys_of
from palaver.core.rooms import LeaveReason
from palaver.hub import seats
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

_Pair = tuple[RoomId, SessionId, SessionId]


@contextmanager
def changing(hub: Hub, sessions: Iterable[SessionId], now: Relations | None = None) -> Iterator[None]:
    """Change how the sessions of one person stand to others; whoever gains or loses sight of somebody is told at the end.

    Nothing else may happen meanwhile, so what must be waited for is done before. `now` is how the person stands to others
    after the change, where other nodes are yet to hear of it.
    """
    sessions = tuple(sessions)
    before = _sight(hub, sessions, None)
    yield
    for pair, shown in _sight(hub, sessions, now).items():
        room, viewer, other = pair
        if shown != before.get(pair, shown):
            _tell(hub, room, viewer, hub.presence.roster(room)[other], shown=shown)


@contextmanager
def changing_rights(hub: Hub, session: Session, declared: Relations) -> Iterator[None]:
    """Change whether blocks meet a person, and whether theirs hold: in all sessions of the user, since it is one person."""
    with changing(hub, seats.sessions_of(hub, session), declared):
        yield


def _sight(hub: Hub, sessions: tuple[SessionId, ...], now: Relations | None) -> dict[_Pair, bool]:
    """Return for each ordered pair of viewer and other, of whom one is among `sessions`, whether the viewer sees them."""
    shielded, nobody_blocks = hub.presence.unblockable(), not hub.presence.blockers() and not (now and now.blocks)
    found: dict[_Pair, bool] = {}
    for me, room, mine in _seats_of(hub, sessions):
        keys = keys_of(mine.handle, mine.user)
        relations = seats.relations_of(hub, me) if now is None else _in_effect(hub, mine, now)
        for other in hub.presence.roster(room).values():
            if other.session == me:
                continue
            theirs = now if now is not None and other.session in sessions else seats.relations_of(hub, other.session)
            seen = nobody_blocks or policy.sees(relations, keys, theirs, keys_of(other.handle, other.user), shielded)
            found[room, me, other.session] = seen and not other.hidden
            found[room, other.session, me] = seen and not mine.hidden
    return found


def _in_effect(hub: Hub, seat: Participant, declared: Relations) -> Relations:
    """Return relations as they will hold for a seat; a guest who bears the name of one who runs the site is another."""
    card = hub.presence.card(seat.session)
    unblockable = card is not None and bool(card.shields)
    if not unblockable and seat.user is not None:
        unblockable = keys_of(seat.handle, seat.user)[0] in hub.presence.unblockable()
    return in_effect(declared, unblockable=unblockable)


def _seats_of(hub: Hub, sessions: tuple[SessionId, ...]) -> Iterator[tuple[SessionId, RoomId, Participant]]:
    for session in sessions:
        for room in tuple(hub.presence.rooms_of(session)):
            yield session, room, hub.presence.roster(room)[session]


def _tell(hub: Hub, room: RoomId, viewer: SessionId, other: Participant, *, shown: bool) -> None:
    if shown:
        seat = hub.presence.roster(room)[viewer]
        known = seats.without_vip(other) if hub.admission.secret_vip and not seat.vip else other
        event: rooms.ParticipantJoined | rooms.ParticipantLeft = seats.came(hub, room, known)
    else:
        event = rooms.ParticipantLeft(room, other.session, other.handle, LeaveReason.HIDDEN)
    hub.tell(Publication(event, ToSessions((viewer,))))
