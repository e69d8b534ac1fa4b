"""Messages: post, edit, retract, react, typing, receipts.

The source text is what is kept and told; how it looks is the business of each dialect. Who may do what stands in `policy`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import msgspec

from palaver.core import errors
from palaver.core.base import Command, Event, Outcome, Query, Value
from palaver.core.ids import AskedMessage, ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.names import NameProblem, clean_text, is_legible
from palaver.core.participants import NO_DETAILS, Author, Details, Participant, Target, kept_details, size_of_details

MAX_TEXT_BYTES = 64 * 1024
MAX_FILE_SIZE = (1 << 53) - 1
"""Of a file in bytes or pixels: larger numbers can be read by some, and written down by nobody."""
MAX_ATTACHMENTS = 10
MAX_REACTION_CHARS = 16
MAX_REACTIONS = 50
MAX_REACTORS = 2000
MAX_MARKED = 100
MAX_DETAILS_BYTES = 8 * 1024
HISTORY_PAGE = 50
UNKNOWN = SessionId("")


class InChannel(Value, frozen=True, tag_field="in", tag="channel"):
    """A channel of a room; the empty channel is the main one."""

    room: RoomId
    channel: ChannelId = ChannelId("")


class ToPerson(Value, frozen=True, tag_field="in", tag="direct"):
    """A direct message, as it is asked for: to whomever the target points at.

    Attributes:
        within: only while they sit in this room.
    """

    to: Target
    within: RoomId | None = None


class Direct(Value, frozen=True, tag_field="in", tag="direct"):
    """A direct message, as it is told: to this person."""

    to: Author


Destination = InChannel | ToPerson
Place = InChannel | Direct


class Attachment(Value, frozen=True):
    """A file that a message points to. Sizes are bytes and pixels; 0 where unknown."""

    url: str
    mime: str = ""
    name: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0


class Reaction(Value, frozen=True):
    """One emoji under a message, and who gave it: handles, and in the same order the sessions and users, where known."""

    emoji: str
    by: tuple[str, ...]
    sessions: tuple[SessionId, ...] = ()
    users: tuple[UserId | None, ...] = ()


class Giver(NamedTuple):
    """Who gave a reaction."""

    handle: str
    session: SessionId = UNKNOWN
    user: UserId | None = None


class Message(Value, frozen=True):
    """One message. `edited_ms` is 0 while it is as it was posted; `details` as in `PostMessage`."""

    id: MessageId
    author: Author
    place: Place
    text: str
    sent_ms: int
    edited_ms: int = 0
    reply_to: MessageId | None = None
    attachments: tuple[Attachment, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    nonce: str = ""
    details: Details = NO_DETAILS


class ReceiptState(enum.StrEnum):
    """How far a direct message has come."""

    DELIVERED = "delivered"
    SEEN = "seen"


class PostMessage(Command, frozen=True):
    """Say something.

    Attributes:
        nonce: made by the client; comes back in the message, and a second post with it in the same session is the first.
        echo: the asker's session is told, too, and not by the answer alone.
        details: what clients of the author's kind tell each other with it; any JSON, unread.
    """

    place: Destination
    text: str = ""
    reply_to: AskedMessage | None = None
    attachments: tuple[Attachment, ...] = ()
    nonce: str = ""
    echo: bool = True
    details: Details = NO_DETAILS


class SharePicture(Command, frozen=True):
    """Post a picture that comes with the command, for wires that have no other way to bring one.

    Attributes:
        name: of the file, as its owner calls it.
        picture: its bytes, as a JSON list of numbers or as a string in base64.
    """

    place: Destination
    name: str
    picture: msgspec.Raw


class EditMessage(Command, frozen=True):
    """Replace the text of a message of one's own. `echo` as in `PostMessage`."""

    message: AskedMessage
    text: str
    echo: bool = True


class RetractMessage(Command, frozen=True):
    """Take a message back, for everybody. `echo` as in `PostMessage`.

    Attributes:
        own: only where one wrote it, even if one runs the room.
    """

    message: AskedMessage
    echo: bool = True
    own: bool = False


class React(Command, frozen=True):
    """Put an emoji under a message, or take it away; with neither said, whichever it is not at the moment."""

    message: AskedMessage
    emoji: str
    on: bool | None = True


class SetTyping(Command, frozen=True):
    """Say that one is writing, or has stopped."""

    place: Destination
    typing: bool


class MarkMessages(Command, frozen=True):
    """Tell the author that direct messages arrived or were seen."""

    messages: tuple[AskedMessage, ...]
    state: ReceiptState


class FindMessage(Query, frozen=True):
    """Ask whether a message of a room, or a direct one, is still remembered. No wire tells more than that of it."""

    room: RoomId
    message: AskedMessage


class TakeMissed(Query, frozen=True):
    """Ask for what was said to oneself alone while one was lost, where a new session takes the place of the lost one."""


class FetchHistory(Query, frozen=True):
    """Ask for messages from before one came, newest page first.

    Attributes:
        before: only older ones than this; absent for the newest.
        limit: at most this many, 1 to 100.
    """

    place: Destination
    before: AskedMessage | None = None
    limit: int = HISTORY_PAGE


class MessagePosted(Event, frozen=True):
    """Somebody said something."""

    message: Message


class MessageEdited(Event, frozen=True):
    """A message has another text now."""

    message: Message


class MessageRetracted(Event, frozen=True):
    """A message was taken back.

    Attributes:
        author: whose it was, for wires that say so.
    """

    message: MessageId
    place: Place
    by: Author
    author: Author | None = None


class ReactionChanged(Event, frozen=True):
    """An emoji was put under a message, or taken away."""

    message: MessageId
    place: Place
    emoji: str
    by: Author
    on: bool


class Notice(Event, frozen=True):
    """The server itself says something to the hearer, as plain text, about a place or about none."""

    text: str
    place: Place | None = None


class TypingChanged(Event, frozen=True):
    """Somebody writes, or has stopped."""

    place: Place
    by: Author
    typing: bool


class MessagesMarked(Event, frozen=True):
    """Direct messages of the hearer arrived or were seen."""

    messages: tuple[MessageId, ...]
    state: ReceiptState
    by: Author


class Posted(Outcome, frozen=True):
    """The message is posted under this id; it was recorded first where its channel keeps history."""

    message: MessageId
    sent_ms: int


class HistoryPage(Outcome, frozen=True):
    """Messages, oldest first; `more` where older ones exist."""

    messages: tuple[Message, ...]
    more: bool = False


def checked_text(text: str, *, required: bool) -> str:
    """Return a text as it may be kept, or refuse it."""
    try:
        cleaned = clean_text(text, MAX_TEXT_BYTES)
    except NameProblem:
        raise errors.TooLarge(limit=MAX_TEXT_BYTES, unit="bytes") from None
    if required and not cleaned.strip():
        raise errors.BadText(problem="it is empty")
    return cleaned


def checked_attachments(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Return attachments whose addresses may be followed, or refuse them."""
    if len(attachments) > MAX_ATTACHMENTS:
        raise errors.TooLarge(limit=MAX_ATTACHMENTS, unit="attachments")
    for attachment in attachments:
        if not attachment.url.startswith(("https://", "http://", "/v1/pictures/")) or len(attachment.url) > 2048:
            raise errors.BadText(problem="an attachment needs an http or https address")
        if len(attachment.name) > 255 or len(attachment.mime) > 127:
            raise errors.TooLarge(limit=255, unit="characters")
        if not all(0 <= size <= MAX_FILE_SIZE for size in (attachment.bytes, attachment.width, attachment.height)):
            raise errors.Malformed(problem=f"the sizes of an attachment are 0 to {MAX_FILE_SIZE}")
    return attachments


def payload_bytes(command: PostMessage) -> int:
    """Return about how many bytes the readers of a message are sent."""
    attached = sum(len(each.url) + len(each.name) + len(each.mime) for each in command.attachments)
    return len(command.text.encode(errors="replace")) + attached + size_of_details(command.details)


def post(
    command: PostMessage, author: Author, place: Place, *, message: MessageId, now: float, max_chars: int
) -> Message:
    """Return the message that a command asks for."""
    text = checked_text(command.text, required=not command.attachments)
    if max_chars and len(text) > max_chars:
        raise errors.TooLarge(limit=max_chars, unit="characters")
    if len(command.nonce) > 64:
        raise errors.TooLarge(limit=64, unit="characters of nonce")
    if size_of_details(command.details) > MAX_DETAILS_BYTES:
        raise errors.TooLarge(limit=MAX_DETAILS_BYTES, unit="bytes of details")
    return Message(
        id=message,
        author=author,
        place=place,
        text=text,
        sent_ms=int(now * 1000),
        reply_to=command.reply_to,
        attachments=checked_attachments(command.attachments),
        nonce=command.nonce,
        details=kept_details(command.details),
    )


def edit(message: Message, text: str, *, now: float, max_chars: int) -> Message:
    """Return the message with another text."""
    cleaned = checked_text(text, required=not message.attachments)
    if max_chars and len(cleaned) > max_chars:
        raise errors.TooLarge(limit=max_chars, unit="characters")
    return msgspec.structs.replace(message, text=cleaned, edited_ms=int(now * 1000))


def has_reacted(message: Message, emoji: str, handle: str) -> bool:
    """Return whether somebody's emoji is under a message."""
    return any(reaction.emoji == emoji and handle in reaction.by for reaction in message.reactions)


def checked_emoji(emoji: str) -> str:
    """Return an emoji as it may be kept and told, or refuse it."""
    cleaned = clean_text(emoji[: 2 * MAX_REACTION_CHARS], 8 * MAX_REACTION_CHARS).strip()
    if len(cleaned) > MAX_REACTION_CHARS or not is_legible(cleaned, max_chars=MAX_REACTION_CHARS):
        raise errors.BadText(problem="a reaction is one emoji")
    return cleaned


def with_reaction(message: Message, emoji: str, by: Giver, *, on: bool) -> Message:
    """Return the message with one reaction more or less; the same twice changes nothing. The emoji was checked."""
    by_emoji = {each.emoji: tuple(givers(each)) for each in message.reactions}
    given = by_emoji.get(emoji, ())
    if on == any(giver.handle == by.handle for giver in given):
        return message
    now = (*given, by) if on else tuple(giver for giver in given if giver.handle != by.handle)
    if now:
        by_emoji[emoji] = now
    else:
        by_emoji.pop(emoji, None)
    if len(by_emoji) > MAX_REACTIONS:
        raise errors.TooLarge(limit=MAX_REACTIONS, unit="reactions")
    if on and sum(map(len, by_emoji.values())) > MAX_REACTORS:
        raise errors.TooLarge(limit=MAX_REACTORS, unit="people who react")
    reactions = tuple(reaction(name, these) for name, these in by_emoji.items())
    return msgspec.structs.replace(message, reactions=reactions)


def giver_of(by: Author | Participant) -> Giver:
    """Return somebody as the giver of a reaction."""
    return Giver(by.handle, by.session, by.user)


def givers(reaction: Reaction) -> Iterator[Giver]:
    """Go through who gave a reaction."""
    sessions, users = chain(reaction.sessions, repeat(UNKNOWN)), chain(reaction.users, repeat(None))
    return map(Giver, reaction.by, sessions, users)


def reaction(emoji: str, givers: Sequence[Giver]) -> Reaction:
    """Return the reaction that these people gave."""
    handles, sessions, users = zip(*givers, strict=True)
    return Reaction(emoji, handles, sessions if any(sessions) else (), users if any(users) else ())
