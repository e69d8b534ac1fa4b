"""The waiting room: people who ask to be let in, and what those who run the room decide.

Whether a room has one is a setting of `rooms`; who waits at the moment is known to the hub.
"""

from __future__ import annotations

from palaver.core.audience import Publication, ToRoom, ToSessions
from palaver.core.base import Command, Event, Outcome
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import Participant


class DecideWaiting(Command, frozen=True):
    """Admit somebody from the waiting room, or turn them down."""

    room: RoomId
    session: SessionId
    admit: bool


class WaitingStarted(Event, frozen=True):
    """Somebody asks to be let in; told to those who run the room."""

    room: RoomId
    participant: Participant


class WaitingUpdated(Event, frozen=True):
    """Somebody who waits is shown otherwise now, as under another name; told to those who run the room."""

    room: RoomId
    participant: Participant


class WaitingEnded(Event, frozen=True):
    """Somebody no longer waits; told to those who run the room and to the one who waited."""

    room: RoomId
    session: SessionId
    admitted: bool


class Waiting(Outcome, frozen=True):
    """The asker must wait to be let in; `waiting_ended` follows, and `admitted` where the answer is yes."""

    room: RoomId
    title: str = ""


def waiting_started(room: RoomId, waiter: Participant) -> Publication:
    """Tell those who run a room that somebody asks to be let in."""
    return Publication(WaitingStarted(room, waiter), ToRoom(room, moderators=True))


def waiting_updated(room: RoomId, waiter: Participant) -> Publication:
    """Tell those who run a room how somebody who waits is shown now."""
    return Publication(WaitingUpdated(room, waiter), ToRoom(room, moderators=True))


def waiting_ended(room: RoomId, session: SessionId, *, admitted: bool) -> list[Publication]:
    """Tell those who run a room, and the one who waited, that the waiting is over."""
    event = WaitingEnded(room, session, admitted)
    return [Publication(event, ToSessions((session,))), Publication(event, ToRoom(room, moderators=True))]
