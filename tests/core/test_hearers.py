"""Who hears a message, and who may know what becomes of it."""

from __future__ import annotations

from palaver.core import chat, hearers
from palaver.core.audience import ToPeople, ToRoom
from palaver.core.chat import Direct, InChannel, Message
from palaver.core.ids import ChannelId, MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.participants import Author, keys_of

ANA, BOB = Author(SessionId("ana"), "ana"), Author(SessionId("bob"), "bob")
MAIN = InChannel(RoomId("lobby"), ChannelId("main"))
HELLO = Message(MessageId(1), ANA, MAIN, "hello", 1)


def test_a_channel_hears_except_those_who_ignore_the_speaker_or_are_blocked() -> None:
    hidden = frozenset({PersonKey("name:bob")})
    audience = hearers.posted(HELLO, hidden).audience
    assert audience == ToRoom(MAIN.room, channel=MAIN.channel, about=("name:ana",), hidden_from=hidden)


def test_a_direct_message_is_heard_at_both_ends_and_by_its_author_in_any_case() -> None:
    direct = Message(MessageId(1), ANA, Direct(BOB), "psst", 1)
    both = (ANA.session, BOB.session)
    assert hearers.posted(direct).audience == ToPeople(both, about=keys_of("ana", None), spared=ANA.session)
    typing = hearers.hearers_of_typing(Direct(BOB), ANA, frozenset())
    assert isinstance(typing, ToPeople)
    assert typing.sessions == ("bob",)
    note = hearers.posted(Message(MessageId(1), ANA, Direct(ANA), "note", 1)).audience
    assert isinstance(note, ToPeople)
    assert note.sessions == ("ana",)


def test_a_direct_message_is_for_users_wherever_they_are() -> None:
    user = UserId("site:bob")
    direct = Message(MessageId(1), ANA, Direct(Author(SessionId("b"), "bob", user=user)), "psst", 1)
    audience = hearers.posted(direct, besides=ANA.session).audience
    assert isinstance(audience, ToPeople)
    assert (audience.sessions, audience.users, audience.besides) == (("ana", "b"), (user,), ANA.session)


def test_what_the_other_end_does_to_a_direct_message_reaches_both() -> None:
    direct = Message(MessageId(1), ANA, Direct(BOB), "psst", 1)
    whose = hearers.whose(direct)
    audience = hearers.about(direct, chat.MessageEdited(direct), BOB, frozenset(), whose=whose).audience
    both = (ANA.session, BOB.session)
    assert audience == ToPeople(both, about=keys_of("bob", None), spared=BOB.session, whose=whose)
    audience = hearers.retracted(direct, ANA, whose).audience
    assert audience == ToPeople(both, about=whose.author, spared=ANA.session, seen=True, whose=whose)
