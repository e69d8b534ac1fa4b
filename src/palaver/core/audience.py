"""Who should hear an event, as data that every node can resolve against its own sessions."""

from __future__ import annotations

import msgspec

from palaver.core.base import Event, Value
from palaver.core.ids import ChannelId, DeviceId, MessageId, PersonKey, RoomId, SessionId, UserId


class Audience(msgspec.Struct, frozen=True, tag_field="type", tag=True, omit_defaults=True, gc=False):
    """The addressees of one publication."""


class Whose(Value, frozen=True):
    """Whose message an event is about, so that only those are told who may know of it; see `policy.may_know_of`.

    Attributes:
        author: the keys of who wrote it.
        hidden_from: keys of people whom the author blocks.
        message: which it is, and so when it was said.
        insistent: it reaches those who ignore its author, too.
    """

    author: tuple[PersonKey, ...]
    hidden_from: frozenset[PersonKey] = frozenset()
    message: MessageId = MessageId(0)
    insistent: bool = False


class ToRoom(Audience, frozen=True):
    """Everybody seated in a room, or in one of its channels.

    Attributes:
        about: keys of the person the event is about; whoever ignores or blocks one of them does not hear it.
        seen: the event is about who is there, which an ignore does not hide: only a block does.
        hidden_from: keys of people who must not hear it, because that person blocks them.
        besides: one session that is told otherwise.
        moderators: only those who run the room, or only the others; absent for all.
        vips: only VIPs, or only the others; absent for all.
        whose: only those who may know of this person's message.
    """

    room: RoomId
    channel: ChannelId | None = None
    about: tuple[PersonKey, ...] = ()
    seen: bool = False
    hidden_from: frozenset[PersonKey] = frozenset()
    besides: SessionId | None = None
    moderators: bool | None = None
    vips: bool | None = None
    whose: Whose | None = None


class ToSessions(Audience, frozen=True):
    """These sessions, wherever they are connected and whichever rooms they sit in.

    Attributes:
        about: as in `ToRoom`: a session that ignores or blocks one of these keys does not hear it.
        spared: one of the sessions, which hears it all the same: the one that the event is about.
        seen, hidden_from, whose: as in `ToRoom`, where the event is about somebody.
    """

    sessions: tuple[SessionId, ...]
    about: tuple[PersonKey, ...] = ()
    spared: SessionId | None = None
    seen: bool = False
    hidden_from: frozenset[PersonKey] = frozenset()
    whose: Whose | None = None


class ToPeople(ToSessions, frozen=True):
    """People, in every session of theirs: a guest has the one, a user those of all windows and devices.

    Attributes:
        sessions: one of each person's.
        users: who of them is a user.
        besides: one session that is told otherwise.
    """

    users: tuple[UserId, ...] = ()
    besides: SessionId | None = None


class ToDevice(Audience, frozen=True):
    """The one session that a user has on a device."""

    user: UserId
    device: DeviceId


class ToEverybody(Audience, frozen=True):
    """Every session of every node."""


AnyAudience = ToRoom | ToSessions | ToPeople | ToDevice | ToEverybody


class Publication(Value, frozen=True):
    """An event together with its audience: what rules return, the broker carries and the hub delivers."""

    event: Event
    audience: AnyAudience
