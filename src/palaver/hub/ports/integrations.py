"""What others know or do for the hub: who a token speaks for, where TURN is, and what a picture really is."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from palaver.core.calls import IceServers
from palaver.core.chat import Attachment
from palaver.core.ids import SessionId
from palaver.core.participants import Identity


class TokenRejected(Exception):  # noqa: N818 - an answer, not a fault
    """A token does not verify; the argument is a sentence for its bearer.

    Attributes:
        reason: a stable code, for the log, as are the next two.
        found: what was found to be so, in words for whoever runs the site; never the token, nor what nobody signed.
        subject: the user whom the site meant; empty where the signature is not the site's.
    """

    def __init__(self, sentence: str, *, reason: str = "", found: str = "", subject: str = "") -> None:
        super().__init__(sentence)
        self.reason, self.found, self.subject = reason, found, subject


class TokenVerifier(Protocol):
    """Judges signed tokens."""

    def identity(self, token: str, *, now: float) -> Identity:
        """Return who a token speaks for. Raises TokenRejected."""
        ...

    def renewed(self, identity: Identity, *, now: float) -> tuple[str, float]:
        """Return a token that says again what the site said, and when it ends in Unix seconds; ("", 0) for no token."""
        ...


class IceSource(Protocol):
    """Knows the STUN and TURN servers."""

    def servers(self, session: SessionId, *, now: float) -> IceServers:
        """Return them, with credentials for one session."""
        ...


class Pictures(Protocol):
    """Keeps the pictures that come in frames."""

    def keep(self, picture: bytes, name: str) -> Awaitable[Attachment]:
        """Clean and keep a picture that is a JSON list of numbers, or a string in base64. Raises a Refusal."""
        ...
