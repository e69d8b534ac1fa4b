"""Channels that people add to a room, for everybody or for some: who may be in one, and when it ends.

What a channel is stands in `rooms`; who may read and write there, in `policy`.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from palaver.core import errors
from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Command, Event
from palaver.core.ids import ChannelId, RoomId, SessionId
from palaver.core.names import fold
from palaver.core.rooms import Channel, Room, channel_of, checked_channel_name, checked_title

MAX_MEMBERS = 500
MAX_MEMBERSHIPS = 2000
"""Members of all channels of a room together: each change of a room tells everybody in it of them all."""
MAX_ENDED = 1000


class AddChannel(Command, frozen=True):
    """Add a channel to a room.

    Attributes:
        members: for these sessions alone, who sit in the room; absent for everybody. It ends when the last of them leaves.
    """

    room: RoomId
    channel: ChannelId
    title: str = ""
    members: tuple[SessionId, ...] | None = None


class UpdateChannel(Command, frozen=True):
    """Change a channel. A field that is absent stays as it is; only a channel with members can be given others."""

    room: RoomId
    channel: ChannelId
    title: str | msgspec.UnsetType = msgspec.UNSET
    members: tuple[SessionId, ...] | msgspec.UnsetType = msgspec.UNSET


class ChannelOpened(Event, frozen=True):
    """The hearer may use a channel that is new, or that was closed to them.

    Attributes:
        participants: everybody who may, the hearer among them.
    """

    room: RoomId
    channel: Channel
    participants: tuple[SessionId, ...]


class ChannelJoined(Event, frozen=True):
    """Somebody else may use the hearer's channel from now on."""

    room: RoomId
    channel: ChannelId
    session: SessionId


def with_channel(
    room: Room, command: AddChannel, *, present: Collection[SessionId] = (), ended: Collection[str] = ()
) -> Room:
    """Return the room with one more channel. A name that was a channel's before stays taken, so that nobody reads on.

    Attributes:
        present: the sessions that sit in the room.
        ended: the folded names of channels that ended.
    """
    name = checked_channel_name(command.channel)
    if fold(name) in ended or any(fold(channel.id) == fold(name) for channel in room.channels):
        raise errors.NameTaken(name=name)
    members = None if command.members is None else _checked_members(command.members, present)
    channel = Channel(name, checked_title(command.title), members=members)
    return _with(room, (*room.channels, channel))


def updated_channel(room: Room, command: UpdateChannel, *, present: Collection[SessionId]) -> Room:
    """Return the room with a changed channel."""
    before = channel_of(room, command.channel)
    after = before
    if isinstance(command.title, str):
        after = msgspec.structs.replace(after, title=checked_title(command.title))
    if isinstance(command.members, tuple):
        if before.members is None:
            raise errors.NotAllowed(action="keep people out of a channel that is everybody's")
        after = msgspec.structs.replace(after, members=_checked_members(command.members, present))
    return _with(room, tuple(after if channel is before else channel for channel in room.channels))


def _with(room: Room, channels: tuple[Channel, ...]) -> Room:
    if sum(len(channel.members or ()) for channel in channels) > MAX_MEMBERSHIPS:
        raise errors.TooLarge(limit=MAX_MEMBERSHIPS, unit="members in all channels")
    return msgspec.structs.replace(room, channels=channels)


def _checked_members(members: tuple[SessionId, ...], present: Collection[SessionId]) -> tuple[SessionId, ...]:
    if len(members) > MAX_MEMBERS:
        raise errors.TooLarge(limit=MAX_MEMBERS, unit="members")
    if not members:
        raise errors.Malformed(problem="a channel with members has at least one")
    if any(member not in present for member in members):
        raise errors.NoSuchParticipant(name="One of them")
    return tuple(dict.fromkeys(members))


def without_member(room: Room, session: SessionId) -> tuple[Room, tuple[str, ...]]:
    """Return the room after somebody left its channels with members, and the folded names of those that end thereby."""
    if not any(channel.members and session in channel.members for channel in room.channels):
        return room, ()
    channels: list[Channel] = []
    ended: list[str] = []
    for channel in room.channels:
        if channel.members is None or session not in channel.members:
            channels.append(channel)
            continue
        remaining = tuple(member for member in channel.members if member != session)
        if remaining:
            channels.append(msgspec.structs.replace(channel, members=remaining))
        else:
            ended.append(fold(channel.id))
    return msgspec.structs.replace(room, channels=tuple(channels)), tuple(ended)


def opened(before: Room, after: Room, present: Collection[SessionId]) -> list[Publication]:
    """Tell those to whom a channel is open that was not before, and who is in it already."""
    held = {channel.id: channel for channel in before.channels}
    told: list[Publication] = []
    for channel in after.channels:
        was = held.get(channel.id)
        if was is not None and was.members == channel.members:
            continue
        inside = tuple(present) if channel.members is None else channel.members
        earlier = frozenset() if was is None else frozenset(was.members or present)
        new = tuple(session for session in inside if session not in earlier)
        old = tuple(session for session in inside if session in earlier)
        if new:
            told.append(Publication(ChannelOpened(after.id, channel, inside), ToSessions(new)))
        if old:
            told += [Publication(ChannelJoined(after.id, channel.id, one), ToSessions(old)) for one in new]
    return told
