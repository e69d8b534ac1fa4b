"""Says an event on the native wire; every event of the core that a client may be told has the same word here."""

from __future__ import annotations

from typing import get_args

import msgspec

from palaver.core.base import Event
from palaver.core.chat import MessageRetracted
from palaver.core.participants import ParticipantUpdated
from palaver.core.rooms import MAIN_CHANNEL, ParticipantJoined, ParticipantLeft, RoomUpdated
from palaver.core.sessions import Position
from palaver.dialects.base import Payload
from palaver.dialects.native.wire import EventFrame, Told

_encode = msgspec.json.Encoder(order="deterministic").encode
_TOLD: frozenset[type[Event]] = frozenset(get_args(Told))


def render(event: Event, position: Position) -> Payload | None:
    """Return the frame for an event; None for one that this wire does not tell."""
    kind = type(event)
    if kind not in _TOLD:
        return None
    if kind in _LADEN:
        event = _bare(event)
    return _encode(EventFrame(event, position.epoch, position.seq))  # type: ignore[arg-type]


def _bare(event: Event) -> Event:
    """Return an event without what is in it for wires whose clients do not hold what changes."""
    if isinstance(event, ParticipantUpdated) and event.was is not None:
        return ParticipantUpdated(event.room, event.participant)
    if isinstance(event, ParticipantLeft | RoomUpdated) and event.was is not None:
        return msgspec.structs.replace(event, was=None)
    if isinstance(event, MessageRetracted) and event.author is not None:
        return msgspec.structs.replace(event, author=None)
    if isinstance(event, ParticipantJoined) and event.main is not MAIN_CHANNEL:  # an equal one would be written
        return msgspec.structs.replace(event, main=MAIN_CHANNEL)
    return event


_LADEN = {ParticipantUpdated, ParticipantLeft, RoomUpdated, MessageRetracted, ParticipantJoined}
"""Events with something in them that `_bare` takes out."""
