"""The views that sessions are grouped by: one per dialect, era and framing, shared by all of their connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from palaver.codecs.engineio import encode_binary
from palaver.codecs.socketio import SEPARATOR, parts, with_offset
from palaver.codecs.websocket import binary_frame, text_frame
from palaver.core.base import Event
from palaver.core.sessions import Position
from palaver.dialects.base import Dialect, Payload, RosterWords
from palaver.transports.connection import MESSAGE_END

Frame = Callable[[Payload], bytes]
"""Frames one payload."""

PlaceMark = Callable[[Payload, Position | None], Payload]
"""Writes into a payload at which position it tells of an event, or of none."""


def _separated(payload: Payload) -> bytes:
    # A fan-out joins what one connection gets; the connection takes it apart again.
    return payload + MESSAGE_END


def _as_it_is(payload: Payload) -> bytes:
    return payload


def _engineio3(payload: Payload) -> bytes:
    return _messages(payload, 3)


def _engineio4(payload: Payload) -> bytes:
    return _messages(payload, 4)


def _offset(payload: Payload, position: Position | None) -> Payload:
    return with_offset(payload, f"{position.epoch}.{position.seq}" if position else None)


def _messages(payload: Payload, revision: int) -> bytes:
    """Return the frames of one Socket.IO payload, each an Engine.IO message: what polling clients get is taken from them."""
    if SEPARATOR not in payload:
        return text_frame(b"4" + payload)
    return b"".join(
        binary_frame(encode_binary(data, revision)) if binary else text_frame(b"4" + data)
        for data, binary in parts(payload)
    )


FRAMINGS: dict[str, tuple[Frame, PlaceMark | None]] = {
    "websocket": (text_frame, None),
    "asgi": (_separated, None),
    "sse": (_as_it_is, None),
    "socketio-eio3": (_engineio3, None),
    "socketio-eio4": (_engineio4, None),
    "socketio-eio4-recoverable": (_engineio4, _offset),
}
"""How a frame of a dialect becomes what a connection's `write` takes (see `connection.Connection.framing`)."""


class _Roster:
    """How all connections of one dialect and framing read whole rosters."""

    __slots__ = ("_frame", "_whole", "roster_row")

    def __init__(self, words: RosterWords, frame: Frame) -> None:
        self.roster_row = words.row
        self._whole = words.whole
        self._frame = frame

    def roster_frame(self, rows: Sequence[bytes]) -> bytes:
        """Return a framed roster."""
        return self._frame(self._whole(rows))


class DialectView:
    """How all connections of one dialect, era and framing read events."""

    __slots__ = (
        "_frame",
        "_mark",
        "_render",
        "dialect",
        "framing",
        "hears_global_room",
        "hears_itself",
        "main_channel_alone",
        "roster",
    )

    def __init__(self, dialect: Dialect, framing: str, era: str = "") -> None:
        self.dialect = dialect
        self.framing = framing
        self.hears_itself = dialect.hears_itself
        self.main_channel_alone = dialect.main_channel_alone
        self.hears_global_room = dialect.hears_global_room
        self._render = dialect.eras[era] if era else dialect.render
        self._frame, self._mark = FRAMINGS[framing]
        self.roster = _Roster(dialect.roster, self._frame) if dialect.roster is not None else None

    def render(self, event: Event, position: Position) -> bytes | None:
        """Return framed bytes, or None where the wire has no word for the event."""
        payload = self._render(event, position)
        if payload is None:
            return None
        if isinstance(payload, tuple):
            return self.framed(list(payload), position)
        return self._frame(payload if self._mark is None else self._mark(payload, position))

    def framed(self, payloads: list[Payload], position: Position | None = None) -> bytes:
        """Return frames that were made for one connection, as its `write` takes them; see `Frame`."""
        if self._mark is not None:
            payloads = [self._mark(payload, position) for payload in payloads]
        if len(payloads) == 1:
            return self._frame(payloads[0])
        return b"".join(map(self._frame, payloads))


class Views:
    """Gives the same view to everybody who reads alike."""

    def __init__(self) -> None:
        self._views: dict[tuple[str, str, str], DialectView] = {}

    def view(self, dialect: Dialect, framing: str, era: str = "") -> DialectView:
        """Return the one view of a dialect, era and framing."""
        key = (dialect.name, era, framing)
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = DialectView(dialect, framing, era)
        return view
