"""Reads a native frame: the core's own commands, decoded and checked against their types in one go."""

from __future__ import annotations

import msgspec

from palaver.core.errors import Malformed
from palaver.dialects.base import Payload, Request, decoded
from palaver.dialects.native.wire import AskFrame

_ASK = msgspec.json.Decoder(AskFrame)
_ID = msgspec.json.Decoder(msgspec.defstruct("AskId", [("id", int | None, None)]))


def interpret(payload: Payload) -> Request:
    """Return what a frame asks for; whatever is wrong with it is refused as `malformed`, with the place in it."""
    frame = decoded(_ASK, payload)
    return Request(frame.ask, frame.id)


def ask_id(payload: Payload) -> int | None:
    """Return the id of a frame that could not be read otherwise, so that its refusal can be matched."""
    try:
        identified = decoded(_ID, payload)
    except Malformed:
        return None
    return getattr(identified, "id", None)
