"""One call of the conference wire, whose arguments are read as the ask wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from palaver.core.base import Command
from palaver.core.errors import Malformed
from palaver.dialects.base import decoded
from palaver.dialects.conference.client import Client
from palaver.dialects.conference.wire import Options

T = TypeVar("T")

Step = tuple[Command, Any]
"""What is asked, and what its answer holds besides."""

FIRST, THEN = "first", "then"
"""In place of that, of two steps with one answer: a success of the first is not answered, nor the second where it failed."""


class Call:
    """One call: its arguments, not read yet, and what is known of who makes it."""

    __slots__ = ("arguments", "client", "label", "options")

    def __init__(
        self, client: Client, options: Options, arguments: list[msgspec.Raw], label: Callable[[], str]
    ) -> None:
        self.client = client
        self.options = options
        self.arguments = arguments
        self.label = label

    def text(self, at: int) -> str:
        """Return an argument that must be a text."""
        value = self.value(at)
        if not isinstance(value, str):
            raise Malformed(problem=f"argument {at + 1} must be a text")
        return value

    def value(self, at: int) -> Any:
        """Return an argument; None where there is none."""
        if at >= len(self.arguments):
            return None
        return decoded(_decoder(Any), bytes(self.arguments[at]))

    def object(self, kind: type[T]) -> T:
        """Return the first argument as an object of a kind; one that is absent is an empty one."""
        raw = bytes(self.arguments[0]) if self.arguments else b"{}"
        decoder: msgspec.json.Decoder[T] = _decoder(kind)
        return decoded(decoder, b"{}" if raw == b"null" else raw)


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.json.Decoder(kind)
    return found
