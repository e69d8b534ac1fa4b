"""Keeps the keys with which a site's tokens are checked: those that are set, and those that the site publishes.

What a key set is and how it is fetched `jwks` knows; what a token must hold `jwt` does.
"""

from __future__ import annotations

import asyncio
import logging

import httpx
import structlog

from palaver.hub.ports.clock import Clock, Timer
from palaver.integrations.jwks import KeysUnavailable, fetch_keys
from palaver.integrations.jwt import MAX_KEYS, TokenVerifier, VerificationKey

log = structlog.get_logger()

REFRESH_S = 600.0
RETRY_S = 30.0


class SiteKeys:
    """A verifier whose keys change while it is used.

    Published keys are fetched at the beginning, every `REFRESH_S`, and when a token was signed with a key that nobody
    knows, but never twice within `RETRY_S`. What was fetched last holds while the site does not answer.

    Attributes:
        verifier: checks tokens with the keys of now; None where there are none.
    """

    def __init__(
        self,
        clock: Clock,
        own: tuple[VerificationKey, ...],
        url: str = "",
        audience: str = "",
        *,
        skew_s: float = 0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Trust keys as `set_up` does; `skew_s` is how far the site's clock may be ahead of ours."""
        # httpx tells the address of every request, which may hold a secret of the site's.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.verifier: TokenVerifier | None = None
        self._clock, self._skew_s, self._transport = clock, skew_s, transport
        self._published: tuple[VerificationKey, ...] = ()
        self._url = ""
        self._task: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._begun = False
        self._asked_at = float("-inf")
        self.set_up(own, url, audience)

    @property
    def fetching(self) -> asyncio.Task[None] | None:
        """What asks the site now; None while nothing does."""
        return self._task

    def set_up(self, own: tuple[VerificationKey, ...], url: str, audience: str = "") -> None:
        """Trust these keys and those that are published at an address; empty for none.

        `audience` is what a token that is signed with a key pair must be for; empty for any.
        """
        self._own, self._audience = own, audience
        if url != self._url:
            self._url, self._published = url, ()
            self._stop()
            self.look_again()
        self._trust()

    def begin(self) -> None:
        """Fetch what is published, now and whenever it has grown old; nobody waits for it."""
        self._begun = True
        self.look_again()

    def look_again(self) -> None:
        """Fetch what is published soon, since a token was signed with none of the keys that are known."""
        now = self._clock.now()
        # A clock that was set back must not keep old keys for longer.
        if not self._url or not self._begun or self._task is not None or 0 <= now - self._asked_at < RETRY_S:
            return
        self._asked_at = now
        self._task = asyncio.get_running_loop().create_task(self._fetch(self._url))

    def _look_when_due(self) -> None:
        # Timers and clock need not agree to the millisecond.
        self._asked_at = float("-inf")
        self.look_again()

    async def close(self) -> None:
        """Fetch nothing more."""
        self._begun = False
        if (task := self._stop()) is not None:
            await asyncio.gather(task, return_exceptions=True)

    def _stop(self) -> asyncio.Task[None] | None:
        """Call off what is asked and what would be asked later; return the former."""
        if self._timer is not None:
            self._timer.cancel()
        self._asked_at = float("-inf")
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        return task

    async def _fetch(self, url: str) -> None:
        wait_s = REFRESH_S
        try:
            async with httpx.AsyncClient(transport=self._transport) as client:
                self._published = await fetch_keys(client, url)
            self._trust()
        except KeysUnavailable as problem:
            log.warning("site_keys_not_fetched", problem=str(problem))
            if not self._published:
                wait_s = RETRY_S
        self._task = None
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(wait_s, self._look_when_due)

    def _trust(self) -> None:
        keys = (self._own + self._published)[:MAX_KEYS]
        if self.verifier is None or not keys:
            self.verifier = TokenVerifier(keys, clock_skew_s=self._skew_s) if keys else None
        if self.verifier is not None:
            # Those who judge tokens keep hold of it.
            self.verifier.replace_keys(keys, self._audience)
