"""Direct messages as one of a user's windows reads them: on this wire each window is a participant of its own."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from palaver.core.base import Event
from palaver.core.chat import Direct, MessageEdited, MessagePosted, MessageRetracted, ReactionChanged
from palaver.core.ids import SessionId, UserId
from palaver.core.participants import is_person

_Placed = TypeVar("_Placed", bound=msgspec.Struct)


def as_read_here(event: Event, session: SessionId, user: UserId | None) -> Event | None:
    """Return what is told directly as it is told to this participant; None for what is no news of another's.

    What another window was written counts as written to this one. What another window wrote has no word here: a client would
    take it for something that was written to it.
    """
    if isinstance(event, MessagePosted | MessageEdited):
        message = event.message
        if not isinstance(message.place, Direct) or session in (message.author.session, message.place.to.session):
            return event
        if not is_person(message.place.to, session, user):
            return None
        return msgspec.structs.replace(event, message=_to(message, message.place, session))
    if isinstance(event, MessageRetracted | ReactionChanged):
        place = event.place
        if not isinstance(place, Direct) or session in (event.by.session, place.to.session):
            return event
        return _to(event, place, session) if is_person(place.to, session, user) else None
    return event


def _to(told: _Placed, place: Direct, session: SessionId) -> _Placed:
    return msgspec.structs.replace(told, place=Direct(msgspec.structs.replace(place.to, session=session)))
