"""What waits to be told to the website, and what the hub needs of whoever tells it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol

from palaver.core.base import Value

REPORT = "report"
PROFILE = "profile"


class Waiting(Value, frozen=True):
    """One call of the website that has not been answered with success.

    Attributes:
        id: the same for every try, so that the website can tell a second one from a second call.
        name: which webhook is meant; its address is looked up when it is tried.
        content: JSON of what is told, beside the webhook's name and the key.
        made_ms: when it was recorded (Unix milliseconds).
        tries: how often it was tried.
        due_ms: when it is tried again.
        failed: it is not tried again unless somebody asks for it.
        problem: what went wrong at the latest try.
    """

    id: str
    name: str
    content: str
    made_ms: int
    tries: int = 0
    due_ms: int = 0
    failed: bool = False
    problem: str = ""


class Outbox(Protocol):
    """Keeps what waits, across restarts."""

    def save(self, call: Waiting) -> Awaitable[None]:
        """Record a call, or another state of it. Raises Unavailable."""
        ...

    def forget(self, call: str) -> Awaitable[bool]:
        """Forget a call by its id; return whether there was one. Raises Unavailable."""
        ...

    def find(self, call: str) -> Awaitable[Waiting | None]:
        """Return one call. Raises Unavailable."""
        ...

    def waiting(self, *, failed: bool, limit: int) -> Awaitable[tuple[Waiting, ...]]:
        """Return the oldest calls that are still to be tried, or that failed for good. Raises Unavailable."""
        ...

    def forget_failed(self, before_ms: int) -> Awaitable[int]:
        """Forget what failed for good and was made before a time; return how many. Raises Unavailable."""
        ...


class SiteCalls(Protocol):
    """Tells the website what happens here, and asks it."""

    def wants(self, name: str) -> bool:
        """Return whether the website takes calls of a name."""
        ...

    def send(self, name: str, content: Mapping[str, object]) -> Awaitable[Awaitable[str]]:
        """Record a call, then try it; the second awaitable ends with what went wrong at the first try, or nothing.

        It is tried again for some hours. Raises Unavailable where it cannot be recorded, or too many wait.
        """
        ...
