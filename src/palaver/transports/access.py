"""Knows what is believed and allowed of a request that may become a conversation; who asks for it is left to others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from palaver.dialects.base import Call, Dialect, Endpoint
from palaver.transports.address import TrustedProxies, countable_address, is_trusted, origin_allowed
from palaver.transports.connection import PeerInfo


@dataclass
class Access:
    """What may change while the server runs.

    Attributes:
        trusted: proxies whose forwarded addresses count.
        origins: other sites whose pages may connect.
        session_frame_bytes: the largest frame of somebody who is identified; 0 for no limit.
        silence_s: how long a client whose wire only its first frame shows is waited for.
    """

    trusted: TrustedProxies
    origins: Collection[str] = ()
    session_frame_bytes: int = 41_943_040
    silence_s: float = 1.0

    def address(self, peer: PeerInfo) -> str:
        """Return the address to count a client against; see `countable_address`."""
        return countable_address(peer.remote, peer.header_values, self.trusted)

    def admits_page_of(self, peer: PeerInfo) -> bool:
        """Tell whether a request comes from no page, from one of ours, or from one of an origin that may connect."""
        return origin_allowed(peer.header("origin"), peer.header("host"), self.origins)

    def frame_limit(self, dialect: Dialect) -> int:
        """Return the largest frame of somebody who is identified in a dialect; 0 for no limit."""
        return min((each for each in (self.session_frame_bytes, dialect.max_frame_bytes) if each), default=0)

    def call(self, endpoint: Endpoint, peer: PeerInfo) -> Call:
        """Return the request of a connection as its dialect reads it."""
        return Call(
            endpoint,
            headers=peer.headers(),
            query=peer.parameters(),
            vouched=is_trusted(peer.remote, self.trusted),
            certified=peer.certified,
        )
