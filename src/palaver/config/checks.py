"""Knows what a good value looks like: addresses, networks, patterns, names; says how to mend a bad one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from palaver.core import names
from palaver.integrations.jwks import may_be_believed
from palaver.integrations.patterns import BadPattern, compiled

SHORTEST_STALL_S = 3
SHORTEST_SECRET = 32
AES_KEYS = {16, 24, 32}
"""Seconds; the server gives a sign of life every second."""

_ICE_URL = re.compile(r"(stuns?|turns?):(\[[0-9A-Fa-f:.]+\]|[^\s:/?\[\]]+)(:\d{1,5})?(\?transport=(udp|tcp))?")


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  # raises when it is no number below 65536
    except ValueError:
        return None
    return parts


def web_url(value: str) -> str | None:
    """Complain unless the value is empty or an absolute http or https address."""
    parts = _split(value)
    if not value or (parts and parts.scheme in {"http", "https"} and parts.hostname and not _has_blank(value)):
        return None
    if parts and not parts.scheme and not value.startswith("/") and "." in value and not _has_blank(value):
        return f'is not a web address; did you mean "https://{value}"?'
    return 'is not a web address; write it whole, such as "https://www.example.com"'


def web_url_or_path(value: str) -> str | None:
    """Complain unless the value is empty, an absolute web address or a path on this server."""
    return None if value.startswith("/") and not _has_blank(value) else web_url(value)


def origin(value: str) -> str | None:
    """Complain unless the value is a web origin: scheme, host and perhaps port; one slash after it is let through."""
    if value in {"", "*"}:
        return 'names no site; write each origin, such as "https://www.example.com"'
    if complaint := web_url(value):
        return complaint
    parts = urlsplit(value)
    if re.search(r"[;,'\"]", parts.netloc):
        return 'is no origin; write such as "https://www.example.com"'
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        return f'is more than an origin; did you mean "{parts.scheme}://{parts.netloc.rpartition("@")[2]}"?'
    return None


def network(value: str) -> str | None:
    """Complain unless the value is an IP address or a network in CIDR form."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return _nearest_network(value)
    return None


def _nearest_network(value: str) -> str:
    try:
        return f'has bits set beyond its prefix; did you mean "{ipaddress.ip_network(value, strict=False)}"?'
    except ValueError:
        return 'is not an IP network; write such as "10.0.0.0/8" or "::1/128"'


def ice_url(value: str) -> str | None:
    """Complain unless the value is a STUN or TURN address (RFC 7064, RFC 7065)."""
    if _ICE_URL.fullmatch(value):
        return None
    if "://" in value and _ICE_URL.fullmatch(value.replace("://", ":", 1)):
        return f'has slashes that such an address lacks; did you mean "{value.replace("://", ":", 1)}"?'
    return 'is not a STUN or TURN address; write such as "turn:turn.example.com:3478?transport=udp"'


def _url_of(schemes: dict[str, str]) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        parts = _split(value)
        scheme = parts.scheme if parts else ""
        if scheme in schemes and value.startswith(f"{scheme}://"):
            return None
        return "is not an address this knows; write " + " or ".join(f'"{sample}"' for sample in schemes.values())

    return check


_storage = _url_of({"sqlite": "sqlite:///palaver.sqlite", "postgresql": "postgresql://user:password@host/database"})
_cluster = _url_of({"nats": "nats://127.0.0.1:4222", "tls": "tls://nats.example.com:4222"})


def storage_url(value: str) -> str | None:
    """Complain unless the value is a SQLite or PostgreSQL address without a driver's name."""
    if value.rstrip("/") == "sqlite:":
        return 'names no file; write "sqlite:///palaver.sqlite"'
    if value.startswith("sqlite://") and not value.startswith("sqlite:///"):
        return f'has its file where a host stands; did you mean "{value.replace("//", "///", 1)}"?'
    return _storage(value)


def cluster_url(value: str) -> str | None:
    """Complain unless the value is empty (one node) or the address of a NATS server."""
    return _cluster(value) if value else None


def header_value(value: str) -> str | None:
    """Complain unless the value can stand in a header of an answer (RFC 9110 §5.5); line breaks count as blanks."""
    if all(char.isascii() and (char.isprintable() or char in "\t\r\n") for char in value):
        return None
    return "cannot stand in a header; write it in ASCII"


def nats_url(value: str) -> str | None:
    """Complain unless the value is the address of a NATS server."""
    return _cluster(value)


def nats_subject(value: str) -> str | None:
    """Complain unless the value may begin subjects of NATS."""
    if re.fullmatch(r"[^\s.*>]+(\.[^\s.*>]+)*", value):
        return None
    return 'cannot begin a subject; write words joined by dots, such as "channelling.trigger"'


def pattern(value: str, *, may_be_everywhere: bool = True) -> str | None:
    """Complain unless the value is an expression that RE2 takes: one that what people write cannot make slow."""
    try:
        compiled(value, may_be_everywhere=may_be_everywhere)
    except BadPattern as problem:
        return f"is not a regular expression of RE2: {problem}"
    return None


def filter_pattern(value: str) -> str | None:
    """Complain, too, about an expression that is found in every text."""
    return pattern(value, may_be_everywhere=False)


def room_name(value: str) -> str | None:
    """Complain unless the value may name a room, by the rules of `core.names`."""
    try:
        name = names.room_name(value)
    except names.NameProblem as problem:
        return f"cannot be used: {problem.sentence}"
    return None if name == value else f'is not in its plain form; write "{name}"'


def room_name_or_empty(value: str) -> str | None:
    """Complain unless the value is empty or may name a room."""
    return room_name(value) if value else None


def channel_id(value: str) -> str | None:
    """Complain unless the value may name a public channel: as a room, and no leading `@`, which marks a direct one."""
    return "starts with @, which marks direct messages; take it away" if value.startswith("@") else room_name(value)


def shared_key(value: str) -> str | None:
    """Complain about a public key, with which everybody could sign."""
    return "is a PEM document, not a shared secret; write a long random text" if "-----BEGIN " in value else None


def stall_limit(value: float) -> str | None:
    """Complain about a limit too near to the second that lies between two signs of life."""
    return None if value == 0 or value >= SHORTEST_STALL_S else f"must be 0 (off) or {SHORTEST_STALL_S} at least"


def key_set_url(value: str) -> str | None:
    """Complain unless the value is empty or an https address; http will do on this machine."""
    if complaint := web_url(value):
        return complaint
    if value and not may_be_believed(value):
        return 'must begin with "https://", since whoever could change the keys could sign'
    return None


def not_empty(value: str) -> str | None:
    """Complain about an empty text."""
    return None if value.strip() else "must not be empty"


def ice_urls(value: str) -> str | None:
    """Complain unless every address in the text is a STUN or TURN address."""
    return next((f"has one that {complaint}" for each in value.split() if (complaint := ice_url(each))), None)


def base_path(value: str) -> str | None:
    """Complain unless the value is a path on this server that needs no encoding."""
    if re.fullmatch(r"/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+)?", value):
        return None
    return 'is no path here; write such as "/webrtc/"'


def path_prefix(value: str) -> str | None:
    """Complain unless the value is empty or a path that needs no encoding, without a slash at its end."""
    if not value or re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", value):
        return None
    near = "/" + value.strip("/")
    if re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", near):
        return f'is written otherwise; did you mean "{near}"?'
    return 'is no path; write such as "/chat"'


def secret_bytes(value: str) -> bytes:
    """Return a secret as Spreed reads it: hexadecimal where it can be, else its UTF-8."""
    try:
        return bytes.fromhex(value)
    except ValueError:
        return value.encode()


def session_secret(value: str) -> str | None:
    """Complain about a secret that is too short to sign with."""
    if value and len(secret_bytes(value)) < SHORTEST_SECRET:
        return f"must be {SHORTEST_SECRET} bytes or more"
    return None


def encryption_secret(value: str) -> str | None:
    """Complain about a secret that is no AES key."""
    return None if not value or len(secret_bytes(value)) in AES_KEYS else "must be 16, 24 or 32 bytes"


def _has_blank(value: str) -> bool:
    return any(character.isspace() or ord(character) < 0x20 for character in value)
