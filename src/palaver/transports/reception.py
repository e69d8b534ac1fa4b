"""Who may connect where: judges a WebSocket request and begins the conversation of the dialect that its address means.

What ASGI middleware would do is done here, since upgrades pass it by: origin, effective address, connections per address.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from palaver.dialects.base import Dialect, Endpoint, Kind
from palaver.hub.hub import Hub
from palaver.transports.address import TrustedProxies, countable_address, origin_allowed
from palaver.transports.connection import HttpRefusal, Listener, PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.views import Views


@dataclass
class Access:
    """What may change while the server runs.

    Attributes:
        trusted: proxies whose forwarded addresses count.
        origins: other sites whose pages may connect.
        session_frame_bytes: the largest frame of somebody who is identified; 0 for no limit.
    """

    trusted: TrustedProxies
    origins: Collection[str] = ()
    session_frame_bytes: int = 41_943_040


class Reception:
    """Turns WebSocket requests into conversations, or refuses them."""

    def __init__(self, hub: Hub, dialects: Sequence[Dialect], access: Callable[[], Access]) -> None:
        self._hub = hub
        self._access = access
        self._views = Views()
        self._claims: dict[str, list[tuple[Endpoint, Dialect]]] = {}
        for dialect in dialects:
            for endpoint in dialect.endpoints:
                if endpoint.kind is Kind.WEBSOCKET:
                    self._claims.setdefault(endpoint.path, []).append((endpoint, dialect))

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the addresses at which a WebSocket is expected."""
        return tuple(self._claims)

    def receive(self, peer: PeerInfo) -> Listener | HttpRefusal:
        """Begin a conversation, or say why not: unknown address, foreign origin, too many connections.

        Raises HandshakeError for subprotocols that are none.
        """
        claims = self._claims.get(peer.path)
        if claims is None:
            return HttpRefusal(404, b"There is nothing to connect to at this address.")
        access = self._access()
        if not origin_allowed(peer.header("origin"), peer.header("host"), access.origins):
            return HttpRefusal(403, b"Pages of this origin may not connect.")
        endpoint, dialect = _claimant(claims, peer)
        if dialect is None:
            return HttpRefusal(400, b"Offer the subprotocol of the client's wire.")
        address = countable_address(peer.remote, peer.header_values, access.trusted)
        if not self._hub.addresses.enter(address):
            return HttpRefusal(429, b"There are too many connections from this address.")
        offered = endpoint is not None and endpoint.subprotocol in peer.subprotocols
        return Conversation(
            self._hub,
            self._views,
            self._views.view(dialect, "websocket"),
            address=address,
            subprotocol=endpoint.subprotocol if endpoint is not None and offered else None,
            session_frame_bytes=_tighter(access.session_frame_bytes, dialect.max_frame_bytes),
        )


def _tighter(one: int, other: int) -> int:
    """Return the lower of two limits, of which 0 is none."""
    return min(one, other) if one and other else one or other


def _claimant(claims: list[tuple[Endpoint, Dialect]], peer: PeerInfo) -> tuple[Endpoint | None, Dialect | None]:
    """Return whose client this is: the one whose subprotocol is offered; a path of one dialect alone needs no offer."""
    offered = peer.subprotocols
    for endpoint, dialect in claims:
        if endpoint.subprotocol in offered:
            return endpoint, dialect
    if len(claims) == 1 and not offered:
        return claims[0]
    return None, None
