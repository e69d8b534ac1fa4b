"""Says an event on the native wire; every event of the core that a client may be told has the same word here."""

from __future__ import annotations

from typing import get_args

import msgspec

from palaver.core.base import Event
from palaver.core.participants import ParticipantUpdated
from palaver.core.sessions import Position
from palaver.dialects.base import Payload
from palaver.dialects.native.wire import EventFrame, Told

_encoder = msgspec.json.Encoder(order="deterministic")
_TOLD: frozenset[type[Event]] = frozenset(get_args(Told))


def render(event: Event, position: Position) -> Payload | None:
    """Return the frame for an event; None for one that this wire does not tell."""
    if type(event) not in _TOLD:
        return None
    if type(event) is ParticipantUpdated and event.was is not None:
        event = msgspec.structs.replace(event, was=None)  # clients of this wire hold the seat as it was
    return _encoder.encode(EventFrame(event, position.epoch, position.seq))  # type: ignore[arg-type]
