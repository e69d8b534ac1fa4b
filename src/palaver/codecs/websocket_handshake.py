"""Knows the opening handshake of RFC 6455 as a server answers it (§4.2); who may connect where is left to `transports`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence

Headers = Iterable[tuple[bytes, bytes]]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class HandshakeError(Exception):
    """The request cannot become a WebSocket; answer with `status`, `headers` and the message (RFC 6455 §4.2.2)."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def asks_for_websocket(headers: Headers) -> bool:
    """Tell whether Connection has the token `upgrade` and Upgrade the token `websocket`.

    Header names must be in lower case. Firefox sends `Connection: keep-alive, Upgrade`.
    """
    pairs = list(headers)
    return "upgrade" in _lower_tokens(pairs, b"connection") and "websocket" in _lower_tokens(pairs, b"upgrade")


def accept_upgrade(method: str, http_version: str, headers: Headers) -> str:
    """Return the Sec-WebSocket-Accept value that answers an upgrade request (RFC 6455 §4.2.1).

    Header names must be in lower case. Raises HandshakeError: 405 for another method, 426 for another version of the
    protocol, 400 for anything else.
    """
    pairs = list(headers)
    if method != "GET":
        raise HandshakeError(405, "A WebSocket is opened with GET.", (("Allow", "GET"),))
    if http_version != "1.1":
        raise HandshakeError(400, "A WebSocket is opened over HTTP/1.1.")
    if not asks_for_websocket(pairs):
        raise HandshakeError(400, "This is not a WebSocket upgrade.")
    _sole(pairs, b"host")
    if _values(pairs, b"transfer-encoding") or any(value != b"0" for value in _values(pairs, b"content-length")):
        raise HandshakeError(400, "An upgrade request has no body.")
    if _values(pairs, b"sec-websocket-version") != [b"13"]:
        raise HandshakeError(426, "Only WebSocket version 13 is spoken here.", (("Sec-WebSocket-Version", "13"),))
    return _accept_key(_sole(pairs, b"sec-websocket-key"))


def offered_subprotocols(values: Iterable[str]) -> tuple[str, ...]:
    """Return the subprotocols of the Sec-WebSocket-Protocol header's values in the client's order (RFC 6455 §11.3.4).

    Raises HandshakeError 400 when one is not a token.
    """
    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    if not all(_TOKEN.fullmatch(name) for name in names):
        raise HandshakeError(400, "Sec-WebSocket-Protocol is not a list of tokens.")
    return names


def switching_protocols(accept: str, subprotocol: str | None = None) -> bytes:
    """Return the 101 response that opens the connection (RFC 6455 §4.2.2)."""
    chosen = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n{chosen}\r\n"
    ).encode("ascii")


def _accept_key(key: bytes) -> str:
    try:
        nonce = base64.b64decode(key, validate=True)
    except binascii.Error:
        nonce = b""
    if len(nonce) != 16:
        raise HandshakeError(400, "Sec-WebSocket-Key is not 16 bytes in base64.")
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode("ascii")


def _values(pairs: Sequence[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value.strip() for key, value in pairs if key == name]


def _sole(pairs: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    values = _values(pairs, name)
    if len(values) != 1 or not values[0]:
        raise HandshakeError(400, f"Exactly one {name.decode()} header is needed.")
    return values[0]


def _lower_tokens(pairs: Sequence[tuple[bytes, bytes]], name: bytes) -> set[str]:
    joined = b",".join(_values(pairs, name)).decode("latin-1").lower()
    return {token.strip() for token in joined.split(",")}
