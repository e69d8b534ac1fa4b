"""What the hub delivers to: the outgoing half of a connection, and how those of one kind read events and rosters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from palaver.core.base import Event
from palaver.core.disconnects import Disconnect
from palaver.core.rosters import Seen
from palaver.core.sessions import Position
from palaver.hub.limits import Limits


class RosterView(Protocol):
    """How a group of sinks reads whole rosters, where its wire tells no changes of them."""

    def roster_row(self, seen: Seen) -> bytes:
        """Return one person's row, without framing."""
        ...

    def roster_frame(self, rows: Sequence[bytes]) -> bytes:
        """Return framed bytes of a roster with these rows."""
        ...


class View(Protocol):
    """How a group of sinks reads events: one dialect, era, framing and privilege class.

    Attributes:
        hears_itself: a session is told what it did itself, as everybody in the room is.
        main_channel_alone: of a room's channels only the first is told.
        hears_global_room: the global room is told in every other. What is rendered must not name the room.
    """

    hears_itself: bool
    main_channel_alone: bool
    hears_global_room: bool

    @property
    def roster(self) -> RosterView | None:
        """Return how its sinks read whole rosters; None where the events are enough for them."""
        ...

    def render(self, event: Event, position: Position) -> bytes | None:
        """Return framed bytes that every sink of the view can be handed; None where the wire has no word for it."""
        ...


class Sink(Protocol):
    """What a session is delivered to: the outgoing half of one connection."""

    @property
    def view(self) -> View:
        """Return the view whose bytes `write` takes."""
        ...

    @property
    def unsent_bytes(self) -> int:
        """Return how much of what was written waits to be read by the client."""
        ...

    def write(self, data: bytes) -> None:
        """Hand over framed bytes; never blocks, never changes membership at once."""
        ...

    def introduce(self, event: Event, position: Position) -> bytes:
        """Return framed bytes for an event that goes to this session alone; may be empty."""
        ...

    def keep_to(self, limits: Limits) -> None:
        """Take what the client sends at the rates of other limits."""
        ...

    def end(self, disconnect: Disconnect) -> None:
        """Flush what was written, then close the connection."""
        ...
