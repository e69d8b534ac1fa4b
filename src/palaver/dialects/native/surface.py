"""Where the native dialect is spoken: its own address, and the shared one for clients that offer its subprotocol."""

from __future__ import annotations

from palaver.dialects.base import Dialect, Endpoint
from palaver.dialects.native.render import render
from palaver.dialects.native.translator import NativeTranslator
from palaver.dialects.native.wire import SUBPROTOCOL

MAX_FRAME_BYTES = 1 << 20
"""Pictures travel over HTTP; the largest ask is a list of 5,000 names."""

DIALECT = Dialect(
    name="native",
    endpoints=(
        Endpoint("/native/ws", subprotocol=SUBPROTOCOL),
        Endpoint("/ws", subprotocol=SUBPROTOCOL),
    ),
    translator=NativeTranslator,
    render=render,
    max_frame_bytes=MAX_FRAME_BYTES,
)
