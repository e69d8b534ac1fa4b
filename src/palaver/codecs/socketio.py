"""Knows the packets of Socket.IO, revisions 4 and 5 of its protocol; who is connected where is left to `transports`.

A packet's text is `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`, without the `4` that Engine.IO puts before it.
A dialect's `Payload` is one packet as `encode` returns it: its text, then each attachment behind a byte 0x1E as `b<base64>`.
JSON holds 0x1E only escaped (RFC 8259 §7), so several packets that belong together may stand in one payload, joined by that
byte; `together` does so.
"""

from __future__ import annotations

import base64
import binascii
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

SEPARATOR = b"\x1e"
MAX_ATTACHMENTS = 10
MAX_DEPTH = 64
"""Arguments nested more deeply are not searched for placeholders, but refused."""

_TEXT = re.compile(rb"([0-6])(?:(\d{1,3})-)?(/[^,\x1e]*,?)?(\d{1,16})?([\[{\"].*)?\Z", re.DOTALL)


class SocketIoError(ValueError):
    """Bytes that are no packet, or attachments that do not fit one; the text says why."""


class Kind(enum.IntEnum):
    """What a packet is. With attachments, EVENT and ACK have types of their own on the wire, and are the same here."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    ERROR = 4
    """Called CONNECT_ERROR in revision 5."""


_BINARY_TYPES = {5: Kind.EVENT, 6: Kind.ACK}
_BINARY_OFFSET = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of either revision.

    Attributes:
        data: JSON text, not parsed. For EVENT an array of name and arguments, for ACK one of answers; for CONNECT an
            object with what the client said of itself, for ERROR what went wrong; empty for none.
        ack: of EVENT, the number under which the sender wants an answer; of ACK, the number that is answered.
        attachments: bytes for which `{"_placeholder":true,"num":n}` stands in `data`.
    """

    kind: Kind
    data: bytes = b""
    ack: int | None = None
    attachments: tuple[bytes, ...] = ()
    namespace: str = "/"


class Attachment:
    """Bytes among the arguments of `event` or `answer`: sent as an attachment."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


def event(name: str, *arguments: Any, ack: int | None = None) -> bytes:
    """Return the payload of an event; arguments are whatever msgspec encodes as JSON, or an `Attachment`.

    With `ack` the client is asked to answer under that number.
    """
    data, attachments = _written((name, *arguments))
    return encode(Packet(Kind.EVENT, data, ack, attachments))


def answer(ack: int, *arguments: Any) -> bytes:
    """Return the payload that answers an event which asked for it under `ack`."""
    data, attachments = _written(arguments)
    return encode(Packet(Kind.ACK, data, ack, attachments))


def together(*payloads: bytes) -> bytes:
    """Return several packets as one payload, for what must be told in one piece."""
    return SEPARATOR.join(payloads)


def encode(packet: Packet) -> bytes:
    """Return a packet as a payload."""
    number = packet.kind + _BINARY_OFFSET if packet.attachments else packet.kind
    text = b"%d" % number
    if packet.attachments:
        text += b"%d-" % len(packet.attachments)
    if packet.namespace != "/":
        text += packet.namespace.encode() + b","
    if packet.ack is not None:
        text += b"%d" % packet.ack
    text += packet.data
    if not packet.attachments:
        return text
    return SEPARATOR.join((text, *(b"b" + base64.b64encode(each) for each in packet.attachments)))


def decode(payload: bytes) -> Packet:
    """Read one packet with its attachments. Raises SocketIoError. The JSON is not read: see `arguments`."""
    if payload[:2] == b"2[" and payload[-1:] == b"]" and SEPARATOR not in payload:  # most of all that is ever said
        return Packet(Kind.EVENT, payload[1:])
    text, *encoded = payload.split(SEPARATOR)
    packet, awaited = decode_text(text)
    if awaited != len(encoded):
        raise SocketIoError(f"{len(encoded)} attachments instead of {awaited}")
    if not encoded:
        return packet
    return with_attachments(packet, tuple(map(_attachment, encoded)))


def decode_text(text: bytes) -> tuple[Packet, int]:
    """Read a packet's text; return it without attachments, and how many of them follow. Raises SocketIoError."""
    match = _TEXT.match(text)
    if match is None:
        raise SocketIoError("it is no packet")
    number, count, namespace, ack, data = match.groups()
    kind = _BINARY_TYPES.get(int(number)) or Kind(int(number))
    awaited = int(count or 0)
    if (count is not None) != (int(number) in _BINARY_TYPES):
        raise SocketIoError("attachments are announced by packets of binary types alone")
    if awaited > MAX_ATTACHMENTS:
        raise SocketIoError(f"more than {MAX_ATTACHMENTS} attachments")
    _check_parts(kind, ack, data)
    where = _namespace(namespace) if namespace else "/"
    return Packet(kind, data or b"", int(ack) if ack else None, namespace=where), awaited


def with_attachments(packet: Packet, attachments: tuple[bytes, ...]) -> Packet:
    """Return the packet with what came behind it. Raises SocketIoError unless every placeholder has its attachment."""
    whole = Packet(packet.kind, packet.data, packet.ack, attachments, packet.namespace)
    arguments(whole)
    return whole


def arguments(packet: Packet) -> list[Any]:
    """Return what stands in the array of an EVENT or ACK, attachments in their places. Raises SocketIoError."""
    try:
        found = msgspec.json.decode(packet.data or b"[]", type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise SocketIoError(f"it is no array of JSON: {problem}") from None
    return [_filled(each, packet.attachments, 0) for each in found] if packet.attachments else found


def with_offset(payload: bytes, offset: str | None) -> bytes:
    """Return a payload whose events name a position as their last argument, from which a client may recover.

    Clients take the last argument of any event for the position if it is a string. Where there is no position, such an
    event gets `null` behind it. Events that want an answer stay as they are: a function comes last there.
    """
    if SEPARATOR not in payload:
        return _positioned(payload, offset)
    return SEPARATOR.join(_positioned(each, offset) for each in payload.split(SEPARATOR))


def _positioned(part: bytes, offset: str | None) -> bytes:
    if part[:1] not in (b"2", b"5") or part[-1:] != b"]":
        return part
    if part[1:2] != b"[":
        match = _TEXT.match(part)
        if match is None or match[4] is not None:
            return part
    if offset is None:
        return part[:-1] + b",null]" if part[-2:] == b'"]' else part
    return part[:-1] + b"," + msgspec.json.encode(offset) + b"]"


def parts(payload: bytes) -> Iterator[tuple[bytes, bool]]:
    """Go through what of a payload makes one Engine.IO message each: (bytes, whether they are binary)."""
    for part in payload.split(SEPARATOR):
        yield (base64.b64decode(part[1:]), True) if part[:1] == b"b" else (part, False)


def _written(values: tuple[Any, ...]) -> tuple[bytes, tuple[bytes, ...]]:
    attachments: list[bytes] = []

    def placeholder(value: Any) -> dict[str, Any]:
        if not isinstance(value, Attachment):
            raise TypeError(f"{type(value).__name__} is no JSON")
        attachments.append(value.content)
        return {"_placeholder": True, "num": len(attachments) - 1}

    return msgspec.json.encode(values, enc_hook=placeholder), tuple(attachments)


def _check_parts(kind: Kind, ack: bytes | None, data: bytes | None) -> None:
    if kind in (Kind.EVENT, Kind.ACK) and (data is None or data[:1] != b"[" or data[-1:] != b"]"):
        raise SocketIoError("its arguments are no array")
    if kind is Kind.ACK and ack is None:
        raise SocketIoError("it answers nothing")
    if kind not in (Kind.EVENT, Kind.ACK) and ack is not None:
        raise SocketIoError("only events are answered")
    if kind is Kind.DISCONNECT and data is not None:
        raise SocketIoError("a goodbye has no arguments")
    if kind is Kind.CONNECT and data is not None and (data[:1] != b"{" or data[-1:] != b"}"):
        raise SocketIoError("what a client says of itself is an object")


def _namespace(text: bytes) -> str:
    try:
        return text.removesuffix(b",").decode()
    except UnicodeDecodeError:
        raise SocketIoError("its namespace is not UTF-8") from None


def _attachment(part: bytes) -> bytes:
    try:
        if part[:1] == b"b":
            return base64.b64decode(part[1:], validate=True)
    except binascii.Error:
        pass
    raise SocketIoError("an attachment is no base64")


def _filled(value: Any, attachments: tuple[bytes, ...], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise SocketIoError("it is nested too deeply")
    if isinstance(value, list):
        return [_filled(each, attachments, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("_placeholder") is not True:
        return {key: _filled(each, attachments, depth + 1) for key, each in value.items()}
    number = value.get("num")
    if type(number) is not int or not 0 <= number < len(attachments):
        raise SocketIoError("a placeholder stands for no attachment")
    return attachments[number]
