"""The short-lived proof that a document came from a session, which others may show to ask about it (§2.5).

A session's attestation is the same for 180 s and is good for 300 s after that span began, so that one which is handed out
now is good for 120 s at least, and nothing needs to be remembered.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from palaver.core.ids import SessionId
from palaver.dialects.spreed.seals import NotProved, Secrets, derived, from_letters, letters

FRESH_S = 180
VALID_S = 300

_SPAN_BYTES, _SESSION_BYTES, _TAG_BYTES = 5, 16, 12
_KEPT = 16_384


class BadAttestation(NotProved):
    """An attestation that is none, or is too old."""

    code = "bad_attestation"
    sentence = "That attestation is not valid any more."


class Attestations:
    """Makes and reads them."""

    def __init__(self, secrets: Secrets) -> None:
        self._key = derived("spreed attestation", secrets.session)
        # Every document of a room bears its sender's.
        self._of_span = lru_cache(_KEPT)(self._made)

    def of(self, session: SessionId, *, now: float) -> str:
        """Return a session's attestation at the time."""
        return self._of_span(session, int(now) // FRESH_S)

    def session_of(self, attestation: str, *, now: float) -> SessionId:
        """Return whose attestation it is. Raises BadAttestation for one that was not made here in the last 300 s."""
        try:
            raw = from_letters(attestation)
        except NotProved:
            raise BadAttestation() from None
        signed, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if len(signed) != _SPAN_BYTES + _SESSION_BYTES or not hmac.compare_digest(self._tag(signed), tag):
            raise BadAttestation()
        begun = int.from_bytes(signed[:_SPAN_BYTES], "big") * FRESH_S
        if not begun <= now < begun + VALID_S:
            raise BadAttestation()
        return SessionId(signed[_SPAN_BYTES:].hex())

    def _made(self, session: SessionId, span: int) -> str:
        signed = span.to_bytes(_SPAN_BYTES, "big") + bytes.fromhex(session)
        return letters(signed + self._tag(signed))

    def _tag(self, signed: bytes) -> bytes:
        return hmac.digest(self._key, signed, "sha256")[:_TAG_BYTES]
