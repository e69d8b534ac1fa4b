"""The token by which a session is opened: until when the one at hand is good, and where the next one comes from.

Signatures are the server's to judge; here a token is only looked at for when it ends.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from palaver.client.endings import Lost
from palaver.core.sessions import TokenRenewed

RENEW_AT = 0.6
"""Of its time, how much a token has behind it when it is renewed."""
SHORTEST_WAIT_S = TRY_AGAIN_S = 60.0

FreshToken = Callable[[], Awaitable[str]]
"""Returns a token that the site signed just now."""

_log = logging.getLogger(__name__)


class Clock(Protocol):
    """Time, as a client needs it; a test brings its own."""

    def now(self) -> float:
        """Return Unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        ...


class SystemClock:
    """The time of this machine."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        await asyncio.sleep(seconds)


class _Claims(msgspec.Struct, frozen=True):
    exp: float = 0.0


class Tokens:
    """The token at hand, kept good by the server, and by the site where the server cannot any more.

    Attributes:
        token: the one that is good for longest; empty for a guest.
    """

    def __init__(self, token: str, fresh: FreshToken | None, clock: Clock) -> None:
        self.token = token
        self._fresh = fresh
        self._clock = clock
        self._ends_s = ends_s(token)
        self._untried = False

    async def begin(self) -> None:
        """Ask the site where there is no good token. Raises whatever its callable raises."""
        if self._fresh is not None and self._ends_s <= self._clock.now():
            self.token = await self._fresh()
            self._ends_s, self._untried = ends_s(self.token), True

    async def for_opening(self) -> str:
        """Return the token to open a session with, a fresh one where the one at hand has ended.

        Raises `Lost` where the site's callable raises anything, which is logged.
        """
        try:
            await self.begin()
        except Exception:
            _log.warning("the site gave no fresh token; it is asked again", exc_info=True)
            raise Lost("no fresh token") from None
        return self.token

    def accepted(self) -> None:
        """Take note that the server opened a session by the token."""
        self._untried = False

    def refused(self) -> bool:
        """Return whether another token may be had than the one that the server refused."""
        if self._fresh is None or self._untried:
            return False
        self._ends_s = 0.0
        return True

    async def renewed(self, answer: TokenRenewed) -> float | None:
        """Take what the server answered; return in how many seconds to ask again, None where that is of no use.

        Where the server renews no more, the site is asked.
        """
        ends_s = self._clock.now() + answer.lasts_s if answer.lasts_s else answer.expires_ms / 1000
        if answer.token and ends_s > self._ends_s:
            self.token, self._ends_s = answer.token, ends_s
        elif not answer.token:
            if self._fresh is None:
                return None
            self._ends_s = 0.0
            try:
                await self.for_opening()
            except Lost:
                return TRY_AGAIN_S
        return max((self._ends_s - self._clock.now()) * RENEW_AT, SHORTEST_WAIT_S)


def ends_s(token: str) -> float:
    """Return when a token ends, in Unix seconds; 0 for what is no token, or says nothing of it."""
    try:
        payload = token.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Claims).exp
    except (IndexError, binascii.Error, msgspec.MsgspecError, ValueError):
        return 0.0
