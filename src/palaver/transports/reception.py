"""Who may connect where: judges a WebSocket request and begins the conversation of the dialect that its address means.

What ASGI middleware would do is done here, since upgrades pass it by: origin, effective address, requests and connections
per address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from palaver.core.errors import Limited
from palaver.dialects.base import Dialect, Endpoint, Kind
from palaver.hub.hub import Hub
from palaver.transports.access import Access
from palaver.transports.connection import HttpRefusal, Listener, PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.socketio import SocketIo
from palaver.transports.undecided import Undecided, Wire
from palaver.transports.views import Views

Claim = tuple[Endpoint, Dialect]
"""A dialect's endpoint: under what conditions a client at an address is its own."""


class Reception:
    """Turns WebSocket requests into conversations, or refuses them."""

    def __init__(
        self,
        hub: Hub,
        dialects: Sequence[Dialect],
        access: Callable[[], Access],
        socketio: Sequence[SocketIo] = (),
    ) -> None:
        """`socketio` are the dialects that are spoken in it, each with addresses of its own."""
        self._hub = hub
        self._socketio = {path: each for each in socketio for path in each.paths}
        self._access = access
        self._views = Views()
        self._claims: dict[str, list[Claim]] = {}
        for dialect in dialects:
            for endpoint in dialect.endpoints:
                if endpoint.kind is Kind.WEBSOCKET:
                    self._claims.setdefault(endpoint.path, []).append((endpoint, dialect))

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the addresses at which a WebSocket is expected."""
        return tuple(self._claims)

    def receive(self, peer: PeerInfo) -> Listener | HttpRefusal:
        """Begin a conversation, or say why not: unknown address, foreign origin, too many requests or connections.

        Raises HandshakeError for subprotocols that are none.
        """
        access = self._access()
        address = access.address(peer)
        wait_s = self._hub.requests.take(address, self._hub.clock.now()) if address else 0.0
        if wait_s:
            self._hub.counts.refusals[Limited.code] += 1
            return HttpRefusal(429, b"There are too many requests from this address.", _later(wait_s))
        socketio = self._socketio.get(peer.path)
        if socketio is not None:
            return socketio.receive(peer)
        claims = self._claims.get(peer.path)
        if claims is None:
            return HttpRefusal(404, b"There is nothing to connect to at this address.")
        if not access.admits_page_of(peer):
            return HttpRefusal(403, b"Pages of this origin may not connect.")
        claim = _by_request(claims, peer)
        waited_for = [] if claim or peer.subprotocols else _by_first_frame(claims)
        if claim is None and not waited_for:
            return HttpRefusal(400, b"Offer the subprotocol of the client's wire.")
        if not self._hub.addresses.enter(address):
            return HttpRefusal(429, b"There are too many connections from this address.")
        if claim is not None:
            return self._begin(claim, peer, address, access)
        wires = self._wires(waited_for, peer, address, access)
        if len(wires) == 1:
            return wires[0].begin()
        return Undecided(
            wires,
            silence_s=access.silence_s,
            call_later=self._hub.clock.call_later,
            gone=partial(self._hub.addresses.leave, address),
        )

    def _wires(self, claims: list[Claim], peer: PeerInfo, address: str, access: Access) -> list[Wire]:
        """Return what a client may speak: each dialect with all of its claims."""
        by_name: dict[str, list[Claim]] = {}
        for claim in claims:
            by_name.setdefault(claim[1].name, []).append(claim)
        return [
            Wire(
                partial(self._begin, same[0], peer, address, access),
                tuple(endpoint.first for endpoint, _ in same if endpoint.first is not None),
                silence=any(endpoint.silence for endpoint, _ in same),
                first_frame_bytes=same[0][1].first_frame_bytes,
            )
            for same in by_name.values()
        ]

    def _begin(self, claim: Claim, peer: PeerInfo, address: str, access: Access) -> Conversation:
        endpoint, dialect = claim
        return Conversation(
            self._hub,
            self._views,
            self._views.view(dialect, "websocket"),
            address=address,
            subprotocol=endpoint.subprotocol if endpoint.subprotocol in peer.subprotocols else None,
            session_frame_bytes=access.frame_limit(dialect),
            call=partial(access.call, endpoint, peer),
        )


def _later(wait_s: float) -> tuple[tuple[str, str], ...]:
    return ("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(int(wait_s) + 1))


def _by_request(claims: list[Claim], peer: PeerInfo) -> Claim | None:
    """Return whose client this is, where its request shows it.

    The subprotocol that is offered decides first, then a parameter of the query; a path of one dialect alone needs neither.
    """
    offered = peer.subprotocols
    for claim in claims:
        if claim[0].subprotocol in offered:
            return claim
    if offered:
        return None
    for claim in claims:
        if claim[0].query is not None and peer.parameter(claim[0].query) is not None:
            return claim
    unasked = [claim for claim in claims if claim[0].unconditional]
    return unasked[0] if unasked else claims[0] if len(claims) == 1 else None


def _by_first_frame(claims: list[Claim]) -> list[Claim]:
    """Return the claims that the first frame decides, or that none comes."""
    return [claim for claim in claims if claim[0].first is not None or claim[0].silence]
