"""Asks whom a token of the site speaks for, and lets the log tell why one was refused; how they are judged is a port's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from palaver.core.participants import Identity
from palaver.hub.limits import Buckets
from palaver.hub.ports.integrations import TokenRejected

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

log = structlog.get_logger(__name__)

NOTES_PER_SECOND = 1 / 60
NOTES_AT_ONCE = 5
"""Of one address: a page that comes back again and again with an old token tells nothing new."""


def notes() -> Buckets:
    """Return what bounds how often the log is told about one address."""
    return Buckets(NOTES_PER_SECOND, NOTES_AT_ONCE)


def identity_of(hub: Hub, token: str, *, address: str, brought_to: str) -> Identity:
    """Return who a token speaks for. Raises TokenRejected, of which the log is told, but never the token.

    Args:
        address: of whoever brought it; empty where it is not known.
        brought_to: a dialect's name, or the path of a request.
    """
    assert hub.tokens is not None
    now = hub.clock.now()
    try:
        return hub.tokens.identity(token, now=now)
    except TokenRejected as rejected:
        if not hub.token_notes.take(address, now):
            log.warning(
                "token_refused",
                reason=rejected.reason,
                found=rejected.found,
                sub=rejected.subject,
                address=address,
                brought_to=brought_to,
            )
        raise
