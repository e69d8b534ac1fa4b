"""Reads a packet of the conference wire: its name, the era of who sends it, and what it asks for.

Event names are data: they are looked up in tables of ours, never on an object (§D).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from palaver.codecs import socketio
from palaver.codecs.socketio import Kind, Packet
from palaver.core.errors import Malformed, UnknownWord
from palaver.core.sessions import Identify
from palaver.dialects.base import Payload, Request, decoded, heard
from palaver.dialects.conference.asks import OBJECT, POSITIONAL
from palaver.dialects.conference.call import Call, Step
from palaver.dialects.conference.client import Asked, Client
from palaver.dialects.conference.wire import Era, Options

MAX_WORD_CHARS = 64
MAX_ARGUMENTS = 8

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_NAME = msgspec.json.Decoder(str)
_SAID = msgspec.json.Decoder(dict[str, Any])


def interpret(payload: Payload, client: Client, options: Options, label: Callable[[], str]) -> list[Request]:
    """Return what a packet asks for. Raises a Refusal, with the call it answers in `client.unread`."""
    client.unread = ("", None)
    try:
        packet = socketio.decode(payload)
    except socketio.SocketIoError as problem:
        raise Malformed(problem=str(problem)) from None
    if packet.kind is Kind.CONNECT:
        return [Asked(_identification(packet, label()), event="connect")]
    if packet.kind is not Kind.EVENT:
        return []
    client.unread = ("", packet.ack)
    if packet.attachments:
        raise Malformed(problem="this wire is text")
    name, arguments = _read(packet.data)
    client.unread = (name[:MAX_WORD_CHARS], packet.ack)
    if client.refused is not None:
        raise client.refused
    _tell_era(client, name, arguments, packet.ack)
    reading = _reading(client, name, arguments)
    steps = reading(Call(client, options, arguments, label))
    return [Asked(command, event=name, ack=packet.ack, shown=shown) for command, shown in steps]


def _identification(packet: Packet, label: str) -> Identify:
    """Return who a client says to be: by a token, or nobody in particular until it joins."""
    said = decoded(_SAID, packet.data) if packet.data else {}
    token = said.get("token", said.get("jwt", ""))
    return Identify(name=f"guest-{label[:12]}", token=token if isinstance(token, str) else "")


def _read(data: bytes) -> tuple[str, list[msgspec.Raw]]:
    values = heard(_ARRAY, data)
    if not values or len(values) > MAX_ARGUMENTS + 1:
        raise Malformed(problem="an event is a name and a few arguments")
    return decoded(_NAME, bytes(values[0])), values[1:]


def _tell_era(client: Client, name: str, arguments: list[msgspec.Raw], ack: int | None) -> None:
    """Tell from its first call how a client speaks; a seed client that wants answers is of the next era (§E1)."""
    if name not in ("create-room", "join-room", "get-rtp-capabilities") or client.room or client.era is Era.OBJECT:
        return
    if client.era is None and _is_object(arguments):
        client.era = Era.OBJECT
    elif ack is not None and name != "create-room" and not _is_object(arguments):
        client.era = Era.ACKED
    elif client.era is None:
        client.era = Era.SEED


def _is_object(arguments: list[msgspec.Raw]) -> bool:
    return bool(arguments) and bytes(arguments[0])[:1] == b"{"


def _reading(client: Client, name: str, arguments: list[msgspec.Raw]) -> Callable[[Call], list[Step]]:
    # A room's name is no object, so that what a client of any era means by asking for its media is plain (§B4).
    told_apart = client.era is not None and name != "get-rtp-capabilities"
    of_object = client.era is Era.OBJECT or (not told_apart and _is_object(arguments))
    reading = (OBJECT if of_object else POSITIONAL).get(name)
    if reading is None:
        raise UnknownWord(word=name[:MAX_WORD_CHARS])
    return reading
