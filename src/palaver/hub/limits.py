"""Rate limits: how much one connection, one person or one address may do, and how long whoever exceeds it must wait."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from palaver.core.ids import UserId
from palaver.core.participants import Identity


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds that the hub keeps. 0 switches one off."""

    message_chars: int = 10_000
    messages_per_second: float = 10.0
    messages_burst: int = 60
    asks_per_second: float = 10.0
    asks_burst: int = 100
    signal_bytes_per_second: int = 131_072
    logins_per_minute: int = 120
    uploads_per_minute: float = 30.0
    connections_per_address: int = 200
    requests_per_second: float = 100.0
    requests_burst: int = 3000
    rooms_per_session: int = 100
    rooms_per_server: int = 100_000
    channels_per_room: int = 100
    frames_per_second: float = 50.0
    frames_burst: int = 400


GUESTS_OF_AN_ADDRESS = 4
"""Guests may take another name, and others share their address: those of one together may do so many times as much."""
ASKING_GUESTS_OF_AN_ADDRESS = 10
"""Asks are many when a class comes in by one address: as many a second as it may make requests."""


class Bucket:
    """A token bucket: `rate` per second, up to `burst` at once. A rate of 0 never limits.

    What is taken from one `within` another is taken from both, or from neither.
    """

    __slots__ = ("_at", "_burst", "_level", "_rate", "_within")

    def __init__(self, rate: float, burst: float, within: Bucket | None = None) -> None:
        self._rate, self._burst, self._within = rate, max(burst, 1.0), within
        self._level, self._at = self._burst, 0.0

    def take(self, now: float, cost: float = 1.0) -> float:
        """Take one token, or `cost` of them; return 0, or the seconds until they are there (then none was taken).

        What costs more than the burst takes all of it, since there will never be more.
        """
        if self._rate <= 0:
            return 0.0
        cost = min(cost, self._burst)
        level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate) if self._at else self._burst
        self._at = now
        self._level = level
        if level < cost:
            return (cost - level) / self._rate
        wait = self._within.take(now, cost) if self._within is not None else 0.0
        if not wait:
            self._level = level - cost
        return wait

    def draw(self, now: float, cost: float = 1.0) -> float:
        """Take one token, or `cost` of them, on credit where there are none; return the seconds until that is paid."""
        if self._rate <= 0:
            return 0.0
        level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate) if self._at else self._burst
        self._level, self._at = level - cost, now
        return max(0.0, -self._level / self._rate)

    def change(self, rate: float, burst: float) -> None:
        """Go on at another rate; what was taken stays taken, as far as the new burst reaches."""
        self._rate, self._burst = rate, max(burst, 1.0)
        self._level = min(self._level, self._burst)

    def give_back(self) -> None:
        """Put a token back."""
        self._level = min(self._burst, self._level + 1.0)


class Guests:
    """One bucket around those of all guests of an address, the least recently used forgotten first.

    It outlives them: whoever leaves and comes in anew finds it as it was.
    """

    def __init__(self, rate: float, burst: float, at_once: int, *, addresses: int = 20_000) -> None:
        """`rate` and `burst` are a guest's; those of an address may do `at_once` times as much."""
        self._at_once, self._addresses = at_once, addresses
        self._together: OrderedDict[str, Bucket] = OrderedDict()
        self.change(rate, burst)

    def bucket(self, address: str) -> Bucket:
        """Return a bucket for one more guest of an address; without one, it stands by itself."""
        if not address:
            return Bucket(self._rate, self._burst)
        together = self._together.get(address)
        if together is None:
            together = self._together[address] = Bucket(self._rate * self._at_once, self._burst * self._at_once)
            if len(self._together) > self._addresses:
                self._together.popitem(last=False)
        else:
            self._together.move_to_end(address)
        return Bucket(self._rate, self._burst, together)

    def change(self, rate: float, burst: float) -> None:
        """Go on at another rate; see `Bucket.change`. The buckets of guests themselves are changed by whoever has them."""
        self._rate, self._burst = rate, burst
        for together in self._together.values():
            together.change(rate * self._at_once, burst * self._at_once)


class Allowances:
    """What limits the messages and the asks of somebody: of a user, or of a guest among those of an address.

    A user's messages are counted on from one session to the next, the least recently seen user forgotten first.
    """

    def __init__(self, limits: Limits, *, users: int = 20_000) -> None:
        self._limits, self._users = limits, users
        self._of_users: OrderedDict[UserId, Bucket] = OrderedDict()
        self._posting = Guests(limits.messages_per_second, limits.messages_burst, GUESTS_OF_AN_ADDRESS)
        self._asking = Guests(limits.asks_per_second, limits.asks_burst, ASKING_GUESTS_OF_AN_ADDRESS)

    def messages(self, identity: Identity) -> Bucket:
        """Return what limits messages: one for all sessions of a user, one for each guest."""
        if identity.user is None:
            return self._posting.bucket(identity.address)
        bucket = self._of_users.get(identity.user)
        if bucket is None:
            bucket = self._of_users[identity.user] = Bucket(
                self._limits.messages_per_second, self._limits.messages_burst
            )
            if len(self._of_users) > self._users:
                self._of_users.popitem(last=False)
        else:
            self._of_users.move_to_end(identity.user)
        return bucket

    def asks(self, identity: Identity) -> Bucket:
        """Return what limits whatever one session asks for besides messages and signals."""
        if identity.user is None:
            return self._asking.bucket(identity.address)
        return Bucket(self._limits.asks_per_second, self._limits.asks_burst)

    def change(self, limits: Limits) -> None:
        """Go on within other limits. Sessions change the buckets that they have."""
        self._limits = limits
        for bucket in self._of_users.values():
            bucket.change(limits.messages_per_second, limits.messages_burst)
        self._posting.change(limits.messages_per_second, limits.messages_burst)
        self._asking.change(limits.asks_per_second, limits.asks_burst)


class Buckets:
    """One bucket per key, the least recently used forgotten first."""

    def __init__(self, rate: float, burst: float, *, keys: int = 20_000) -> None:
        self._rate, self._burst, self._keys = rate, burst, keys
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Take one token from the bucket of a key; see `Bucket.take`."""
        if self._rate <= 0:
            return 0.0
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, self._burst)
            if len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(now)

    def give_back(self, key: str) -> None:
        """Put back the token that was taken last, since it did not count."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.give_back()


class AddressCount:
    """How many connections each address holds; a limit of 0 refuses none."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held: dict[str, int] = {}

    def enter(self, address: str) -> bool:
        """Count one more connection; False, and not counted, when the address holds all it may."""
        if not address:
            return True
        held = self._held.get(address, 0)
        if 0 < self.limit <= held:
            return False
        self._held[address] = held + 1
        return True

    def leave(self, address: str) -> None:
        """Count one connection less."""
        held = self._held.get(address, 0) - 1
        if held > 0:
            self._held[address] = held
        else:
            self._held.pop(address, None)
