"""Identifiers, how they are written, and how message ids are made; what they name is known elsewhere."""

from __future__ import annotations

from typing import Annotated, NewType

import msgspec

UserId = NewType("UserId", str)
"""`realm:subject` of a verified identity, for example `site:alice`. Guests have none."""

SessionId = NewType("SessionId", str)
"""32 hexadecimal digits of a random UUID: one client's stay, across its reconnects."""

RoomId = NewType("RoomId", str)
"""The room's name: 1 to 128 characters, NFC, no control characters."""

ChannelId = NewType("ChannelId", str)
"""Name of a channel inside one room."""

MessageId = NewType("MessageId", int)
"""Ordered by time, unique across nodes, below 2^53 so that JavaScript can hold it."""

AskedMessage = Annotated[MessageId, msgspec.Meta(ge=0, lt=1 << 53)]
"""A message id as somebody may ask for it; a number beyond is malformed."""

DeviceId = NewType("DeviceId", str)
"""A stable label of one of a user's sessions."""

PersonKey = NewType("PersonKey", str)
"""One way to name a person across sessions: `user:site:alice` or `name:alice` (see `participants.keys_of`)."""

SITE_REALM = "site"

EPOCH_MS = 1_704_067_200_000
"""Message ids count milliseconds from 2024-01-01T00:00:00Z."""

_NODE_BITS, _COUNT_BITS = 5, 7
MAX_NODES = 1 << _NODE_BITS


def user_id(realm: str, subject: str) -> UserId:
    """Name a verified identity; `realm` never contains a colon."""
    return UserId(f"{realm}:{subject}")


def subject_of(user: UserId) -> str:
    """Return the part of a user id that its own realm knows."""
    return user.partition(":")[2]


def is_of_site(user: UserId) -> bool:
    """Return whether a user is one of the site's own."""
    return user.startswith(f"{SITE_REALM}:")


class MessageIds:
    """Makes message ids for one node: 41 bits of milliseconds, 5 of node, 7 of count.

    More than 128 ids within a millisecond borrow from the next one, so ids always rise; a clock that is set back
    repeats none, also over a restart where `follow` is told of the latest id that was stored.
    """

    def __init__(self, node: int = 0) -> None:
        if not 0 <= node < MAX_NODES:
            raise ValueError(f"node must be 0 to {MAX_NODES - 1}")
        self._node = node
        self._tick = 0
        self._count = 0

    def follow(self, latest: MessageId) -> None:
        """Make no id up to this one."""
        tick = latest >> (_NODE_BITS + _COUNT_BITS)
        if tick >= self._tick:
            self._tick, self._count = tick + 1, 0

    def next(self, now: float) -> MessageId:
        """Return the next id at `now` (Unix seconds)."""
        tick = int(now * 1000) - EPOCH_MS
        if tick > self._tick:
            self._tick, self._count = tick, 0
        else:
            self._count += 1
            if self._count >> _COUNT_BITS:
                self._tick, self._count = self._tick + 1, 0
        return MessageId((self._tick << _NODE_BITS | self._node) << _COUNT_BITS | self._count)


def sent_at_ms(message: MessageId) -> int:
    """Return the Unix milliseconds at which an id was made."""
    return (message >> (_NODE_BITS + _COUNT_BITS)) + EPOCH_MS
