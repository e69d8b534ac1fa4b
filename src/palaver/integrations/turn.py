"""Knows which ICE servers a browser is told of and mints their credentials; who may have them is left to the caller."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

import msgspec

_PLAIN: Final = ("stun:", "stuns:")
_RELAY: Final = ("turn:", "turns:")


class IceServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of `RTCConfiguration.iceServers`, with the browser's own field names."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class IceServers(msgspec.Struct, frozen=True, kw_only=True):
    """What a client gets; `expires_at` is in seconds since 1970, or None when nothing in it ends."""

    servers: tuple[IceServer, ...]
    expires_at: int | None = None


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """A relay's username and password, good until `expires_at` (seconds since 1970)."""

    username: str
    credential: str
    expires_at: int


def credentials(secret: str, *, label: str, ttl_s: int, now: float) -> Credentials:
    """Credentials after draft-uberti-behave-turn-rest-00: `<expiry>:<label>` and its HMAC-SHA1 in base64.

    The label is for the relay's log and must not tell who the user is. Raises ValueError for an empty secret or a
    lifetime of no time.
    """
    if not secret:
        raise ValueError("short-lived TURN credentials need a secret")
    if ttl_s <= 0:
        raise ValueError(f"TURN credentials need a lifetime, not {ttl_s} seconds")
    expires_at = int(now) + ttl_s
    username = f"{expires_at}:{label}"
    # SHA-1 is the relays' rule, and as an HMAC still sound.
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return Credentials(username=username, credential=base64.b64encode(digest).decode(), expires_at=expires_at)


def ice_servers(
    urls: Iterable[str],
    *,
    username: str = "",
    credential: str = "",
    secret: str = "",
    ttl_s: int = 3600,
    label: str = "",
    now: float,
) -> IceServers:
    """Sort `urls` into plain STUN and relays; the relays, `turn:` and `turns:` alike, get credentials.

    A secret makes short-lived ones, else `username` and `credential` are handed out as they are. With neither, the
    relays are left out: a browser refuses to start a call at all when told of a relay without credentials.
    Raises ValueError for a URL that is neither STUN nor TURN (RFC 7064, RFC 7065).
    """
    plain, relays = _sorted(urls)
    servers = [IceServer(urls=plain)] if plain else []
    if not relays or not (secret or (username and credential)):
        return IceServers(servers=tuple(servers))
    if not secret:
        servers.append(IceServer(urls=relays, username=username, credential=credential))
        return IceServers(servers=tuple(servers))
    minted = credentials(secret, label=label, ttl_s=ttl_s, now=now)
    servers.append(IceServer(urls=relays, username=minted.username, credential=minted.credential))
    return IceServers(servers=tuple(servers), expires_at=minted.expires_at)


def _sorted(urls: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    plain: list[str] = []
    relays: list[str] = []
    for url in urls:
        scheme = url.lower()
        if scheme.startswith(_RELAY):
            relays.append(url)
        elif scheme.startswith(_PLAIN):
            plain.append(url)
        else:
            raise ValueError(f"an ICE server begins with stun:, stuns:, turn: or turns:, unlike {url!r}")
    return tuple(plain), tuple(relays)
