"""The one flat object of BareRTC's WebSocket, as far as a bot sends and reads it (docs/dialects/barertc.md §3.2)."""

from __future__ import annotations

import msgspec


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody in the who list (§3.3)."""

    username: str = ""
    display_name: str = msgspec.field(default="", name="nickname")
    op: bool = False


class Frame(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Any frame in either direction; a field that is empty is left out."""

    action: str
    channel: str = ""
    username: str = ""
    message: str = ""
    jwt: str = ""
    who_list: tuple[Row, ...] = ()
    msg_id: int = msgspec.field(default=0, name="msgID")
    timestamp: str = ""
    reason: str = ""
    comment: str = ""


_decoder = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def encoded(frame: Frame) -> str:
    """Return a frame as the text of one WebSocket message."""
    return _encoder.encode(frame).decode()


def decoded(payload: str | bytes) -> Frame | None:
    """Return the frame of a message; None for what is none, which a bot has no reason to mind."""
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
