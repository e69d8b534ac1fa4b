"""Candidates of other wires, as clients of this one read them (§3.17)."""

from __future__ import annotations

import msgspec

from palaver.core.errors import Malformed
from palaver.dialects.base import decoded
from palaver.dialects.spreed.wire import NULL


class _Candidate(msgspec.Struct):
    """A browser's RTCIceCandidateInit, and the mark that tells it from other maps here."""

    type: str = "candidate"
    sdpMLineIndex: int | None = 0  # noqa: N815 - the browsers' word
    sdpMid: str | None = ""  # noqa: N815
    candidate: str = ""


_CANDIDATE = msgspec.json.Decoder(_Candidate)
_encoder = msgspec.json.Encoder()


def candidate(held: msgspec.Raw) -> msgspec.Raw | None:
    """Return a candidate, untouched where it is of this wire; None for the end of candidates, which it does not tell."""
    if b'"type"' in bytes(held):
        return held
    if held == NULL:
        return None
    try:
        found = decoded(_CANDIDATE, held)
    except Malformed:
        return held
    return msgspec.Raw(_encoder.encode(found)) if found.candidate else None
