"""Who makes a request: its address behind our proxies, the site by its key, or somebody by the token of a session."""

from __future__ import annotations

import hmac
from collections import OrderedDict

from starlette.requests import Request

from palaver.core import errors
from palaver.hub.hub import Hub
from palaver.hub.sessions import Session
from palaver.transports import address
from palaver.transports.address import TrustedProxies, effective_address
from palaver.transports.connection import PeerInfo
from palaver.web.problems import KeyRefused

FAILURES = 10
FAILURES_WINDOW_S = 60.0
ADDRESSES_KEPT = 10_000
KEY_CHARS = 255


def address_of(request: Request, trusted: TrustedProxies) -> str:
    """Return the effective address of a client."""
    peer = PeerInfo.from_scope(request.scope)
    return effective_address(peer.remote, peer.header_values, trusted)


def countable_address(request: Request, trusted: TrustedProxies) -> str:
    """Return the address to count a client against; see `transports.address.countable_address`."""
    peer = PeerInfo.from_scope(request.scope)
    return address.countable_address(peer.remote, peer.header_values, trusted)


def bearer(request: Request) -> str:
    """Return the credentials that a request carries, as bytes read as Latin-1; empty where there are none."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def idempotency_key(request: Request) -> str:
    """Return the name that whoever asks gives to a request, so that it may be made again; empty where it has none.

    Quotes around it are those of a structured field (draft-ietf-httpapi-idempotency-key-header §2.1). Raises Malformed.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return ""
    key = given.removeprefix('"').removesuffix('"')
    if not 0 < len(key) <= KEY_CHARS or not (key.isascii() and key.isprintable()):
        raise errors.Malformed(problem=f"an Idempotency-Key has 1 to {KEY_CHARS} printable ASCII characters")
    return key


class SiteKey:
    """Judges the site's key. An address that fails too often is not listened to for a while, right key or not."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, given: str, key: str, *, address: str, now: float) -> None:
        """Raise KeyRefused unless the given key is the site's, and Limited for an address that guesses."""
        since, failed = self._failures.get(address, (now, 0))
        if now - since >= FAILURES_WINDOW_S:
            since, failed = now, 0
        if failed >= FAILURES:
            raise errors.Limited(wait_ms=int((since + FAILURES_WINDOW_S - now) * 1000) + 1)
        same = hmac.compare_digest(given.encode("latin-1"), key.encode())
        if same and key:
            return
        if address:
            self._failures[address] = (since, failed + 1)
            self._failures.move_to_end(address)
            if len(self._failures) > ADDRESSES_KEPT:
                self._failures.popitem(last=False)
        raise KeyRefused()


def session_of(hub: Hub, request: Request) -> Session:
    """Return the session whose token a request carries. Raises NotIdentified, or NoSuchSession once it has ended."""
    token = bearer(request)
    if not token:
        raise errors.NotIdentified()
    session = hub.sessions.by_token(token)
    if session is None:
        raise errors.NoSuchSession()
    return session
