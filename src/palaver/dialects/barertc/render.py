"""Says an event on BareRTC's wire, once for all of its connections; what one alone is told stands in `translator`."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from palaver.core.base import Event
from palaver.core.chat import (
    Direct,
    InChannel,
    Message,
    MessageEdited,
    MessagePosted,
    MessageRetracted,
    Notice,
    ReactionChanged,
)
from palaver.core.moderation import ReportFiled
from palaver.core.operations import RestartAnnounced
from palaver.core.participants import ParticipantUpdated
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Position
from palaver.dialects import markup
from palaver.dialects.barertc.embeds import with_embed
from palaver.dialects.barertc.pictures import attached_html
from palaver.dialects.barertc.wire import (
    BANNED,
    DEFAULTS,
    EXITED,
    JOINED,
    KICKED,
    SERVER,
    TIMED_OUT,
    Options,
    Told,
    encode,
)
from palaver.dialects.base import Payload

Said = Payload | tuple[Payload, ...]

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


def render(event: Event, position: Position, options: Callable[[], Options] = lambda: DEFAULTS) -> Said | None:
    """Return the frame of an event, or its frames; None for one that this wire has no word for."""
    say = _SAYINGS.get(type(event))
    return None if say is None else say(event, options)


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


def message_html(message: Message, options: Callable[[], Options]) -> str:
    """Return what is shown of a message; empty where nothing is left to see (§3.6.6, §3.6.7, §3.13)."""
    shown = with_embed(markup.to_html(message.text))
    if not message.attachments:
        return shown
    held = options()
    attached = (attached_html(each, held.inline_url, held.preview_px) for each in message.attachments)
    return "\n".join(filter(None, (shown, *attached)))


def told_message(message: Message, channel: str, options: Callable[[], Options]) -> Payload | None:
    """Return a message as it stands in a channel; None where nothing of it can be shown."""
    shown = message_html(message, options)
    return encode(_told(message, channel, shown)) if shown else None


def _told(message: Message, channel: str, shown: str, timestamp: str = "") -> Told:
    return Told(
        action="message",
        channel=channel,
        username=message.author.handle,
        message=shown,
        message_id=message.id,
        timestamp=timestamp,
    )


def told_echo(messages: tuple[Message, ...]) -> Payload:
    """Return what was said before somebody came, in one frame (§3.5): texts, since pictures would make it too long."""
    found = [
        _told(message, message.place.channel, shown, _rfc3339(message.sent_ms))
        for message in messages
        if isinstance(message.place, InChannel) and (shown := with_embed(markup.to_html(message.text)))
    ]
    return encode(Told(action="echo", messages=tuple(found)))


def edited_text(message: Message) -> Message:
    """Return an edited message as a new line that says so, since this wire cannot change one."""
    return msgspec.structs.replace(message, text=f"{message.text}\n\n*(edited)*")


def _posted(event: MessagePosted, options: Callable[[], Options]) -> Payload | None:
    return _in_channel(event.message, options)


def _edited(event: MessageEdited, options: Callable[[], Options]) -> Payload | None:
    return _in_channel(edited_text(event.message), options)


def _in_channel(message: Message, options: Callable[[], Options]) -> Payload | None:
    return told_message(message, message.place.channel, options) if isinstance(message.place, InChannel) else None


def _filed(event: ReportFiled, options: Callable[[], Options]) -> Payload:
    about = f"{event.by.handle} reports {event.about}: {event.reason}"
    return notice(about + (f" ({event.comment})" if event.comment else ""))


def _restarting(event: RestartAnnounced, options: Callable[[], Options]) -> Payload:
    return notice("The chat server is restarting NOW. You can come back in a moment.")


def _said(event: Notice, options: Callable[[], Options]) -> Payload:
    # In the channel that it is about (T7); the hearer of one about a direct message is its author.
    place = event.place
    if isinstance(place, Direct):
        return notice(event.text, channel=f"@{place.to.handle}")
    return notice(event.text, channel=place.channel if place is not None else "")


def _retracted(event: MessageRetracted, options: Callable[[], Options]) -> Payload:
    return encode(Told(action="takeback", message_id=event.message))


def _reacted(event: ReactionChanged, options: Callable[[], Options]) -> Payload:
    # Clients toggle: the same emoji of the same person again takes it away (§3.6.5).
    return encode(Told(action="react", username=event.by.handle, message=event.emoji, message_id=event.message))


def _joined(event: ParticipantJoined, options: Callable[[], Options]) -> Payload:
    return presence(event.participant.handle, JOINED)


def _left(event: ParticipantLeft, options: Callable[[], Options]) -> Payload | None:
    text = _LEAVING.get(event.reason)
    return None if text is None else presence(event.handle, text)


def _renamed(event: ParticipantUpdated, options: Callable[[], Options]) -> Said | None:
    # A page knows people by name: who bears another one has gone, and somebody came.
    before = event.was
    if before is None or before.handle == event.participant.handle:
        return None
    return presence(before.handle, EXITED), presence(event.participant.handle, JOINED)


def _rfc3339(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_SAYINGS: dict[type[Event], Callable[[Any, Callable[[], Options]], Said | None]] = {
    MessagePosted: _posted,
    Notice: _said,
    ReportFiled: _filed,
    RestartAnnounced: _restarting,
    MessageEdited: _edited,
    MessageRetracted: _retracted,
    ReactionChanged: _reacted,
    ParticipantJoined: _joined,
    ParticipantUpdated: _renamed,
    ParticipantLeft: _left,
}
