"""Broker and presence of nodes that share one process; nodes that a network joins are the business of other adapters.

Hubs that are given the same `Fabric` hear each other and see one table of seats.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType

from palaver.core import errors
from palaver.core.audience import Publication
from palaver.core.ids import DeviceId, PersonKey, RoomId, SessionId, UserId
from palaver.core.names import fold
from palaver.core.participants import Participant, address_key, keys_of
from palaver.hub.bearers import Bearers
from palaver.hub.changes import Changes
from palaver.hub.crowds import Crowd, Crowds
from palaver.hub.ports.nodes import SessionCard

_NOBODY: Mapping[SessionId, Participant] = MappingProxyType({})


class _Seats:
    """The seats of one room that has any."""

    __slots__ = ("by_handle", "here", "roster")

    def __init__(self, room: RoomId) -> None:
        self.roster: dict[SessionId, Participant] = {}
        self.by_handle: dict[str, SessionId] = {}
        # One tuple for all who sit nowhere else: an idle session costs no collection of its own.
        self.here = (room,)


class Fabric:
    """What nodes in one process share in place of a network: their listeners and the table of sessions and seats."""

    def __init__(self) -> None:
        self.brokers: list[MemoryBroker] = []
        self.rooms: dict[RoomId, _Seats] = {}
        self.rooms_of: dict[SessionId, tuple[RoomId, ...]] = {}
        self.cards: dict[SessionId, SessionCard] = {}
        self.devices: dict[UserId, dict[DeviceId, SessionId]] = {}
        self.blockers: set[SessionId] = set()
        self.unblockable: Counter[PersonKey] = Counter()
        self.users: Counter[UserId] = Counter()
        self.bearers = Bearers()
        self.crowds = Crowds()
        self.changes = Changes()


class MemoryBroker:
    """Tells the other hubs on a fabric, in order, each on a later turn of the loop; alone, it tells nobody."""

    def __init__(self, fabric: Fabric | None = None) -> None:
        self._fabric = fabric or Fabric()
        self._listeners: list[Callable[[Publication], None]] = []
        self._fabric.brokers.append(self)

    def publish(self, publication: Publication) -> None:
        """Tell every other hub on the fabric. What goes wrong there is reported by the loop, not here."""
        for broker in self._fabric.brokers:
            if broker is not self:
                asyncio.get_running_loop().call_soon(broker._hear, publication)

    def listen(self, deliver: Callable[[Publication], None]) -> None:
        """Hand everything that other nodes publish to `deliver`."""
        self._listeners.append(deliver)

    def close(self) -> None:
        """Leave the fabric: nothing is heard from now on, not even what is under way. Twice is harmless."""
        self._listeners.clear()
        if self in self._fabric.brokers:
            self._fabric.brokers.remove(self)

    def _hear(self, publication: Publication) -> None:
        for deliver in self._listeners:
            deliver(publication)


class MemoryPresence:
    """Who is where on a fabric. Every read and every change takes the same time however many there are.

    What `roster` returns is live: whoever changes seats while going through it must copy it first, and it is to be
    asked for anew after a wait.
    """

    def __init__(self, fabric: Fabric | None = None) -> None:
        shared = fabric or Fabric()
        self.changes = shared.changes
        self._rooms = shared.rooms
        self._rooms_of = shared.rooms_of
        self._cards = shared.cards
        self._devices = shared.devices
        self._blockers = shared.blockers
        self._unblockable = shared.unblockable
        self._users = shared.users
        self._bearers = shared.bearers
        self._crowds = shared.crowds

    def roster(self, room: RoomId) -> Mapping[SessionId, Participant]:
        """Return the live seats of a room, in the order in which they were taken; empty for an unknown room."""
        seats = self._rooms.get(room)
        return _NOBODY if seats is None else seats.roster

    def named(self, room: RoomId, handle: str) -> Participant | None:
        """Return who bears a handle (in any case) in a room."""
        seats = self._rooms.get(room)
        if seats is None:
            return None
        session = seats.by_handle.get(fold(handle))
        return None if session is None else seats.roster[session]

    def rooms_of(self, session: SessionId) -> Collection[RoomId]:
        """Return where a session has seats, in the order in which it took them; later changes do not show in it."""
        return self._rooms_of.get(session, ())

    async def take_seat(self, room: RoomId, make: Callable[[Callable[[str], bool]], Participant]) -> Participant:
        """Claim a handle and a seat. Never waits, and asks `make` once. Raises NameTaken when `make` chose a taken one.

        A session that sits in the room already changes its seat, and gives its former handle up.
        """
        seats = self._rooms.get(room) or _Seats(room)
        taken = seats.by_handle
        participant = make(taken.__contains__)
        session, key = participant.session, fold(participant.handle)
        if taken.get(key, session) != session:
            raise errors.NameTaken(name=participant.handle)
        before = seats.roster.get(session)
        if before is not None:
            was = fold(before.handle)
            del taken[was]
            self._bearers.drop(_name_key(was), session)
        else:
            rooms = self._rooms_of.get(session)
            self._rooms_of[session] = seats.here if rooms is None else (*rooms, room)
        self.changes.count += 1
        taken[key] = session
        self._bearers.add(_name_key(key), session)
        seats.roster[session] = participant
        self._rooms[room] = seats
        self._crowds.change(room, before, participant, self._elsewhere(room, session))
        return participant

    def update_seat(self, room: RoomId, participant: Participant) -> None:
        """Record another state of a seat; its handle is the same. A seat that is free by now stays free."""
        seats = self._rooms.get(room)
        before = None if seats is None else seats.roster.get(participant.session)
        if seats is not None and before is not None:
            self.changes.count += 1
            seats.roster[participant.session] = participant
            self._crowds.change(room, before, participant, self._elsewhere(room, participant.session))

    def leave_seat(self, room: RoomId, session: SessionId) -> Participant | None:
        """Free a seat; return who sat there."""
        seats = self._rooms.get(room)
        participant = None if seats is None else seats.roster.pop(session, None)
        if seats is None or participant is None:
            return None
        self.changes.count += 1
        key = fold(participant.handle)
        del seats.by_handle[key]
        self._bearers.drop(_name_key(key), session)
        self._crowds.change(room, participant, None, self._elsewhere(room, session))
        if not seats.roster:
            del self._rooms[room]
        remaining = tuple(other for other in self._rooms_of[session] if other != room)
        if remaining:
            self._rooms_of[session] = remaining
        else:
            del self._rooms_of[session]
        return participant

    def crowd(self, room: RoomId) -> Crowd:
        """Return who is in a room, counted and named."""
        return self._crowds.of_room(room)

    def crowd_of_all(self) -> Crowd:
        """Return how many there are in all rooms."""
        return self._crowds.of_all()

    def announce(self, card: SessionCard) -> None:
        """Make a session known, or tell its new state. The newest session on a device has it."""
        self.changes.count += 1
        before = self._cards.get(card.session)
        self._cards[card.session] = card
        if card.relations.blocks:
            self._blockers.add(card.session)
        else:
            self._blockers.discard(card.session)
        self._count_unblockable(card, 1)
        if before is not None:
            self._count_unblockable(before, -1)
        if before is None or before.identity is not card.identity:
            self._count_user(card, 1)
            self._note_keys(card.session, before, card)
            if before is not None:
                self._count_user(before, -1)
        if before is None or _device_of(before) != _device_of(card):
            if before is not None:
                self._release_device(before)
            if (place := _device_of(card)) is not None:
                user, device = place
                self._devices.setdefault(user, {})[device] = card.session

    def withdraw(self, session: SessionId) -> None:
        """Forget a session that ended; its seats are gone already. Forgetting an unknown one is harmless."""
        self.changes.count += 1
        card = self._cards.pop(session, None)
        self._blockers.discard(session)
        if card is not None:
            self._count_unblockable(card, -1)
            self._count_user(card, -1)
            self._note_keys(session, card, None)
            self._release_device(card)

    def card(self, session: SessionId) -> SessionCard | None:
        """Return a session of any node."""
        return self._cards.get(session)

    def blockers(self) -> Collection[SessionId]:
        """Return the sessions whose person blocks anybody; live, and mostly empty."""
        return self._blockers

    def unblockable(self) -> Collection[PersonKey]:
        """Return the shields of everybody whom no block meets; live."""
        return self._unblockable

    def bearing(self, key: PersonKey) -> tuple[SessionId, ...]:
        """Return the sessions of whom a key is true, each once, in the order in which it became so."""
        return self._bearers.of(key)

    def on_device(self, user: UserId, device: DeviceId) -> SessionId | None:
        """Return the session that a user has on a device."""
        devices = self._devices.get(user)
        return None if devices is None else devices.get(device)

    def devices(self, user: UserId) -> tuple[DeviceId, ...]:
        """Return a user's devices, in the order in which they came."""
        return tuple(self._devices.get(user, ()))

    def turnout(self) -> tuple[int, int]:
        """Return how many sessions there are, and of how many users."""
        return len(self._cards), len(self._users)

    def sessions(self) -> Collection[SessionCard]:
        """Return every session of every node, as it is now: sessions may come and go while one goes through it."""
        return tuple(self._cards.values())

    def _elsewhere(self, room: RoomId, session: SessionId) -> Iterator[Participant]:
        """Go through the seats of a session in other rooms, of which most have none."""
        return (self._rooms[other].roster[session] for other in self._rooms_of.get(session, ()) if other != room)

    def _count_unblockable(self, card: SessionCard, more: int) -> None:
        for shield in card.shields:
            self._unblockable[shield] += more
            if not self._unblockable[shield]:
                del self._unblockable[shield]

    def _count_user(self, card: SessionCard, more: int) -> None:
        user = card.identity.user
        if user is not None:
            self._users[user] += more
            if not self._users[user]:
                del self._users[user]

    def _note_keys(self, session: SessionId, before: SessionCard | None, after: SessionCard | None) -> None:
        """Note by which keys a session goes, other than the handles of its seats."""
        was, now = _keys_of(before), _keys_of(after)
        for key in was:
            if key not in now:
                self._bearers.drop(key, session)
        for key in now:
            if key not in was:
                self._bearers.add(key, session)

    def _release_device(self, card: SessionCard) -> None:
        place = _device_of(card)
        if place is None:
            return
        user, device = place
        devices = self._devices.get(user)
        # A newer session may have the device by now.
        if devices is not None and devices.get(device) == card.session:
            del devices[device]
            if not devices:
                del self._devices[user]


def _device_of(card: SessionCard) -> tuple[UserId, DeviceId] | None:
    user, device = card.identity.user, card.identity.device
    return None if user is None or device is None else (user, device)


def _keys_of(card: SessionCard | None) -> tuple[PersonKey, ...]:
    if card is None:
        return ()
    identity = card.identity
    keys = keys_of(identity.name, identity.user)
    return (*keys, address_key(identity.address)) if identity.user is None and identity.address else keys


def _name_key(folded: str) -> PersonKey:
    return PersonKey(f"name:{folded}")
