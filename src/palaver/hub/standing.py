"""How sessions stand to others, and whom no block meets: what holds of that which people declare.

That somebody declares it, and that it is stored, stands in `handlers.relations`; who sees whom by it, in `sight`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.moderation import Relations, RelationsChanged, in_effect, is_unblockable
from palaver.core.participants import keys_of
from palaver.hub import seats, sight
from palaver.hub.ports import SessionCard
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


def change(hub: Hub, session: Session, declared: Relations) -> None:
    """Take over how the person of a session stands to others.

    Blocks hold for all sessions of a user alike: where they do not meet one, they meet none.
    """
    unblockable = is_unblockable(session.identity, blockable_operators=hub.admission.blockable_operators)
    card = hub.presence.card(session.session)
    before, session.declared = session.relations, declared
    shielded = unblockable or _is_unblockable_elsewhere(hub, session)
    hub.sessions.set_relations(session, in_effect(declared, unblockable=shielded))
    if session.relations.blocks != before.blocks:
        session.blocked_at = hub.position.seq
    if session.relations.ignores != before.ignores:
        session.note_ignored(before.ignores, hub.message_ids.next(hub.clock.now()))
    hub.presence.announce(SessionCard(session.session, session.identity, session.relations, unblockable))
    hub.rosters.related(session, before)
    was_unblockable = card is not None and card.unblockable and card.identity.user == session.identity.user
    if unblockable != was_unblockable:
        hub.shields_changed_at = hub.position.seq
        _change_others(hub, session)


def _is_unblockable_elsewhere(hub: Hub, session: Session) -> bool:
    """Return whether no block meets the user of a session, because of another of the user's sessions."""
    user = session.identity.user
    if user is None or keys_of(session.identity.name, user)[0] not in hub.presence.unblockable():
        return False
    mine = (card for card in hub.presence.sessions() if card.identity.user == user)
    return any(card.unblockable and card.session != session.session for card in mine)


def _change_others(hub: Hub, session: Session) -> None:
    """Let the other sessions of a user stand to others as this one does."""
    others = tuple(other for other in seats.sessions_of(hub, session) if other != session.session)
    if others:
        hub.tell(Publication(RelationsChanged(session.declared), ToSessions(others)))


def judge_anew(hub: Hub) -> None:
    """Let those who run the site stand to others as the rules of now have it."""
    for session in hub.sessions:
        if session.identity.operator:
            with sight.changing_rights(hub, session, session.declared):
                change(hub, session, session.declared)


def expose(hub: Hub, session: Session) -> None:
    """Let blocks meet whoever is about to go, so that those are told who would not hear of the going afterwards."""
    card = hub.presence.card(session.session)
    if card is None or not card.unblockable:
        return
    others = tuple(other for other in seats.sessions_of(hub, session) if other != session.session)
    with sight.changing(hub, others, session.declared), sight.changing(hub, [session.session], session.relations):
        hub.presence.announce(msgspec.structs.replace(card, unblockable=False))
        _change_others(hub, session)
    hub.shields_changed_at = hub.position.seq
