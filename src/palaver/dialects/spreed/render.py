"""Says an event of a room to everybody of this wire in it, in one frame (§3.4).

What goes to one session alone is said by `introduce`, in `translator`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from palaver.core.base import Event
from palaver.core.chat import MessageEdited, MessagePosted, MessageRetracted, ReactionChanged, TypingChanged
from palaver.core.one_room import ParticipantReturned, RoomSetUp
from palaver.core.participants import Participant, ParticipantUpdated, author_of
from palaver.core.rooms import ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Position
from palaver.dialects.base import Payload
from palaver.dialects.spreed.documents import Chat, Said, Session, Voice, time_of
from palaver.dialects.spreed.wire import CONFERENCE_ROOM, UNSET, Credentials


class Renderer:
    """Renders events for all sessions of this wire alike."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._words: dict[type[Event], Callable[[Any, Position], Payload | None]] = {
            ParticipantJoined: self._joined,
            ParticipantReturned: self._joined,
            ParticipantLeft: self._left,
            ParticipantUpdated: self._status,
            MessagePosted: self._posted,
            MessageEdited: self._edited,
            MessageRetracted: self._retracted,
            ReactionChanged: self._reacted,
            TypingChanged: self._typing,
            RoomSetUp: self._room,
        }

    def render(self, event: Event, position: Position) -> Payload | None:
        """Return the frame for an event of a room; None where this wire has no word for it."""
        word = self._words.get(type(event))
        return None if word is None else word(event, position)

    def _joined(self, event: ParticipantJoined | ParticipantReturned, position: Position) -> Payload:
        someone = event.participant
        return self._voice.from_session(self._voice.person("Joined", someone, rev=0), someone.session)

    def _left(self, event: ParticipantLeft, position: Position) -> Payload:
        return left(self._voice, event)

    def _status(self, event: ParticipantUpdated, position: Position) -> Payload | None:
        someone = event.participant
        if event.was is not None and someone.hand_raised_ms and not event.was.hand_raised_ms:
            return self._voice.line(author_of(someone), "(raised a hand)", someone.hand_raised_ms)
        if event.was is not None and _looks_alike(someone, event.was):
            return None
        return self._voice.from_session(self._voice.person("Status", someone, rev=position.seq), someone.session)

    def _posted(self, event: MessagePosted, position: Position) -> Payload:
        return self._voice.chat(event.message)

    def _edited(self, event: MessageEdited, position: Position) -> Payload:
        message = event.message
        return self._voice.line(message.author, f"(changed) {message.text}", message.edited_ms)

    def _retracted(self, event: MessageRetracted, position: Position) -> Payload:
        return self._voice.line(event.by, "(took a message back)", int(self._voice.now() * 1000))

    def _reacted(self, event: ReactionChanged, position: Position) -> Payload | None:
        return self._voice.line(event.by, event.emoji, int(self._voice.now() * 1000)) if event.on else None

    def _typing(self, event: TypingChanged, position: Position) -> Payload:
        body = Said("", time_of(int(self._voice.now() * 1000)), True, UNSET, typing_status(event.typing))
        return self._voice.from_session(Chat("", body), event.by.session)

    def _room(self, event: RoomSetUp, position: Position) -> Payload | None:
        # In a conference the document would pass for another one (§7.1): there, a PIN is told to who set it alone.
        name = "" if event.room == self._voice.options.default_room else event.room
        kind = self._voice.type_of(name)
        if kind == CONFERENCE_ROOM:
            return None
        return self._voice.from_session(room(kind, name, event.pin), event.by.session)


def left(voice: Voice, event: ParticipantLeft) -> Payload:
    """Return the document of somebody who left: softly where the session goes on (§3.4)."""
    gone = Session("Left", voice.id_of(event.session), Status="hard" if event.gone else "soft")
    return voice.from_session(gone, event.session)


def room(kind: str, name: str, pin: str | None) -> dict[str, Any]:
    """Return a room's document; `Credentials` is always there (§3.4)."""
    return {"Type": kind, "Name": name, "Credentials": None if pin is None else Credentials(pin)}


def typing_status(typing: bool) -> dict[str, str]:
    """Return the Status of a Chat that says that somebody writes."""
    return {"Typing": "start" if typing else "stop"}


def _looks_alike(one: Participant, other: Participant) -> bool:
    """Whether this wire shows both the same."""
    return (
        one.details is other.details
        and one.user == other.user
        and one.handle == other.handle
        and one.display_name == other.display_name
        and one.status_text == other.status_text
        and one.profile is other.profile
    )
