"""Says an event on the native wire; every event of the core that a client may be told has the same word here."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from palaver.core.base import Event
from palaver.core.sessions import Position
from palaver.dialects.base import Payload
from palaver.dialects.native.wire import UNTOLD, EventFrame, Told

_encode = msgspec.json.Encoder(order="deterministic").encode


def _defaults(kind: type[Event]) -> dict[str, Any]:
    """Return the very defaults of what is not told: only they are left out of a frame, an equal value is not."""
    untold = UNTOLD.get(kind, ())
    return {field.name: field.default for field in msgspec.structs.fields(kind) if field.name in untold}


_BARE: dict[type[Event], dict[str, Any]] = {kind: _defaults(kind) for kind in get_args(Told)}


def render(event: Event, position: Position) -> Payload | None:
    """Return the frame for an event; None for one that this wire does not tell."""
    bare = _BARE.get(type(event))
    if bare is None:
        return None
    if bare:
        event = msgspec.structs.replace(event, **bare)
    return _encode(EventFrame(event, position.epoch, position.seq))  # type: ignore[arg-type]
