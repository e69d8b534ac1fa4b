"""What is kept: messages, rooms, and what moderation decided."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import Protocol

from palaver.core.base import Value
from palaver.core.chat import Message
from palaver.core.ids import ChannelId, MessageId, RoomId, UserId
from palaver.core.moderation import Ban, Relations, ReportFiled
from palaver.core.rooms import History, Room


class ThreadSummary(Value, frozen=True):
    """One thread of a user: with whom, when it last went on (Unix milliseconds), and how much the other said in it."""

    other: UserId
    latest_ms: int
    received: int


class MessageStore(Protocol):
    """Keeps messages.

    `keep` says how: OFF remembers who said it where, without the text, so that it can still be taken back; MEMORY keeps the
    latest 100 of each channel; DURABLE is committed before the awaitable completes. OFF and MEMORY are bounded and local.
    """

    def append(self, message: Message, keep: History) -> Awaitable[None]:
        """Record a new message. Raises Unavailable when it cannot; then it is not recorded. Several may await the end."""
        ...

    def find(self, message: MessageId) -> Awaitable[Message | None]:
        """Return a message that is still remembered; its text is empty where it was not kept."""
        ...

    def find_all(self, messages: Collection[MessageId]) -> Awaitable[tuple[Message, ...]]:
        """Return those of some messages that are still remembered, in any order, at the cost of one; see `find`."""
        ...

    def replace(self, message: Message) -> Awaitable[None]:
        """Record another state of a remembered message."""
        ...

    def remove(self, message: MessageId) -> Awaitable[None]:
        """Forget a message. Forgetting an unknown one is harmless."""
        ...

    def channel_page(
        self, room: RoomId, channel: ChannelId, *, before: MessageId | None, limit: int
    ) -> Awaitable[tuple[tuple[Message, ...], bool]]:
        """Return the latest `limit` kept messages older than `before`, oldest first, and whether there are older ones."""
        ...

    def thread_page(
        self, one: UserId, other: UserId, *, before: MessageId | None, limit: int
    ) -> Awaitable[tuple[tuple[Message, ...], bool]]:
        """The same for the durable direct messages between two users."""
        ...

    def thread_length(self, one: UserId, other: UserId, *, before: MessageId | None) -> Awaitable[int]:
        """Return how many durable direct messages two users have that are older than `before`."""
        ...

    def threads_of(self, user: UserId) -> Awaitable[tuple[ThreadSummary, ...]]:
        """Return with whom a user has durable direct messages, the latest talk first; talk with oneself is left out."""
        ...

    def erase_user(self, user: UserId) -> Awaitable[int]:
        """Delete every direct message of every thread a user is part of; return how many."""
        ...

    def forget_before(self, when_ms: int) -> Awaitable[int]:
        """Delete direct messages older than a time; return how many."""
        ...

    def drop_room(self, room: RoomId) -> Awaitable[None]:
        """Forget every message of a room that ended."""
        ...


class RoomStore(Protocol):
    """Keeps rooms that outlive the process."""

    def load(self) -> Awaitable[tuple[Room, ...]]:
        """Return every stored room."""
        ...

    def save(self, room: Room) -> Awaitable[None]:
        """Record a room, new or changed."""
        ...

    def delete(self, room: RoomId) -> Awaitable[None]:
        """Forget a room."""
        ...


class ModerationStore(Protocol):
    """Keeps bans, relations, the block lists of the site, and reports."""

    def bans(self) -> Awaitable[tuple[Ban, ...]]:
        """Return every stored ban, lapsed ones too."""
        ...

    def save_ban(self, ban: Ban) -> Awaitable[None]:
        """Record a ban; one of the same name and room is replaced."""
        ...

    def lift_ban(self, name: str, room: RoomId | None) -> Awaitable[bool]:
        """Forget the ban listed under a name (folded) for a room or the server; return whether there was one."""
        ...

    def forget_bans(self, until_ms: int) -> Awaitable[int]:
        """Forget those that end at a time (Unix milliseconds) or before; return how many there were."""
        ...

    def relations(self, user: UserId) -> Awaitable[Relations]:
        """Return how a user stands to others; nobody for an unknown one."""
        ...

    def save_relations(self, user: UserId, relations: Relations) -> Awaitable[None]:
        """Record how a user stands to others."""
        ...

    def blocklists(self) -> Awaitable[Mapping[UserId, tuple[str, ...]]]:
        """Return every list of whom a user is not to meet, the one that was not renewed for longest first."""
        ...

    def save_blocklist(self, user: UserId, names: tuple[str, ...], at_ms: int) -> Awaitable[None]:
        """Record a user's list in place of the one before; an empty one is forgotten."""
        ...

    def file_report(self, report: ReportFiled, at_ms: int) -> Awaitable[None]:
        """Record a report."""
        ...

    def filed_reports(self, *, before_ms: int | None, limit: int) -> Awaitable[tuple[tuple[int, ReportFiled], ...]]:
        """Return the latest `limit` reports filed before a time, newest first, each with when it was filed."""
        ...
