"""The shape that all dialects share: frames in, requests out; events and outcomes in, frames out.

A translator is pure. It knows its wire and the words of the core; the connection, the clock and the hub are elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from palaver.core.base import Command, Event, Outcome
from palaver.core.errors import Malformed, Refusal
from palaver.core.sessions import Position

Payload = bytes
"""One frame of a wire without its framing: a JSON text, a Socket.IO packet, the lines of an SSE event."""


class Request(msgspec.Struct, frozen=True):
    """One command that a frame asks for, and how to answer it.

    Attributes:
        reply_to: what the wire uses to match the answer; None where no answer to success is wanted.
    """

    command: Command
    reply_to: int | str | None = None


class Translator(Protocol):
    """One connection's translation, in both directions."""

    def interpret(self, payload: Payload) -> list[Request]:
        """Return what a frame asks for. Raises a Refusal where the frame cannot be read."""
        ...

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return the frames for an event that goes to this one session, after whatever the client must know first."""
        ...

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        """Return the frames that answer a request which succeeded."""
        ...

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        """Return the frames that answer a request which was refused, or a frame that could not be read."""
        ...


Render = Callable[[Event, Position], Payload | None]
"""Renders an event once for all sessions of a view; None where this wire has no word for it."""


@dataclass(frozen=True)
class Endpoint:
    """One address of a dialect, as data from which the routes are built.

    Attributes:
        path: from the root of the server.
        subprotocol: where several dialects share the path, this one is meant when the client offers it.
    """

    path: str
    subprotocol: str | None = None


@dataclass(frozen=True)
class Dialect:
    """What a dialect's package offers to the transports: its name, its addresses, its two directions.

    Attributes:
        max_frame_bytes: no frame of this wire has a reason to be larger; 0 where only the settings bound it.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    translator: Callable[[], Translator]
    render: Render
    max_frame_bytes: int = 0


T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], payload: Payload) -> T:
    """Decode one JSON frame; whatever is wrong with it, depth included, is the peer's fault and refused as `malformed`."""
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(problem=str(error)) from None
    except RecursionError:
        raise Malformed(problem="it is nested too deeply") from None
