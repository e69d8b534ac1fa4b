"""Stores that live and end with the process; what must outlast it is the business of `sql`.

No method here waits: when it returns, its work is done, and awaiting the answer does not suspend.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Generator, Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from palaver.core.chat import Direct, Message
from palaver.core.ids import ChannelId, MessageId, RoomId, UserId
from palaver.core.moderation import NO_RELATIONS, Ban, Relations, ReportFiled
from palaver.core.names import fold
from palaver.core.rooms import History, Room
from palaver.hub.ports.stores import ThreadSummary

PER_CHANNEL = 100
DIRECT_HEADERS = 10_000
DURABLE_PER_PLACE = 10_000
REPORTS = 1_000

Page = tuple[tuple[Message, ...], bool]
"""Messages, oldest first, and whether there are older ones."""

Thread = tuple[UserId, UserId]
"""The two users of a talk, in alphabetical order."""

T = TypeVar("T")


class Settled(Generic[T]):
    """An answer that is there already: awaiting it gives the value without a wait, any number of times."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, T]:
        yield from ()
        return self.value


DONE = Settled(None)


def between(one: UserId, other: UserId) -> Thread:
    """Return the thread of two users, the same from either side."""
    return (one, other) if one <= other else (other, one)


def thread_of(message: Message) -> Thread | None:
    """Return the thread of a direct message; one from or to a guest has none."""
    place = message.place
    if not isinstance(place, Direct) or message.author.user is None or place.to.user is None:
        return None
    return between(message.author.user, place.to.user)


def header_of(message: Message) -> Message:
    """Return who said it where and when, without what was said; attachments stay, so that an edit keeps them."""
    return msgspec.structs.replace(message, text="") if message.text else message


def page_of(found: Iterable[Message], *, before: MessageId | None, limit: int) -> Page:
    """Return the latest `limit` of some messages that are older than `before`, oldest first."""
    older = sorted((each for each in found if before is None or each.id < before), key=lambda message: message.id)
    return tuple(older[max(0, len(older) - limit) :]), len(older) > limit


class _Ring:
    """The latest messages of one place, in the order in which they came."""

    __slots__ = ("keeps_text", "limit", "messages")

    def __init__(self, limit: int, *, keeps_text: bool) -> None:
        self.limit = limit
        self.keeps_text = keeps_text
        self.messages: OrderedDict[MessageId, Message] = OrderedDict()


_ChannelKey = tuple[ChannelId, History]


class MemoryMessageStore:
    """Keeps messages in this process.

    Args:
        per_channel: OFF remembers the headers, and MEMORY the messages, of the latest so many of each channel.
        direct_headers: direct messages that are not durable, or that a guest takes part in, leave their header; the
            latest so many of the server stay.
        durable_per_place: DURABLE lasts as long as the process, and at most so many for each channel and each pair of
            users. It is meant for tests and trials; `sql.SqlMessageStore` never asks for it.

    How many channels there are is bounded by the hub; `drop_room` frees theirs.
    """

    def __init__(
        self,
        *,
        per_channel: int = PER_CHANNEL,
        direct_headers: int = DIRECT_HEADERS,
        durable_per_place: int = DURABLE_PER_PLACE,
    ) -> None:
        self._per_channel = per_channel
        self._durable_per_place = durable_per_place
        self._rooms: dict[RoomId, dict[_ChannelKey, _Ring]] = {}
        self._threads: dict[Thread, _Ring] = {}
        self._direct = _Ring(direct_headers, keeps_text=False)
        self._ring_of: dict[MessageId, _Ring] = {}

    def __contains__(self, message: MessageId) -> bool:
        """Return whether a message is remembered here."""
        return message in self._ring_of

    def append(self, message: Message, keep: History) -> Settled[None]:
        """Record a new message; the oldest of a full place is forgotten."""
        ring = self._ring_for(message, keep)
        key = message.id
        if key in self._ring_of:
            self._forget(key)
        ring.messages[key] = message if ring.keeps_text else header_of(message)
        self._ring_of[key] = ring
        if len(ring.messages) > ring.limit:
            oldest, _ = ring.messages.popitem(last=False)
            del self._ring_of[oldest]
        return DONE

    def find(self, message: MessageId) -> Settled[Message | None]:
        """Return a message that is still remembered; its text and attachments are empty where they were not kept."""
        ring = self._ring_of.get(message)
        return Settled(None if ring is None else ring.messages[message])

    def find_all(self, messages: Collection[MessageId]) -> Settled[tuple[Message, ...]]:
        """Return those of some messages that are still remembered; see `find`."""
        found = (self.find(message).value for message in dict.fromkeys(messages))
        return Settled(tuple(message for message in found if message is not None))

    def replace(self, message: Message) -> Settled[None]:
        """Record another state of a remembered message; a forgotten one stays forgotten."""
        ring = self._ring_of.get(message.id)
        if ring is not None:
            ring.messages[message.id] = message if ring.keeps_text else header_of(message)
        return DONE

    def remove(self, message: MessageId) -> Settled[None]:
        """Forget a message. Forgetting an unknown one is harmless."""
        if message in self._ring_of:
            self._forget(message)
        return DONE

    def channel_page(self, room: RoomId, channel: ChannelId, *, before: MessageId | None, limit: int) -> Settled[Page]:
        """Return the latest `limit` kept messages older than `before`, oldest first, and whether older ones exist."""
        rings = self._rooms.get(room, {})
        kept = [rings[key] for keep in (History.MEMORY, History.DURABLE) if (key := (channel, keep)) in rings]
        found = (message for ring in kept for message in ring.messages.values())
        return Settled(page_of(found, before=before, limit=limit))

    def thread_page(self, one: UserId, other: UserId, *, before: MessageId | None, limit: int) -> Settled[Page]:
        """The same for the durable direct messages between two users."""
        ring = self._threads.get(between(one, other))
        return Settled(page_of(ring.messages.values() if ring else (), before=before, limit=limit))

    def thread_length(self, one: UserId, other: UserId, *, before: MessageId | None) -> Settled[int]:
        """Return how many durable direct messages two users have that are older than `before`."""
        ring = self._threads.get(between(one, other))
        return Settled(sum(before is None or each < before for each in ring.messages) if ring else 0)

    def threads_of(self, user: UserId) -> Settled[tuple[ThreadSummary, ...]]:
        """Return with whom a user has durable direct messages, the latest talk first; talk with oneself is left out."""
        found = []
        for pair, ring in self._threads.items():
            if user in pair and pair[0] != pair[1] and ring.messages:
                other = pair[1] if pair[0] == user else pair[0]
                said = [message.author.user for message in ring.messages.values()]
                latest_ms = max(message.sent_ms for message in ring.messages.values())
                found.append(ThreadSummary(other, latest_ms, said.count(other)))
        return Settled(tuple(sorted(found, key=lambda each: (-each.latest_ms, each.other))))

    def erase_user(self, user: UserId) -> Settled[int]:
        """Delete every direct message of every thread a user is part of; return how many."""
        erased = self._forget_all([message.id for message in self._direct_messages() if user in _users_of(message)])
        self._threads = {key: ring for key, ring in self._threads.items() if ring.messages}
        return Settled(erased)

    def forget_before(self, when_ms: int) -> Settled[int]:
        """Delete direct messages sent before a time (Unix milliseconds); return how many."""
        forgotten = self._forget_all([message.id for message in self._direct_messages() if message.sent_ms < when_ms])
        self._threads = {key: ring for key, ring in self._threads.items() if ring.messages}
        return Settled(forgotten)

    def drop_room(self, room: RoomId) -> Settled[None]:
        """Forget every message of a room that ended."""
        for ring in self._rooms.pop(room, {}).values():
            for message in ring.messages:
                del self._ring_of[message]
        return DONE

    def _ring_for(self, message: Message, keep: History) -> _Ring:
        place = message.place
        if not isinstance(place, Direct):
            return self._channel_ring(place.room, place.channel, keep)
        thread = thread_of(message) if keep is History.DURABLE else None
        if thread is None:
            return self._direct
        if thread not in self._threads:
            self._threads[thread] = _Ring(self._durable_per_place, keeps_text=True)
        return self._threads[thread]

    def _channel_ring(self, room: RoomId, channel: ChannelId, keep: History) -> _Ring:
        rings = self._rooms.get(room)
        if rings is None:
            rings = self._rooms[room] = {}
        ring = rings.get((channel, keep))
        if ring is None:
            limit = self._durable_per_place if keep is History.DURABLE else self._per_channel
            ring = rings[channel, keep] = _Ring(limit, keeps_text=keep is not History.OFF)
        return ring

    def _direct_messages(self) -> Iterator[Message]:
        for ring in (self._direct, *self._threads.values()):
            yield from ring.messages.values()

    def _forget(self, message: MessageId) -> None:
        del self._ring_of.pop(message).messages[message]

    def _forget_all(self, messages: list[MessageId]) -> int:
        for message in messages:
            self._forget(message)
        return len(messages)


def _users_of(message: Message) -> tuple[UserId | None, ...]:
    other = message.place.to.user if isinstance(message.place, Direct) else None
    return (message.author.user, other)


class MemoryRoomStore:
    """Keeps rooms in this process; how many there are is bounded by the hub."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, Room] = {}

    def load(self) -> Settled[tuple[Room, ...]]:
        """Return every stored room."""
        return Settled(tuple(self._rooms.values()))

    def save(self, room: Room) -> Settled[None]:
        """Record a room, new or changed."""
        self._rooms[room.id] = room
        return DONE

    def delete(self, room: RoomId) -> Settled[None]:
        """Forget a room. Forgetting an unknown one is harmless."""
        self._rooms.pop(room, None)
        return DONE


class MemoryModerationStore:
    """Keeps bans, relations, block lists and reports in this process.

    Args:
        reports: only the latest so many reports are kept. Bans, relations and lists are never dropped, since losing one
            would let somebody in; each is small, and `moderation.MAX_RELATIONS` bounds one person's.
    """

    def __init__(self, *, reports: int = REPORTS) -> None:
        self._bans: dict[tuple[RoomId | None, str], Ban] = {}
        self._relations: dict[UserId, Relations] = {}
        self._blocklists: dict[UserId, tuple[str, ...]] = {}
        self.reports: deque[tuple[int, ReportFiled]] = deque(maxlen=reports)

    def bans(self) -> Settled[tuple[Ban, ...]]:
        """Return every stored ban, lapsed ones too."""
        return Settled(tuple(self._bans.values()))

    def save_ban(self, ban: Ban) -> Settled[None]:
        """Record a ban; one of the same name (folded) and room is replaced."""
        self._bans[ban.room, fold(ban.name)] = ban
        return DONE

    def lift_ban(self, name: str, room: RoomId | None) -> Settled[bool]:
        """Forget the ban listed under a name (folded) for a room or the server; return whether there was one."""
        return Settled(self._bans.pop((room, fold(name)), None) is not None)

    def forget_bans(self, until_ms: int) -> Settled[int]:
        """Forget those that end at a time (Unix milliseconds) or before; return how many there were."""
        kept = {key: ban for key, ban in self._bans.items() if ban.until_ms > until_ms}
        forgotten, self._bans = len(self._bans) - len(kept), kept
        return Settled(forgotten)

    def relations(self, user: UserId) -> Settled[Relations]:
        """Return how a user stands to others; nobody for an unknown one."""
        return Settled(self._relations.get(user, NO_RELATIONS))

    def save_relations(self, user: UserId, relations: Relations) -> Settled[None]:
        """Record how a user stands to others."""
        if relations == NO_RELATIONS:
            self._relations.pop(user, None)
        else:
            self._relations[user] = relations
        return DONE

    def blocklists(self) -> Settled[dict[UserId, tuple[str, ...]]]:
        """Return every list of whom a user is not to meet, the one that was not renewed for longest first."""
        return Settled(dict(self._blocklists))

    def save_blocklist(self, user: UserId, names: tuple[str, ...], at_ms: int) -> Settled[None]:
        """Record a user's list in place of the one before; an empty one is forgotten."""
        self._blocklists.pop(user, None)
        if names:
            self._blocklists[user] = names
        return DONE

    def file_report(self, report: ReportFiled, at_ms: int) -> Settled[None]:
        """Record a report, filed at a time in Unix milliseconds."""
        self.reports.append((at_ms, report))
        return DONE

    def filed_reports(self, *, before_ms: int | None, limit: int) -> Settled[tuple[tuple[int, ReportFiled], ...]]:
        """Return the latest `limit` reports filed before a time, newest first, each with when it was filed."""
        older = [entry for entry in reversed(self.reports) if before_ms is None or entry[0] < before_ms]
        return Settled(tuple(older[:limit]))
