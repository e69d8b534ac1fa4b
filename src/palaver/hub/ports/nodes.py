"""What the nodes of one installation share: the broker that tells the others, and who is where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from palaver.core.audience import Publication
from palaver.core.base import Value
from palaver.core.ids import DeviceId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations
from palaver.core.participants import Identity, Participant
from palaver.hub.changes import Changes
from palaver.hub.crowds import Crowd


class Broker(Protocol):
    """Tells the other nodes.

    At most once, ordered per publishing node; never blocks on a slow node. The publishing node has delivered already and
    does not hear its own.
    """

    def publish(self, publication: Publication) -> None:
        """Tell every other interested node."""
        ...

    def listen(self, deliver: Callable[[Publication], None]) -> None:
        """Hand everything that other nodes publish to `deliver`."""
        ...


class SessionCard(Value, frozen=True):
    """What every node knows of a session: who it is, and how that person stands to others.

    Attributes:
        relations: as they hold.
        shields: the keys under which no block of another's meets this person; none for one whom blocks meet.
    """

    session: SessionId
    identity: Identity
    relations: Relations = NO_RELATIONS
    shields: tuple[PersonKey, ...] = ()


class Presence(Protocol):
    """Who is where, across nodes. Reads are local and synchronous; claims are atomic across nodes."""

    changes: Changes
    """Of cards and seats, on any node."""

    def roster(self, room: RoomId) -> Mapping[SessionId, Participant]:
        """Return the live seats of a room, in the order in which they were taken; empty for an unknown room."""
        ...

    def named(self, room: RoomId, handle: str) -> Participant | None:
        """Return who bears a handle (in any case) in a room."""
        ...

    def rooms_of(self, session: SessionId) -> Collection[RoomId]:
        """Return where a session has seats."""
        ...

    def take_seat(self, room: RoomId, make: Callable[[Callable[[str], bool]], Participant]) -> Awaitable[Participant]:
        """Claim a handle and a seat: `make` is given a test for taken (folded) handles and may be asked again.

        Who sits there already gives the former handle up, which is taken until then.
        """
        ...

    def update_seat(self, room: RoomId, participant: Participant) -> None:
        """Record another state of a seat; its handle is the same."""
        ...

    def leave_seat(self, room: RoomId, session: SessionId) -> Participant | None:
        """Free a seat; return who sat there."""
        ...

    def crowd(self, room: RoomId) -> Crowd:
        """Return who is in a room, counted and named, without going through its seats."""
        ...

    def crowd_of_all(self) -> Crowd:
        """Return how many there are in all rooms, without going through them."""
        ...

    def announce(self, card: SessionCard) -> None:
        """Make a session known, or tell its new state."""
        ...

    def withdraw(self, session: SessionId) -> None:
        """Forget a session that ended; its seats are gone already."""
        ...

    def card(self, session: SessionId) -> SessionCard | None:
        """Return a session of any node."""
        ...

    def blockers(self) -> Collection[SessionId]:
        """Return the sessions whose person blocks anybody, so that nobody else's roster costs a comparison per seat."""
        ...

    def unblockable(self) -> Collection[PersonKey]:
        """Return the shields of everybody whom no block meets, each a first key; mostly few."""
        ...

    def bearing(self, key: PersonKey) -> Collection[SessionId]:
        """Return the sessions of whom a key is true, in the order of coming, without going through the others.

        It is true by who they are, by the handle of a seat, or of a guest by the address.
        """
        ...

    def on_device(self, user: UserId, device: DeviceId) -> SessionId | None:
        """Return the session that a user has on a device."""
        ...

    def devices(self, user: UserId) -> tuple[DeviceId, ...]:
        """Return a user's devices, in the order in which they came."""
        ...

    def turnout(self) -> tuple[int, int]:
        """Return how many sessions there are, and of how many users, without going through them."""
        ...

    def sessions(self) -> Collection[SessionCard]:
        """Return every session of every node."""
        ...
