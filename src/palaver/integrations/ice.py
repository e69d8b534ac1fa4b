"""Hands the configured STUN and TURN servers to sessions; how credentials are made stands in `turn`."""

from __future__ import annotations

import base64
import hashlib

from palaver.core.calls import IceServer, IceServers
from palaver.core.ids import SessionId
from palaver.integrations.turn import ice_servers


class ConfiguredIce:
    """The ICE servers of the settings, with short-lived credentials where there is a secret."""

    def __init__(
        self, urls: tuple[str, ...], *, username: str = "", credential: str = "", secret: str = "", ttl_s: int = 3600
    ) -> None:
        self._urls = urls
        self._username, self._credential = username, credential
        self._secret, self._ttl_s = secret, ttl_s

    def servers(self, session: SessionId, *, now: float) -> IceServers:
        """Return them; the relay's log sees only a digest of the session."""
        label = base64.b64encode(hashlib.sha256(session.encode()).digest()).decode()
        found = ice_servers(
            self._urls,
            username=self._username,
            credential=self._credential,
            secret=self._secret,
            ttl_s=self._ttl_s,
            label=label,
            now=now,
        )
        servers = tuple(IceServer(entry.urls, entry.username, entry.credential) for entry in found.servers)
        ends = found.expires_at or 0
        return IceServers(servers, ends * 1000, max(0, ends - int(now)))
