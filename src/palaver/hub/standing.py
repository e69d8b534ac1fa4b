"""How sessions stand to others, and whom no block meets: what holds of that which people declare.

That somebody declares it, and that it is stored, stands in `handlers.relations`; who sees whom by it, in `sight`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.ids import PersonKey, SessionId
from palaver.core.moderation import Relations, RelationsChanged, changed, in_effect, is_unblockable
from palaver.core.names import fold
from palaver.core.participants import name_key, user_key
from palaver.hub import seats, sight
from palaver.hub.ports.nodes import SessionCard
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def change(hub: Hub, session: Session, declared: Relations) -> None:
    """Take over how the person of a session stands to others.

    Blocks hold for all sessions of a user alike: where they do not meet one, they meet none.
    """
    card, shields = hub.presence.card(session.session), _shields(hub, session)
    before, session.declared = session.relations, declared
    unblockable = bool(shields) or _is_unblockable_elsewhere(hub, session)
    hub.sessions.set_relations(session, in_effect(declared, unblockable=unblockable))
    if session.relations.blocks != before.blocks:
        session.blocked_at = hub.position.seq
    if session.relations.ignores != before.ignores:
        session.note_ignored(before.ignores, hub.message_ids.next(hub.clock.now()))
    hub.presence.announce(SessionCard(session.session, session.identity, session.relations, shields))
    hub.rosters.related(session, before)
    if shields != (card.shields if card is not None else ()):
        hub.shields_changed_at = hub.position.seq
        _change_others(hub, session)


def _shields(hub: Hub, session: Session) -> tuple[PersonKey, ...]:
    """Return the keys under which no block meets somebody: a user's own, or those of the handles which a guest bears.

    No other guest bears such a handle, see `namesakes`; one who sits nowhere has none while another guest bears the name.
    """
    identity = session.identity
    if not is_unblockable(identity, blockable_operators=hub.admission.blockable_operators):
        return ()
    if identity.user is not None:
        return (user_key(identity.user),)
    seated = (hub.presence.roster(room).get(session.session) for room in session.rooms)
    names = dict.fromkeys(name_key(seat.handle) for seat in seated if seat is not None)
    if names or any(seats.guests_named(hub, fold(identity.name))):
        return tuple(names)
    return (name_key(identity.name),)


def follow_handles(hub: Hub, session: Session) -> None:
    """Let the shields of a guest who runs the site go with the handles, where those may have changed."""
    if session.identity.operator and session.identity.user is None:
        change(hub, session, session.declared)


def _is_unblockable_elsewhere(hub: Hub, session: Session) -> bool:
    """Return whether no block meets the user of a session, because of another of the user's sessions."""
    user = session.identity.user
    if user is None or user_key(user) not in hub.presence.unblockable():
        return False
    cards = (hub.presence.card(who) for who in seats.sessions_of_user(hub, user) if who != session.session)
    return any(card is not None and bool(card.shields) for card in cards)


def _change_others(hub: Hub, session: Session) -> None:
    """Let the other sessions of a user stand to others as this one does."""
    others = tuple(other for other in seats.sessions_of(hub, session) if other != session.session)
    if others:
        declared = with_invitations(hub, session, session.declared)
        hub.tell(Publication(RelationsChanged(declared), ToSessions(others)))


def invited(hub: Hub, sessions: Iterable[SessionId]) -> frozenset[PersonKey]:
    """Return whom a person has invited to watch, in whichever of these sessions."""
    nobody: frozenset[PersonKey] = frozenset()
    return nobody.union(*(seats.relations_of(hub, who).invited for who in sessions))


def with_invitations(hub: Hub, session: Session, relations: Relations) -> Relations:
    """Return relations with all invitations of the person, since nobody can take one back."""
    everybody = invited(hub, seats.sessions_of(hub, session)) | relations.invited
    # Left as it is otherwise: an empty set is left out on the wire only where it is the default itself.
    return changed(relations, invited=everybody) if everybody != relations.invited else relations


def expose(hub: Hub, session: Session) -> None:
    """Let blocks meet whoever is about to go, so that those are told who would not hear of the going afterwards."""
    card = hub.presence.card(session.session)
    if card is None or not card.shields:
        return
    others = tuple(other for other in seats.sessions_of(hub, session) if other != session.session)
    with sight.changing(hub, others, session.declared), sight.changing(hub, [session.session], session.relations):
        hub.presence.announce(msgspec.structs.replace(card, shields=()))
        _change_others(hub, session)
    hub.shields_changed_at = hub.position.seq
