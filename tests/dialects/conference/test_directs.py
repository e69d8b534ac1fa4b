"""Direct messages in one of several windows: what was written to another is read, what another wrote has no word here."""

from __future__ import annotations

import pytest

from palaver.core.base import Event
from palaver.core.chat import (
    Direct,
    InChannel,
    Message,
    MessageEdited,
    MessagePosted,
    MessageRetracted,
    ReactionChanged,
)
from palaver.core.ids import MessageId, RoomId, SessionId, UserId
from palaver.core.participants import Author
from palaver.dialects.conference.directs import as_read_here

USER = UserId("site:ana")
HERE, ELSEWHERE = Author(SessionId("here"), "ana", user=USER), Author(SessionId("elsewhere"), "ana 2", user=USER)
BOB = Author(SessionId("bob"), "bob")


def events(author: Author, to: Author) -> list[Event]:
    place = Direct(to)
    message = Message(MessageId(1), author, place, "psst", 1)
    said: list[Event] = [MessagePosted(message), MessageEdited(message), MessageRetracted(message.id, place, author)]
    return [*said, ReactionChanged(message.id, place, "👍", author, on=True)]


@pytest.mark.parametrize(
    ("author", "to", "read"),
    [(BOB, HERE, HERE), (BOB, ELSEWHERE, HERE), (HERE, BOB, BOB), (ELSEWHERE, BOB, None), (ELSEWHERE, HERE, HERE)],
)
def test_who_is_shown_as_the_addressee(author: Author, to: Author, read: Author | None) -> None:
    for event in events(author, to):
        told = as_read_here(event, HERE.session, USER)
        place = None if told is None else getattr(getattr(told, "message", told), "place", None) or told.place  # type: ignore[attr-defined]
        assert (place and place.to.session) == (read and read.session)


def test_what_is_said_in_a_channel_stays_as_it_is() -> None:
    event = MessagePosted(Message(MessageId(1), ELSEWHERE, InChannel(RoomId("r")), "hello", 1))
    assert as_read_here(event, HERE.session, USER) is event
