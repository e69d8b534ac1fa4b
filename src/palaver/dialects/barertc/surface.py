"""Where BareRTC is spoken over WebSockets: below its own prefix, and at the shared address."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palaver.core.errors import Malformed
from palaver.dialects.barertc.render import render
from palaver.dialects.barertc.rows import ROSTER
from palaver.dialects.barertc.translator import BareRTCTranslator
from palaver.dialects.barertc.wire import DEFAULTS, MAX_EARLY_FRAME_BYTES, MAX_FRAME_BYTES, PING_S, Options
from palaver.dialects.base import Dialect, Endpoint, Payload, heard

_HEAD = msgspec.json.Decoder(dict[str, msgspec.Raw])


def has_action(payload: Payload) -> bool:
    """Return whether a first frame, at an address that several wires share, is this wire's."""
    if b'"action"' not in payload:
        return False
    try:
        return "action" in heard(_HEAD, payload)
    except Malformed:
        return False


ENDPOINTS = (Endpoint("/barertc/ws"), Endpoint("/ws", first=has_action))


def dialect(options: Callable[[], Options]) -> Dialect:
    """Return the dialect for one site, whose options are asked for anew with every connection."""
    return Dialect(
        name="barertc",
        endpoints=ENDPOINTS,
        translator=lambda: BareRTCTranslator(options()),
        render=lambda event, position: render(event, position, options),
        max_frame_bytes=MAX_FRAME_BYTES,
        first_frame_bytes=MAX_EARLY_FRAME_BYTES,
        roster=ROSTER,
        ping_s=PING_S,
        returns_by_user=True,
    )


DIALECT = dialect(lambda: DEFAULTS)
"""The dialect as it is where a site decides nothing."""
