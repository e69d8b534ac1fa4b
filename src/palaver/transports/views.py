"""The views that sessions are grouped by: one per dialect and framing, shared by all of their connections."""

from __future__ import annotations

from collections.abc import Callable

from palaver.codecs.websocket import text_frame
from palaver.core.base import Event
from palaver.core.sessions import Position
from palaver.dialects.base import Dialect, Payload
from palaver.transports.connection import MESSAGE_END

Frame = Callable[[Payload], bytes]


def _separated(payload: Payload) -> bytes:
    # A fan-out joins what one connection gets; the connection takes it apart again.
    return payload + MESSAGE_END


FRAMINGS: dict[str, Frame] = {"websocket": text_frame, "asgi": _separated, "sse": bytes}
"""How a frame of a dialect becomes what a connection's `write` takes (see `connection.Connection.framing`)."""


class DialectView:
    """How all connections of one dialect and framing read events."""

    __slots__ = ("_frame", "_render", "dialect", "framing")

    def __init__(self, dialect: Dialect, framing: str) -> None:
        self.dialect = dialect
        self.framing = framing
        self._render = dialect.render
        self._frame = FRAMINGS[framing]

    def render(self, event: Event, position: Position) -> bytes | None:
        """Return framed bytes, or None where the wire has no word for the event."""
        payload = self._render(event, position)
        return None if payload is None else self._frame(payload)

    def framed(self, payloads: list[Payload]) -> bytes:
        """Return frames that were made for one connection, as its `write` takes them."""
        if len(payloads) == 1:
            return self._frame(payloads[0])
        return b"".join(map(self._frame, payloads))


class Views:
    """Gives the same view to everybody who reads alike."""

    def __init__(self) -> None:
        self._views: dict[tuple[str, str], DialectView] = {}

    def view(self, dialect: Dialect, framing: str) -> DialectView:
        """Return the one view of a dialect and framing."""
        key = (dialect.name, framing)
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = DialectView(dialect, framing)
        return view
