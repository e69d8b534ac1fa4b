"""Figures: how much goes on; only who is where is gone through when it is asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from palaver.core.base import Outcome
from palaver.core.figures import Figures, ShowFigures
from palaver.hub import seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def show_figures(hub: Hub, session: Session, command: ShowFigures) -> Outcome:
    """Count; who hides is nowhere in the details."""
    sessions, users = hub.presence.turnout()
    asked = hub.presence.sessions() if command.details else ()
    cards = tuple(card for card in asked if not seats.is_hidden(hub, card.session))
    shown = {card.session for card in cards}
    of_users = Counter(card.identity.user for card in cards if card.identity.user is not None)
    rosters = {room: hub.presence.roster(room) for room in hub.rooms} if command.details else {}
    seated = ((room, tuple(who for who in roster if who in shown)) for room, roster in rosters.items())
    return Figures(
        rooms=len(hub.rooms),
        sessions=sessions,
        users=users,
        opened=hub.counts.opened,
        channel_messages=hub.counts.posted - hub.counts.posted_directly,
        direct_messages=hub.counts.posted_directly,
        people=tuple(seats.seat_anywhere(hub, card) for card in cards),
        numbers=tuple((each.number, each.session) for each in (hub.sessions if shown else ()) if each.session in shown),
        seated=tuple((room, people) for room, people in seated if people),
        of_users=tuple(of_users.items()),
    )


HANDLERS: Handlers = {ShowFigures: show_figures}
