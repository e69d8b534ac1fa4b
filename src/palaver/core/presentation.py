"""How people show themselves to clients of their own kind, and how somebody is found of whom only an id is known."""

from __future__ import annotations

import msgspec

from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event, Outcome, Query
from palaver.core.ids import SessionId, UserId
from palaver.core.participants import NO_DETAILS, Details, Participant

MAX_DETAILS_BYTES = 4096
"""Every newcomer is told the details of everybody in a room."""


class Present(Command, frozen=True):
    """Show oneself anew, told as one change. A field that is absent stays as it is.

    Attributes:
        display_name: the first one of somebody without a name also becomes the handle, where it can be one.
        text: one line beside the name.
        details: any JSON, which clients of the same kind read and the server does not.
    """

    display_name: str | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    details: Details = NO_DETAILS


class LookUp(Query, frozen=True):
    """Ask after a session, or all sessions of a user, in whichever room they are.

    No wire lets a client ask for it in these words: a dialect asks once a client has shown that it was given the id.

    Attributes:
        follow: either is told when the other's session ends.
    """

    session: SessionId | None = None
    user: UserId | None = None
    follow: bool = False


class Found(Outcome, frozen=True):
    """Who was found, the longest here first; somebody without a seat is shown as if there were one."""

    people: tuple[Participant, ...]


class SessionGone(Event, frozen=True):
    """A session ended that the hearer follows, or is followed by."""

    session: SessionId
    handle: str


def gone(session: SessionId, handle: str, followers: tuple[SessionId, ...]) -> Publication:
    """Tell those who follow a session that it ended."""
    return Publication(SessionGone(session, handle), ToSessions(followers))
