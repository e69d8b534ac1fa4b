"""Knows the packets and polling payloads of Engine.IO, revisions 3 and 4 of its protocol; sessions are left to `transports`.

Over a WebSocket a packet is one frame. Over polling a body holds several, joined differently by each revision:

- 3, text: `<length>:<packet>` each, the length in UTF-16 code units; binary data stands as `b<type><base64>`.
- 3, binary: per packet a byte 0 (text) or 1 (binary), the length as one byte per digit, a byte 255, the packet.
- 4: packets separated by the byte 0x1E; binary data stands as `b<base64>`.
"""

from __future__ import annotations

import base64
import binascii
import enum
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

SEPARATOR = b"\x1e"
MAX_PACKETS = 10_000
"""More packets in one body are refused."""

_LENGTH_DIGITS = 10
_END_OF_LENGTH = 0xFF
_TEXT, _BINARY = 0, 1


class EngineIoError(ValueError):
    """Bytes that are no packet, or no payload, of the revision in question; the text says why."""


class Kind(enum.IntEnum):
    """The packet types of both revisions."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


_KINDS = {b"%d" % kind: kind for kind in Kind}
_TYPE_BYTES = {kind: b"%d" % kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Attributes:
        data: UTF-8 text, or any bytes where `binary`. Only messages are binary.
    """

    kind: Kind
    data: bytes = b""
    binary: bool = False


class _Handshake(msgspec.Struct, rename="camel", omit_defaults=True):
    sid: str
    upgrades: list[str]
    ping_interval: int
    ping_timeout: int
    max_payload: int = 0


def handshake(
    sid: str, *, upgrades: Iterable[str], ping_interval_ms: int, ping_timeout_ms: int, max_payload: int = 0
) -> Packet:
    """Return the open packet; `max_payload`, in bytes, is a word of revision 4 and absent where it is 0."""
    said = _Handshake(sid, list(upgrades), ping_interval_ms, ping_timeout_ms, max_payload)
    return Packet(Kind.OPEN, msgspec.json.encode(said))


def encode(packet: Packet) -> bytes:
    """Return a text packet as it stands in a WebSocket's text frame and, unescaped, in payloads."""
    return _TYPE_BYTES[packet.kind] + packet.data


def decode(text: bytes) -> Packet:
    """Read a text packet. Raises EngineIoError for an unknown type or none."""
    kind = _KINDS.get(text[:1])
    if kind is None:
        raise EngineIoError("the packet has no known type" if text else "the packet is empty")
    return Packet(kind, text[1:])


def decode_binary(data: bytes, revision: int) -> Packet:
    """Read a WebSocket's binary frame: bare data in revision 4, behind a byte with the type in 3."""
    if revision >= 4:
        return Packet(Kind.MESSAGE, data, binary=True)
    if data[:1] != bytes((Kind.MESSAGE,)):
        raise EngineIoError("only messages are binary")
    return Packet(Kind.MESSAGE, data[1:], binary=True)


def encode_binary(data: bytes, revision: int) -> bytes:
    """Return what a WebSocket's binary frame holds for a binary message."""
    return data if revision >= 4 else bytes((Kind.MESSAGE,)) + data


# --- revision 4 ----------------------------------------------------------------------------------------------------


def encode_payload(packets: Iterable[Packet]) -> bytes:
    """Return a body of revision 4."""
    return SEPARATOR.join(b"b" + base64.b64encode(each.data) if each.binary else encode(each) for each in packets)


def decode_payload(body: bytes) -> list[Packet]:
    """Read a body of revision 4. Raises EngineIoError."""
    _check_utf8(body)
    if body.count(SEPARATOR) >= MAX_PACKETS:
        raise EngineIoError(f"more than {MAX_PACKETS} packets")
    return [
        Packet(Kind.MESSAGE, _from_base64(each[1:]), binary=True) if each[:1] == b"b" else decode(each)
        for each in body.split(SEPARATOR)
    ]


# --- revision 3 ----------------------------------------------------------------------------------------------------


def utf16_units(text: bytes) -> int:
    """Return how many UTF-16 code units a UTF-8 text has: what JavaScript calls its length."""
    decoded = text.decode()
    return len(decoded) + sum(character > "\uffff" for character in decoded)


def encode_text_payload(packets: Iterable[Packet]) -> bytes:
    """Return a text body of revision 3; binary data as base64."""
    return b"".join(map(_measured, packets))


def _measured(packet: Packet) -> bytes:
    text = b"b4" + base64.b64encode(packet.data) if packet.binary else encode(packet)
    return b"%d:%b" % (utf16_units(text), text)


def decode_text_payload(body: bytes) -> list[Packet]:
    """Read a text body of revision 3. Raises EngineIoError."""
    text = _check_utf8(body)
    # As UTF-16 a length in code units is a place to cut; a cut within a pair makes both halves unreadable.
    units = text.encode("utf-16-le")
    packets = []
    at = 0
    while at < len(units):
        end = units.find(b":\0", at, at + 2 * (_LENGTH_DIGITS + 1))
        while end != -1 and (end - at) % 2:
            end = units.find(b":\0", end + 1, at + 2 * (_LENGTH_DIGITS + 1))
        digits = units[at:end].decode("utf-16-le") if end != -1 else ""
        if not (digits.isascii() and digits.isdigit()):
            raise EngineIoError("a packet does not begin with its length")
        at, length = end + 2, 2 * int(digits)
        if not length or at + length > len(units):
            raise EngineIoError("a length is not that of its packet")
        packets.append(_read_text(units[at : at + length]))
        if len(packets) > MAX_PACKETS:
            raise EngineIoError(f"more than {MAX_PACKETS} packets")
        at += length
    if not packets:
        raise EngineIoError("the payload is empty")
    return packets


def _read_text(units: bytes) -> Packet:
    try:
        text = units.decode("utf-16-le").encode()
    except UnicodeError:
        raise EngineIoError("a length ends within a character") from None
    if text[:1] != b"b":
        return decode(text)
    if text[1:2] != b"4":
        raise EngineIoError("only messages are binary")
    return Packet(Kind.MESSAGE, _from_base64(text[2:]), binary=True)


def encode_binary_payload(packets: Iterable[Packet]) -> bytes:
    """Return a binary body of revision 3: for clients that take bytes, where at least one packet is binary."""
    return b"".join(map(_prefixed, packets))


def _prefixed(packet: Packet) -> bytes:
    content = encode_binary(packet.data, 3) if packet.binary else encode(packet)
    # The packet's text is UTF-8 here, and its length in bytes; code units count in text bodies only.
    digits = bytes(int(digit) for digit in str(len(content)))
    return bytes((_BINARY if packet.binary else _TEXT,)) + digits + bytes((_END_OF_LENGTH,)) + content


def decode_binary_payload(body: bytes) -> list[Packet]:
    """Read a binary body of revision 3. Raises EngineIoError."""
    packets = []
    at = 0
    while at < len(body):
        end = body.find(_END_OF_LENGTH, at + 1, at + 2 + _LENGTH_DIGITS)
        digits = body[at + 1 : end] if end != -1 else b""
        if body[at] > _BINARY or not digits or max(digits) > 9:
            raise EngineIoError("a packet does not begin with its length")
        length = int("".join(map(str, digits)))
        content = body[end + 1 : end + 1 + length]
        if not length or len(content) != length:
            raise EngineIoError("a length is not that of its packet")
        if body[at] == _BINARY:
            packets.append(decode_binary(content, 3))
        else:
            _check_utf8(content)
            packets.append(decode(content))
        if len(packets) > MAX_PACKETS:
            raise EngineIoError(f"more than {MAX_PACKETS} packets")
        at = end + 1 + length
    if not packets:
        raise EngineIoError("the payload is empty")
    return packets


def _check_utf8(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise EngineIoError("the text is not UTF-8") from None


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise EngineIoError("the base64 is damaged") from None
