"""Reports: recorded, told to those who run the room, and passed on to the website where it takes them (BareRTC §5.2)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import msgspec

from palaver.core import errors, moderation, policy
from palaver.core.audience import Publication, ToRoom, ToSessions
from palaver.core.chat import Direct, InChannel, Message, Place
from palaver.core.hearers import ends
from palaver.core.ids import PersonKey, SessionId, UserId
from palaver.core.moderation import ReportFiled, ReportForwarded
from palaver.core.participants import Author, Participant, is_person, keys_of, name_key
from palaver.core.rooms import channel_of
from palaver.hub.outbox import REPORT

if TYPE_CHECKING:
    from palaver.hub.hub import Hub

MARKED = "NSFW Command Issued"
SPAM = "Spam Detected"
CONTEXT_HEADING = "Recent messages:"


async def file(
    hub: Hub, filed: ReportFiled, *, context: str = "", told_to: SessionId | None = None, moderators: bool = True
) -> None:
    """Record a report and pass it on.

    Args:
        context: what was said before, for the website alone.
        told_to: the session that is told whether the website got it.
        moderators: those who run the room are told, too.
    """
    await hub.moderation.file_report(filed, int(hub.clock.now() * 1000))
    if moderators:
        hub.tell(Publication(filed, ToRoom(filed.room, moderators=True)))
    calls = hub.guard.site_calls
    if calls is None or not calls.wants(REPORT):
        return
    try:
        first_try = await calls.send(REPORT, {"Report": content_of(filed, context)})
    except errors.Unavailable:
        _tell(hub, told_to, filed, "too much waits for the website already", again=False)
        return
    hub.in_background(_tell_in_the_end(hub, told_to, filed, first_try))


async def _tell_in_the_end(hub: Hub, told_to: SessionId | None, filed: ReportFiled, tried: Awaitable[str]) -> None:
    _tell(hub, told_to, filed, await tried)


def _tell(hub: Hub, told_to: SessionId | None, filed: ReportFiled, problem: str, *, again: bool = True) -> None:
    if told_to is not None:
        event = ReportForwarded(filed.about, not problem, problem, bool(problem) and again)
        hub.tell(Publication(event, ToSessions((told_to,))))


def content_of(filed: ReportFiled, context: str) -> dict[str, str]:
    """Return a report as the website expects it, key by key (BareRTC §5.2)."""
    message = f"{filed.excerpt}\n\n{CONTEXT_HEADING}\n{context}" if context else filed.excerpt
    return {
        "FromUsername": filed.by.handle,
        "AboutUsername": filed.about,
        "Channel": filed.channel,
        "Timestamp": filed.timestamp,
        "Reason": filed.reason,
        "Comment": filed.comment,
        "Message": message,
    }


async def completed(hub: Hub, reporter: Participant, command: moderation.Report) -> moderation.Report:
    """Return a report with what the server itself knows of the message that it names: its text, and where it stands."""
    if command.message is None:
        return command
    found = await hub.messages.find(command.message)
    if found is None or not _may_read(hub, reporter, found):
        return command
    channel = command.channel or channel_word(found.place, found.author, reporter.session)
    return msgspec.structs.replace(command, excerpt=found.text or command.excerpt, channel=channel)


def _may_read(hub: Hub, reporter: Participant, message: Message) -> bool:
    place = message.place
    if isinstance(place, Direct):
        return any(is_person(end, reporter.session, reporter.user) for end in ends(message))
    local = hub.rooms.get(place.room)
    seat = hub.presence.roster(place.room).get(reporter.session)
    try:
        return local is not None and seat is not None and policy.may_read(seat, channel_of(local.room, place.channel))
    except errors.NoSuchChannel:
        return False


def channel_word(place: Place, author: Author, reader: SessionId) -> str:
    """Return where a message stands in the words of a report: the channel, or `@` and the other end."""
    if isinstance(place, InChannel):
        return place.channel
    return f"@{author.handle if author.session != reader else place.to.handle}"


def context_of(hub: Hub, reporter: Participant, command: moderation.Report) -> str:
    """Return the latest lines between the reporter and whom a direct message is with."""
    name = command.channel.removeprefix("@")
    other = hub.presence.named(command.room, name)
    theirs = keys_of(other.handle, other.user)[0] if other is not None else name_key(name)
    return hub.guard.context.lines(between(reporter.handle, reporter.user, theirs))


def between(handle: str, user: UserId | None, other: PersonKey) -> frozenset[PersonKey]:
    """Return under what the context of two people is kept."""
    return frozenset({keys_of(handle, user)[0], other})
