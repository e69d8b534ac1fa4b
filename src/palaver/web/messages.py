"""Messages as the site reads, posts and takes them back, and the erasure of a user's direct messages."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palaver.core import chat, errors
from palaver.core.chat import Attachment, InChannel, Message
from palaver.core.ids import ChannelId, MessageId
from palaver.hub import site
from palaver.hub.spoken import nonce_of
from palaver.web.callers import idempotency_key
from palaver.web.operations import Call, Choice, Operation
from palaver.web.rooms import room_in

_Id = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class NewMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the site says: a text, attachments, or both.

    Attributes:
        channel: the main one when empty.
        author: shown beside the site's handle; the site's title when empty.
    """

    text: str = ""
    channel: str = ""
    author: str = ""
    reply_to: _Id | None = None
    attachments: tuple[Attachment, ...] = ()


class MessagesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which messages of a room.

    Attributes:
        channel: the main one when empty.
        before: only older ones than this; absent for the newest.
    """

    channel: str = ""
    before: _Id | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class MessagePage(msgspec.Struct, frozen=True):
    """Messages, oldest first; `more` where there are older ones."""

    messages: tuple[Message, ...]
    more: bool


class Erased(msgspec.Struct, frozen=True):
    """How many messages were deleted."""

    erased: int


async def list_messages(call: Call[None, MessagesQuery]) -> MessagePage:
    """Return a page of what is kept of a channel."""
    asked = call.query
    before = MessageId(asked.before) if asked.before is not None else None
    place = InChannel(room_in(call.path), ChannelId(asked.channel))
    return MessagePage(*await site.page(call.hub, place, before=before, limit=asked.limit))


async def post_message(call: Call[NewMessage, None]) -> Message:
    """Say something as the site.

    With an `Idempotency-Key`, a request that is made again, since its answer was lost, posts nothing and is answered alike.
    """
    asked = call.body
    key = idempotency_key(call.request)
    nonce = nonce_of(key, msgspec.json.encode(asked)) if key else ""
    place = InChannel(room_in(call.path), ChannelId(asked.channel))
    reply_to = MessageId(asked.reply_to) if asked.reply_to is not None else None
    command = chat.PostMessage(place, asked.text, reply_to, asked.attachments, nonce)
    return await site.speak(call.hub, command, place, asked.author or call.title)


async def retract_message(call: Call[None, None]) -> None:
    """Take anybody's message back for everybody."""
    word = call.path["message"]
    if not (word.isascii() and word.isdecimal() and len(word) <= 16):
        raise errors.NoSuchMessage()
    await site.retract(call.hub, MessageId(int(word)), call.title)


async def erase_messages(call: Call[None, None]) -> Erased:
    """Delete every direct message from or to a user of the site."""
    return Erased(await site.erase_user(call.hub, call.path["user"]))


OPERATIONS = (
    Operation(
        "GET",
        "/v1/rooms/{room}/messages",
        "Read what is kept of a channel",
        list_messages,
        query=MessagesQuery,
        returns=MessagePage,
    ),
    Operation(
        "POST",
        "/v1/rooms/{room}/messages",
        "Say something as the site",
        post_message,
        takes=NewMessage,
        choice=Choice(("text", "attachments"), exactly=False),
        returns=Message,
        status=201,
        headers={
            "Idempotency-Key": "Names this message, in up to 255 letters, digits and signs of your choice: a second request "
            "with it for the same channel is the first. Another body under the same key is refused as `key_reused`."
        },
    ),
    Operation("DELETE", "/v1/messages/{message}", "Take a message back", retract_message, status=204),
    Operation(
        "DELETE",
        "/v1/users/{user}/messages",
        "Erase the direct messages from and to a user",
        erase_messages,
        returns=Erased,
    ),
)
