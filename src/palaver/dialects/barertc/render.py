"""Says an event on BareRTC's wire, once for all of its connections; what one alone is told stands in `translator`."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from palaver.core.base import Event
from palaver.core.chat import InChannel, Message, MessageEdited, MessagePosted, MessageRetracted, ReactionChanged
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Position
from palaver.dialects import markup
from palaver.dialects.barertc.embeds import with_embed
from palaver.dialects.barertc.wire import BANNED, EXITED, JOINED, KICKED, SERVER, TIMED_OUT, Told, encode
from palaver.dialects.base import Payload

_LEAVING = {
    LeaveReason.LEFT: EXITED,
    LeaveReason.LOST: EXITED,
    LeaveReason.CLOSED: EXITED,
    LeaveReason.KICKED: KICKED,
    LeaveReason.BANNED: BANNED,
    LeaveReason.TIMED_OUT: TIMED_OUT,
    LeaveReason.SIGNED_OUT: EXITED,
}
"""Reason → the exact text (§3.15). Of a seat that somebody else of the same user takes nothing is said (§3.10)."""


def render(event: Event, position: Position) -> Payload | None:
    """Return the frame of an event; None for one that this wire has no word for."""
    say = _SAYINGS.get(type(event))
    return None if say is None else say(event)


def notice(text: str, *, channel: str = "") -> Payload:
    """Return a notice of the server, shown to one person; `text` is plain."""
    return notice_html(escaped(text), channel=channel)


def notice_html(message: str, *, channel: str = "") -> Payload:
    """Return a notice of the server whose text is HTML that is safe already (§3.16)."""
    return encode(Told(action="error", channel=channel, username=SERVER, message=message))


def presence(handle: str, text: str) -> Payload:
    """Return the line that somebody came or went, in one of the exact texts (§3.15)."""
    return encode(Told(action="presence", username=handle, message=text))


def escaped(text: str) -> str:
    """Return plain text as HTML: nothing that a user chose may become a tag in a notice (§10.3)."""
    return html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def message_html(message: Message) -> str:
    """Return what is shown of a message; empty where nothing is left to see (§3.6.6, §3.6.7)."""
    return with_embed(markup.to_html(message.text))


def told_message(message: Message, channel: str, *, timed: bool = False) -> Told | None:
    """Return a message as it stands in a channel; None where nothing of it can be shown."""
    shown = message_html(message)
    if not shown:
        return None
    return Told(
        action="message",
        channel=channel,
        username=message.author.handle,
        message=shown,
        message_id=message.id,
        timestamp=_rfc3339(message.sent_ms) if timed else "",
    )


def told_echo(messages: tuple[Message, ...]) -> Payload:
    """Return what was said before somebody came, in one frame (§3.5)."""
    found = [
        told
        for message in messages
        if isinstance(message.place, InChannel)
        and (told := told_message(message, message.place.channel, timed=True)) is not None
    ]
    return encode(Told(action="echo", messages=tuple(found)))


def edited_text(message: Message) -> Message:
    """Return an edited message as a new line that says so, since this wire cannot change one."""
    return msgspec.structs.replace(message, text=f"{message.text}\n\n*(edited)*")


def _posted(event: MessagePosted) -> Payload | None:
    return _in_channel(event.message)


def _edited(event: MessageEdited) -> Payload | None:
    return _in_channel(edited_text(event.message))


def _in_channel(message: Message) -> Payload | None:
    if not isinstance(message.place, InChannel):
        return None
    told = told_message(message, message.place.channel)
    return None if told is None else encode(told)


def _retracted(event: MessageRetracted) -> Payload:
    return encode(Told(action="takeback", message_id=event.message))


def _reacted(event: ReactionChanged) -> Payload:
    # Clients toggle: the same emoji of the same person again takes it away (§3.6.5).
    return encode(Told(action="react", username=event.by.handle, message=event.emoji, message_id=event.message))


def _joined(event: ParticipantJoined) -> Payload:
    return presence(event.participant.handle, JOINED)


def _left(event: ParticipantLeft) -> Payload | None:
    text = _LEAVING.get(event.reason)
    return None if text is None else presence(event.handle, text)


def _rfc3339(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_SAYINGS: dict[type[Event], Callable[[Any], Payload | None]] = {
    MessagePosted: _posted,
    MessageEdited: _edited,
    MessageRetracted: _retracted,
    ReactionChanged: _reacted,
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
}
