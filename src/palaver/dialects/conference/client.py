"""What one connection must remember of its client: the era it speaks in, who it is, and the room it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palaver.core.errors import AlreadyJoined, InWaitingRoom, NotInRoom, Refusal
from palaver.core.ids import RoomId, SessionId, UserId
from palaver.dialects.base import Request
from palaver.dialects.conference.wire import Era

NO_ROOM = RoomId("")
NOBODY = SessionId("")


class Asked(Request, frozen=True):
    """A request with how it is answered.

    Attributes:
        event: the name by which it came.
        ack: the number under which an answer is wanted.
        shown: what the answer holds besides, known at once; or the text of a message that its author is shown.
    """

    event: str = ""
    ack: int | None = None
    shown: Any = None


@dataclass
class Client:
    """One client.

    Attributes:
        era: how it speaks; None until its first call.
        user: whom the site knows it for, and so by which handle others know it.
        room: where it sits.
        waiting: where it waits to be let in; `title` is what that room is called.
        refused: why it could not identify; whatever it asks afterwards is refused for that.
        refused_first: the first of two steps with one answer was refused.
        unread: event and ack of a call that could not be read.
    """

    era: Era | None = None
    session: SessionId = NOBODY
    user: UserId | None = None
    room: RoomId = NO_ROOM
    waiting: RoomId = NO_ROOM
    title: str = ""
    refused: Refusal | None = None
    refused_first: bool = False
    unread: tuple[str, int | None] = ("", None)

    def seat(self) -> RoomId:
        """Return the room it sits in. Raises NotInRoom."""
        if not self.room:
            raise NotInRoom(room="a room")
        return self.room

    def check_free(self) -> None:
        """Refuse somebody who sits, or waits, already: one participant for each connection (§D 14)."""
        if self.room:
            raise AlreadyJoined(room=self.room)
        if self.waiting:
            raise InWaitingRoom(room=self.waiting)

    def leave(self) -> None:
        """Sit and wait nowhere."""
        self.room = self.waiting = NO_ROOM
