"""Knows which address and which origin to believe of a request; what to do with them is left to the app."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

TrustedProxies = Sequence[IPv4Network | IPv6Network]
HeaderValues = Callable[[str], list[str]]
"""Every value of a header by its name in lower case, as `PeerInfo.header_values`."""

_Address = IPv4Address | IPv6Address
_FORWARDED_FOR = re.compile(r'(?:^|[;,\s])for\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]*)', re.IGNORECASE)
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::\w+)?|(?P<v4>[0-9.]+):\w+")
_HOST_BITS = 64
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def effective_address(remote: str, headers: HeaderValues, trusted: TrustedProxies) -> str:
    """Return the address of the client itself, in canonical form: the last hop that is not one of our proxies.

    Headers count only when `remote` is trusted, in the order X-Forwarded-For, X-Real-IP, Forwarded (RFC 7239): the
    first that is there is read from its right end up to the first untrusted address, and no further than the first
    unreadable one. A proxy must therefore set or append to one of them and drop the others. `remote` that is no address
    is returned as it is.
    """
    believed = _parse(remote)
    if believed is None:
        return remote
    if not _is_in(believed, trusted):
        return str(believed)
    for hop in reversed(_hops(headers)):
        address = _parse(hop)
        if address is None:
            break
        believed = address
        if not _is_in(address, trusted):
            break
    return str(believed)


def countable_address(remote: str, headers: HeaderValues, trusted: TrustedProxies) -> str:
    """Return the address to count a client against, and to ban a guest by.

    It is the effective one; of IPv6 the network of 64 bits, since whoever has one address of it has them all. It is
    empty, and nothing is counted, for this machine's own and for a proxy's, unless they speak for somebody else.
    """
    address = effective_address(remote, headers, trusted)
    if (is_trusted(address, trusted) or is_loopback(address)) and not was_forwarded(headers):
        return ""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> _HOST_BITS << _HOST_BITS))
    return address


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own."""
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


def is_trusted(address: str, trusted: TrustedProxies) -> bool:
    """Tell whether an address lies in one of the networks; what is no address does not."""
    parsed = _parse(address)
    return parsed is not None and _is_in(parsed, trusted)


def was_forwarded(headers: HeaderValues) -> bool:
    """Tell whether any of the headers that `effective_address` reads is there."""
    return bool(_hops(headers))


def origin_allowed(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Tell whether a page of `origin` may open a WebSocket: absent, the same as `host`, or one of `allowed`.

    Scheme is not compared with ours, since TLS may end at a proxy; a default port may be written or not. `allowed`
    holds origins as browsers write them. The origin "null" of sandboxed pages is never allowed.
    """
    if origin is None:
        return True
    if origin in allowed and origin != "null":
        return True
    scheme, _, authority = origin.partition("://")
    ours = _authority(host or "", scheme)
    return ours is not None and ours == _authority(authority, scheme)


def _hops(headers: HeaderValues) -> list[str]:
    for name in ("x-forwarded-for", "x-real-ip"):
        if values := headers(name):
            return [hop.strip() for hop in ",".join(values).split(",")]
    return [hop.strip('"') for hop in _FORWARDED_FOR.findall(",".join(headers("forwarded")))]


def _parse(text: str) -> _Address | None:
    if match := _WITH_PORT.fullmatch(text):
        text = match["v6"] or match["v4"] or ""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_in(address: _Address, networks: TrustedProxies) -> bool:
    return any(address in network for network in networks)


def _authority(text: str, scheme: str) -> tuple[str, int | None] | None:
    """Return (host, port) in lower case with the scheme's port filled in, or None when there is no host."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return host, port or _DEFAULT_PORTS.get(scheme.lower())
