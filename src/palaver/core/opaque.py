"""JSON that is passed on unread: what it says is its clients' business, that all of them can read it is ours."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from palaver.core import errors

MAX_DEPTH: Final = 32
_LONG_DIGITS: Final = 150
_MAX_BITS: Final = 1023
_SDP: Final = b'"sdp":"'
_QUOTE, _BACKSLASH = b'"\\'
_OBJECT_OR_TEXT: Final = (b"{", b'"')
_BARE: Final = {b'{"type":"%b","sdp":""}' % kind for kind in (b"offer", b"answer")}
"""What browsers make of a session description (WebRTC §4.6.2), without its text."""

_any = msgspec.json.Decoder()


def check(value: msgspec.Raw | bytes) -> None:
    """Refuse as `Malformed` what some reader would choke on: it would lose the whole frame, and mostly its connection.

    That is a number beyond 64-bit floating point, and more than `MAX_DEPTH` levels: RFC 8259 §9 leaves to parsers how
    large and how deep they read.
    """
    data = bytes(value)
    try:
        read = _any.decode(data)
    except (msgspec.DecodeError, RecursionError):
        raise errors.Malformed(problem="other clients could not read what is to be passed on") from None
    # A run of digits twice as long as this, which a number that is too large has, holds one whole piece.
    pieces = range(0, len(data), _LONG_DIGITS) if len(data) > _LONG_DIGITS else ()
    long = pieces and any(data[at : at + _LONG_DIGITS].isdigit() for at in pieces)
    if (long or data.count(b"[") + data.count(b"{") > MAX_DEPTH) and not _is_readable(read):
        raise errors.Malformed(problem=f"a number is too large, or it is nested more than {MAX_DEPTH} levels deep")


def check_object(value: msgspec.Raw) -> None:
    """Refuse as `check` does, and whatever is neither an object nor a text; cheap for a session description.

    Of that all but a few bytes are the text of its `sdp`, in which nothing can be too large or too deep.
    """
    data = bytes(value)
    start = data.find(_SDP) + len(_SDP)
    end = data.find(_QUOTE, start)
    if start >= len(_SDP) and data[end - 1] != _BACKSLASH:
        data = data[:start] + data[end:]
    if data in _BARE:
        return
    if data[:1] not in _OBJECT_OR_TEXT:
        raise errors.Malformed(problem="what is to be passed on is no object")
    check(data)


def _is_readable(value: Any) -> bool:
    layer, levels = [value], 0
    while layer and levels <= MAX_DEPTH:
        if any(isinstance(each, int) and each.bit_length() > _MAX_BITS for each in layer):
            return False
        held = [each.values() if isinstance(each, dict) else each for each in layer if isinstance(each, dict | list)]
        layer, levels = [inner for each in held for inner in each], levels + bool(held)
    return levels <= MAX_DEPTH
