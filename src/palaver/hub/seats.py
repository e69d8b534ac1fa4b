"""Who sits where, who may know of it, and how a seat that changes is told.

How a seat is given up stands in `live_rooms`, since a room may end with it; how one is taken, in the handler of `JoinRoom`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, hands, policy, rooms, waiting
from palaver.core.audience import Publication, ToRoom, ToSessions
from palaver.core.ids import PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations
from palaver.core.names import fold, next_free
from palaver.core.participants import (
    HIDDEN,
    Author,
    ByHandle,
    BySession,
    Identity,
    Participant,
    ParticipantUpdated,
    Rule,
    Target,
    author_of,
    keys_of,
    name_key,
    user_key,
)
from palaver.core.rooms import LeaveReason
from palaver.hub.local_rooms import LocalRoom
from palaver.hub.ports.nodes import SessionCard
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def room_of(hub: Hub, room: RoomId) -> LocalRoom:
    """Return a room that is live. Raises NoSuchRoom."""
    local = hub.rooms.get(room)
    if local is None:
        raise errors.NoSuchRoom(room=room)
    return local


def seat_of(hub: Hub, session: Session, room: RoomId) -> Participant:
    """Return a session's seat in a room. Raises NotInRoom, also for a room that is not there."""
    participant = hub.presence.roster(room).get(session.session)
    if participant is None:
        raise errors.NotInRoom(room=room)
    return participant


def seat_anywhere(hub: Hub, card: SessionCard) -> Participant:
    """Return a seat of a session; somebody who has none is shown as if there were one."""
    for room in hub.presence.rooms_of(card.session):
        return hub.presence.roster(room)[card.session]
    author = _author_outside(hub, card.session, card.identity)
    return Participant(card.session, author.handle, 0, display_name=author.display_name, user=author.user)


def as_elsewhere(hub: Hub, session: Session, seat: Participant, room: RoomId) -> Participant:
    """Return a new seat in a room as its owner is seen already: status and media in other rooms, a hand in other windows."""
    roster = hub.presence.roster(room)
    for other in sessions_of_user(hub, seat.user):
        window = roster.get(other)
        if window is not None and window.hand_raised_ms:
            seat = hands.with_hand(seat, window.hand_raised_ms)
    for elsewhere in session.rooms:
        held = hub.presence.roster(elsewhere).get(session.session)
        if held is not None:
            return msgspec.structs.replace(
                seat,
                status=held.status,
                status_text=held.status_text,
                dnd=held.dnd,
                media=held.media,
                hand_raised_ms=0 if held.hidden else seat.hand_raised_ms,
            )
    return seat


def author_in(hub: Hub, session: Session, room: RoomId | None = None) -> Author:
    """Return how others know a session: by its seat in a room, else in any room, else by its name alone."""
    for candidate in session.rooms if room is None else (room, *session.rooms):
        seat = hub.presence.roster(candidate).get(session.session)
        if seat is not None:
            return author_of(seat)
    return _author_outside(hub, session.session, session.identity)


def _author_outside(hub: Hub, session: SessionId, identity: Identity) -> Author:
    """Return how others know somebody who sits nowhere: a guest by no name of another whom no block meets."""
    name, shielded = identity.name, hub.presence.unblockable()
    if identity.user is None and shielded:
        card = hub.presence.card(session)
        own = card.shields if card is not None else ()
        name = next_free(name, lambda each: (key := name_key(each)) in shielded and key not in own)
    return Author(session, name, identity.display_name, identity.user)


def author_to(hub: Hub, session: Session, other: SessionId) -> Author:
    """Return how somebody knows a session: by its seat in a room where both sit, else as `author_in` does."""
    shared = (room for room in session.rooms if other in hub.presence.roster(room))
    return author_in(hub, session, next(shared, None))


def sessions_of(hub: Hub, session: Session) -> tuple[SessionId, ...]:
    """Return the sessions of the same person on every node; a guest has the one."""
    user = session.identity.user
    return (session.session,) if user is None else sessions_of_user(hub, user)


def sessions_of_user(hub: Hub, user: UserId | None) -> tuple[SessionId, ...]:
    """Return the sessions of a user on every node; guests are no user."""
    if user is None:
        return ()
    return tuple(hub.presence.bearing(user_key(user)))


def both_seats(hub: Hub, session: Session, room: RoomId, target: Target) -> tuple[Participant, Participant]:
    """Return the asker's seat in a room, and the one that is pointed at. Raises NotInRoom and NoSuchParticipant."""
    actor = seat_of(hub, session, room)
    found = target_in(hub, session, room, target)
    if found is None:
        raise errors.NoSuchParticipant(name="That session" if isinstance(target, BySession) else target.handle)
    return actor, found


def target_in(hub: Hub, session: Session, room: RoomId, target: Target) -> Participant | None:
    """Return the seat in a room that is pointed at, if there is one that is not hidden from the asker."""
    if isinstance(target, BySession):
        found = hub.presence.roster(room).get(target.session)
    else:
        found = hub.presence.named(room, target.handle)
    return None if found is not None and found.hidden and found.session != session.session else found


def relations_of(hub: Hub, session: SessionId) -> Relations:
    """Return how somebody of any node stands to others."""
    card = hub.presence.card(session)
    return NO_RELATIONS if card is None else card.relations


def hidden_from(session: Session) -> frozenset[PersonKey]:
    """Return the keys of those whom a session blocks, who must not hear of it."""
    return session.relations.blocks


def is_hidden(hub: Hub, session: SessionId) -> bool:
    """Return whether somebody of any node is here unseen."""
    return any(hub.presence.roster(room)[session].hidden for room in hub.presence.rooms_of(session))


def find(hub: Hub, session: Session, target: Target) -> Author:
    """Return whom a session points at. Raises NoSuchParticipant.

    For the asker, a person who blocks them is not there, nor one who is hidden, except where a camera was opened.
    """
    found = _by_session(hub, session, target) if isinstance(target, BySession) else _by_handle(hub, session, target)
    if found.session != session.session and is_hidden(hub, found.session) and not session.is_open_to(found.session):
        raise errors.NoSuchParticipant(name=found.handle if isinstance(target, ByHandle) else "That session")
    if not hub.presence.blockers():
        return found
    mine = keys_of(author_to(hub, session, found.session).handle, session.identity.user)
    theirs = keys_of(found.handle, found.user)
    if not sees(hub, session.relations, mine, found.session, theirs):
        raise errors.NoSuchParticipant(name=found.handle)
    return found


def sees(
    hub: Hub, relations: Relations, mine: tuple[PersonKey, ...], other: SessionId, theirs: tuple[PersonKey, ...]
) -> bool:
    """Return whether no block stands between two people, as blocks hold now."""
    return policy.sees(relations, mine, relations_of(hub, other), theirs, hub.presence.unblockable())


def reach(hub: Hub, session: Session, target: Target) -> SessionId:
    """Return the session that is pointed at, as `find` does, where who it is does not matter. Raises NoSuchParticipant."""
    if type(target) is BySession and not hub.presence.blockers():
        other = target.session
        if hub.presence.card(other) is not None and not is_hidden(hub, other):
            return other
    return find(hub, session, target).session


def _by_session(hub: Hub, session: Session, target: BySession) -> Author:
    for room in session.rooms:
        seat = hub.presence.roster(room).get(target.session)
        if seat is not None:
            return author_of(seat)
    card = hub.presence.card(target.session)
    if card is None:
        raise errors.NoSuchParticipant(name="That session")
    for room in hub.presence.rooms_of(target.session):
        return author_of(hub.presence.roster(room)[target.session])
    return _author_outside(hub, card.session, card.identity)


def _by_handle(hub: Hub, session: Session, target: Target) -> Author:
    assert not isinstance(target, BySession)
    for room in session.rooms if target.room is None else (target.room,):
        if hub.presence.roster(room).get(session.session) is None:
            continue
        seat = hub.presence.named(room, target.handle)
        if seat is not None:
            return author_of(seat)
    raise errors.NoSuchParticipant(name=target.handle)


def rules_of(hub: Hub, session: Session) -> frozenset[Rule]:
    """Return the rules that the site lays on somebody; a guest is known by the handles of their seats, too."""
    identity = session.identity
    if identity.user is not None or not hub.admission.user_rules:
        return hub.admission.rules_of(identity)
    seated = (hub.presence.roster(room).get(session.session) for room in session.rooms)
    return hub.admission.rules_of(identity, *(seat.handle for seat in seated if seat is not None))


def shared_seats(hub: Hub, one: SessionId, other: SessionId) -> Iterator[tuple[Participant, Participant]]:
    """Go through the rooms in which both sit: the seat of the one and of the other."""
    for room in hub.presence.rooms_of(one):
        roster = hub.presence.roster(room)
        if one in roster and other in roster:
            yield roster[one], roster[other]


def guests_named(hub: Hub, name: str) -> Iterator[tuple[Participant, RoomId]]:
    """Go through the seats that guests have under a name (folded), in whichever room."""
    for who in hub.presence.bearing(PersonKey(f"name:{name}")):
        for room in hub.presence.rooms_of(who):
            seat = hub.presence.roster(room)[who]
            if seat.user is None and fold(seat.handle) == name:
                yield seat, room


def keys_known(hub: Hub, session: Session, seat: Participant, *, every: bool = False) -> set[PersonKey]:
    """Return the keys by which the person of a session knows somebody who is here.

    Of a user it is the user's, or `every` one; of a guest, those of each handle that the guest bears where that person sits,
    too, in whichever window.
    """
    theirs = [other for mine in sessions_of(hub, session) for _, other in shared_seats(hub, mine, seat.session)]
    keys = (keys_of(known.handle, known.user) for known in (seat, *theirs))
    return {key for each in keys for key in (each if every else each[:1])}


def visible_roster(hub: Hub, session: Session, participant: Participant, room: RoomId) -> tuple[Participant, ...]:
    """Return the seats of a room that somebody may see, as they may see them.

    These are all but the hidden ones and those with whom there is a block, either way.
    """
    me = session.session
    found = [seat for seat in hub.presence.roster(room).values() if seat.status != HIDDEN or seat.session == me]
    if hub.presence.blockers():
        mine = keys_of(participant.handle, participant.user)
        found = [
            seat
            for seat in found
            if seat.session == me or sees(hub, session.relations, mine, seat.session, keys_of(seat.handle, seat.user))
        ]
    if hub.admission.secret_vip and not participant.vip:
        return tuple(map(without_vip, found))
    return tuple(found)


def without_vip(seat: Participant) -> Participant:
    """Return a seat as those see it who are not told who is a VIP."""
    return msgspec.structs.replace(seat, vip=False) if seat.vip else seat


def change_seat(
    hub: Hub,
    room: RoomId,
    participant: Participant,
    *,
    echo: bool = True,
    told: Participant | None = None,
    passing: Participant | None = None,
) -> None:
    """Record another state of a seat and tell the room; without `echo`, not the one who sits there.

    Of who is hidden, or becomes so, only they themselves are told. Whoever runs the room from now on is told who waits.
    `told` is the seat as the room knows it, where it is recorded otherwise already.
    """
    was = told or hub.presence.roster(room).get(participant.session)
    hub.presence.update_seat(room, participant)
    _tell_change(hub, room, participant, was, passing, echo=echo)
    local = hub.rooms.get(room)
    if local is not None and policy.runs_room(participant) and not (was is not None and policy.runs_room(was)):
        for _, waiter in tuple(local.waiting.values()):
            hub.tell(Publication(waiting.WaitingStarted(room, waiter), ToSessions((participant.session,))))


def _tell_change(
    hub: Hub,
    room: RoomId,
    participant: Participant,
    was: Participant | None,
    passing: Participant | None,
    *,
    echo: bool,
) -> None:
    blocks = relations_of(hub, participant.session).blocks
    was_hidden = was is not None and was.hidden
    event = ParticipantUpdated(room, participant, was, passing)
    if participant.hidden or was_hidden:
        if was is not None and not was_hidden:
            hub.tell(rooms.left(room, was, LeaveReason.LEFT, blocks))
        if echo:
            hub.tell(Publication(event, ToSessions((participant.session,))))
        if not participant.hidden:
            tell_joined(hub, room, participant, blocks)
        return
    besides = None if echo else participant.session
    about = keys_of(participant.handle, participant.user)
    tell_of_seat(hub, event, ToRoom(room, about=about, seen=True, hidden_from=blocks, besides=besides))


def tell_joined(hub: Hub, room: RoomId, participant: Participant, blocks: frozenset[PersonKey]) -> None:
    """Tell the others that somebody came, unless they are hidden."""
    if participant.hidden:
        return
    event = came(hub, room, participant)
    audience = rooms.joined(room, participant, blocks).audience
    assert isinstance(audience, ToRoom)
    tell_of_seat(hub, event, audience)


def came(hub: Hub, room: RoomId, participant: Participant) -> rooms.ParticipantJoined:
    """Return the news that somebody came into sight in a room."""
    local = hub.rooms.get(room)
    main = local.room.channels[0].id if local is not None else rooms.MAIN_CHANNEL
    return rooms.ParticipantJoined(room, participant, main)


def tell_of_seat(hub: Hub, event: rooms.ParticipantJoined | ParticipantUpdated, audience: ToRoom) -> None:
    """Tell of a seat; that it is a VIP's only to VIPs, where the site keeps that a secret."""
    if not (hub.admission.secret_vip and event.participant.vip):
        hub.tell(Publication(event, audience))
        return
    plain = msgspec.structs.replace(event, participant=without_vip(event.participant))
    if isinstance(plain, ParticipantUpdated) and plain.was is not None:
        plain = msgspec.structs.replace(plain, was=without_vip(plain.was))
    hub.tell(Publication(event, msgspec.structs.replace(audience, vips=True)))
    hub.tell(Publication(plain, msgspec.structs.replace(audience, vips=False)))
