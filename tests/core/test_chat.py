"""Messages, as values: what may be said, and what becomes of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core import chat, errors
from palaver.core.chat import Attachment, Giver, InChannel, Message, PostMessage, Reaction
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.participants import Author

ANA, BOB = Author(SessionId("ana"), "ana"), Author(SessionId("bob"), "bob")
MAIN = InChannel(RoomId("lobby"), ChannelId("main"))
HELLO = Message(MessageId(1), ANA, MAIN, "hello", 1)


def post(
    text: str = "hello", *, attachments: tuple[Attachment, ...] = (), nonce: str = "", max_chars: int = 0
) -> Message:
    command = PostMessage(InChannel(RoomId("lobby")), text, attachments=attachments, nonce=nonce)
    return chat.post(command, ANA, MAIN, message=MessageId(1), now=1.5, max_chars=max_chars)


def test_a_message_is_what_was_said_where_and_when() -> None:
    assert post("hello\x00") == Message(MessageId(1), ANA, MAIN, "hello", 1500)


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_an_empty_text_needs_an_attachment(text: str) -> None:
    with pytest.raises(errors.BadText):
        post(text)
    assert post(text, attachments=(Attachment("https://site.example/cat.png"),)).attachments


@pytest.mark.parametrize(("text", "limit"), [("x" * 65_537, 0), ("é" * 32_769, 0), ("x" * 11, 10)])
def test_a_text_has_its_bounds_in_bytes_and_in_characters(text: str, limit: int) -> None:
    with pytest.raises(errors.TooLarge):
        post(text, max_chars=limit)
    with pytest.raises(errors.TooLarge):
        chat.edit(HELLO, text, now=2, max_chars=limit)


def test_texts_at_their_bounds_are_fine() -> None:
    assert len(post("é" * 32_768).text) == 32_768
    assert post("x" * 10, max_chars=10)


def test_a_nonce_is_short() -> None:
    assert post(nonce="n" * 64).nonce
    with pytest.raises(errors.TooLarge):
        post(nonce="n" * 65)


@pytest.mark.parametrize(
    "attachment",
    [
        Attachment("javascript:alert(1)"),
        Attachment("data:text/html,x"),
        Attachment("//site.example/x"),
        Attachment("/etc/passwd"),
        Attachment("https://site.example/" + "x" * 2048),
        Attachment("https://site.example/x", name="n" * 256),
        Attachment("https://site.example/x", mime="m" * 128),
    ],
)
def test_attachments_that_cannot_be_followed(attachment: Attachment) -> None:
    with pytest.raises(errors.Invalid):
        post(attachments=(attachment,))


@pytest.mark.parametrize("sizes", [{"bytes": 10**30}, {"width": 1 << 53}, {"height": -1}], ids=str)
def test_attachments_of_impossible_sizes(sizes: dict[str, int]) -> None:
    """One message with a number that cannot be written down kept everybody from entering its room."""
    assert post(attachments=(Attachment("https://site.example/x", bytes=(1 << 53) - 1),))
    with pytest.raises(errors.Malformed):
        post(attachments=(Attachment("https://site.example/x", **sizes),))


def test_attachments_are_few() -> None:
    with pytest.raises(errors.TooLarge):
        post(attachments=(Attachment("https://site.example/x"),) * 11)


def test_an_edit_replaces_the_text_and_keeps_all_else() -> None:
    reacted = chat.with_reaction(HELLO, "👍", Giver("bob"), on=True)
    edited = chat.edit(reacted, "bye", now=2.5, max_chars=0)
    assert (edited.text, edited.edited_ms, edited.id, edited.sent_ms) == ("bye", 2500, 1, 1)
    assert edited.reactions == reacted.reactions
    with pytest.raises(errors.BadText):
        chat.edit(HELLO, " ", now=2, max_chars=0)


@pytest.mark.parametrize(
    ("emoji", "expected"),
    [
        ("👍", "👍"),
        (" 👍\x00 ", "👍"),
        ("x" * 16, "x" * 16),
        *(
            (emoji, emoji)
            for emoji in [
                "👩\u200d👩\u200d👧\u200d👦",
                "👍🏽",
                "1️⃣",
                "🇩🇪",
                "❤️\u200d🔥",
                "👁️\u200d🗨️",
                "⛹🏻\u200d♂️",
                "🧑\u200d🤝\u200d🧑",
                "+1",
                ":)",
            ]
        ),
        *[("🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",) * 2],
    ],
)
def test_emoji_that_can_be_given(emoji: str, expected: str) -> None:
    assert chat.checked_emoji(emoji) == expected


@pytest.mark.parametrize(
    "emoji",
    [
        "",
        " ",
        "\x00",
        "x" * 17,
        "x" * 100_000,
        "a\nb",
        "a\tb",
        "\u202e",
        "👍\u202e",
        "\u200b",
        "\u200d",
        "\u2800",
        "\u3164",
        "a\u2028b",
        "e" + "\u0301" * 15,
        "🏴\U000e0067",
    ],
)
def test_emoji_that_cannot(emoji: str) -> None:
    with pytest.raises(errors.BadText):
        chat.checked_emoji(emoji)


Change = st.tuples(st.sampled_from("👍🎉👀"), st.sampled_from(["ana", "bob", "cas"]), st.booleans())


@given(st.lists(Change))
def test_reactions_are_what_was_given_and_not_taken_away(changes: list[tuple[str, str, bool]]) -> None:
    """Against a set of pairs; the order is that in which they were given."""
    message, given_now = HELLO, set()
    for emoji, handle, on in changes:
        before = message
        message = chat.with_reaction(message, emoji, Giver(handle), on=on)
        same = ((emoji, handle) in given_now) == on
        assert (message == before) is same
        (given_now.add if on else given_now.discard)((emoji, handle))
    listed = [(reaction.emoji, handle) for reaction in message.reactions for handle in reaction.by]
    assert set(listed) == given_now
    assert len(listed) == len(given_now)
    assert all(reaction.by for reaction in message.reactions)


def test_the_order_of_reactions_is_that_of_their_first_givers() -> None:
    message = HELLO
    for emoji, handle in (("👍", "bob"), ("🎉", "ana"), ("👍", "ana")):
        message = chat.with_reaction(message, emoji, Giver(handle), on=True)
    assert message.reactions == (Reaction("👍", ("bob", "ana")), Reaction("🎉", ("ana",)))


def test_reactions_are_bounded() -> None:
    message = HELLO
    for number in range(chat.MAX_REACTIONS):
        message = chat.with_reaction(message, f"e{number}", Giver("ana"), on=True)
    with pytest.raises(errors.TooLarge):
        chat.with_reaction(message, "one more", Giver("ana"), on=True)
    assert chat.with_reaction(message, "e0", Giver("bob"), on=True)


def test_a_reaction_names_the_sessions_that_gave_it() -> None:
    message = chat.with_reaction(HELLO, "👍", Giver("bob", SessionId("b"), UserId("site:bob")), on=True)
    message = chat.with_reaction(message, "👍", Giver("ana", SessionId("a")), on=True)
    assert message.reactions == (
        Reaction("👍", ("bob", "ana"), (SessionId("b"), SessionId("a")), (UserId("site:bob"), None)),
    )
    message = chat.with_reaction(message, "👍", Giver("bob"), on=False)
    assert message.reactions == (Reaction("👍", ("ana",), (SessionId("a"),)),)


LONGEST = Attachment("https://site.example/".ljust(2048, "x"), mime="m" * 127, name="n" * 255)


def test_attachments_may_be_as_many_and_as_long_as_their_limits_say() -> None:
    assert len(post(attachments=(LONGEST,) * chat.MAX_ATTACHMENTS).attachments) == chat.MAX_ATTACHMENTS
    for one_more in (
        (LONGEST,) * (chat.MAX_ATTACHMENTS + 1),
        *(
            (msgspec.structs.replace(LONGEST, **{name: getattr(LONGEST, name) + "x"}),)
            for name in ("url", "mime", "name")
        ),
    ):
        with pytest.raises(errors.Refusal):
            post(attachments=one_more)
