"""Calls the website over HTTP: what is told lasts in an outbox and is tried again, what is asked is answered at once or not.

A call is the JSON that the website expects (BareRTC §5), signed in the headers of Standard Webhooks
(https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and `webhook-signature`, with the key of the API as
the secret. Only status 200 is success; a redirect is not followed, since the key is in the body.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

import httpx
import msgspec
import structlog

from palaver.core.errors import Refusal, Unavailable
from palaver.hub.outbox import Outbox, Waiting
from palaver.hub.ports.clock import Clock, Timer

log = structlog.get_logger()

TIMEOUT_S = 10.0
AT_ONCE = 4
MOST_WAITING = 1_000
ANSWER_BYTES = 64 * 1024
RETRY_AFTER_S = (5.0, 30.0, 120.0, 600.0, 3_600.0, 21_600.0)
"""How long to wait after each try that failed; after the last there is no other."""
RESTARTING = "the server is about to restart"
KEPT_DAYS = 30
"""How long what failed for good can be looked at, and tried again by hand."""


class Webhooks:
    """The webhooks of one site.

    Args:
        new_id: makes ids that nobody else makes.
        transport: carries the requests; httpx's own unless a test has another.
    """

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        *,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # httpx tells the address of every request, which may hold a secret of the site's.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._outbox = outbox
        self._clock = clock
        self._new_id = new_id
        self._transport = transport
        self._addresses: Mapping[str, str] = {}
        self._key = ""
        self._ready: deque[tuple[Waiting, bool]] = deque()
        self._timers: dict[str, Timer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._tries: dict[str, asyncio.Future[str]] = {}  # those that are due or under way, by the id of their call
        self._closed = False
        self.failures = 0

    @functools.cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first call: it reads all the authorities of the world, and most servers call nobody."""
        return httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S, follow_redirects=False)

    def set_up(self, addresses: Mapping[str, str], key: str) -> None:
        """Call these addresses, by the names of webhooks, with this key from now on."""
        self._addresses, self._key = dict(addresses), key

    def wants(self, name: str) -> bool:
        """Return whether the website takes calls of a name."""
        return name in self._addresses

    async def begin(self) -> None:
        """Take up what waited when the process before this one ended."""
        for call in await self._outbox.waiting(failed=False, limit=MOST_WAITING):
            self._schedule(call, max(0.0, call.due_ms / 1000 - self._clock.now()))

    @property
    def waiting(self) -> int:
        """Return how many calls wait or are under way."""
        return len(self._timers.keys() | self._tries.keys())

    # -- telling --------------------------------------------------------------------------------------------------

    async def send(self, name: str, content: Mapping[str, object]) -> asyncio.Future[str]:
        """Record a call, then try it; see `palaver.hub.outbox.SiteCalls`."""
        if self._closed or self.waiting >= MOST_WAITING:
            raise Unavailable()
        now_ms = int(self._clock.now() * 1000)
        call = Waiting(self._new_id(), name, msgspec.json.encode(content).decode(), now_ms, due_ms=now_ms)
        await self._outbox.save(call)
        return self._try_soon(call, is_new=True)

    async def again(self, call: str) -> str | None:
        """Try a call now that failed, or waits; return what went wrong, or nothing. None where there is no such call.

        Where a try is under way, that is the one.
        """
        found = await self._outbox.find(call)
        if found is None:
            return None
        timer = self._timers.pop(call, None)
        if timer is not None:
            timer.cancel()
        return await self._try_soon(msgspec.structs.replace(found, failed=False))

    async def listed(self, limit: int) -> tuple[tuple[Waiting, ...], tuple[Waiting, ...]]:
        """Return the oldest calls that wait, and the oldest that failed for good."""
        waiting = await self._outbox.waiting(failed=False, limit=limit)
        return waiting, await self._outbox.waiting(failed=True, limit=limit)

    def _schedule(self, call: Waiting, wait_s: float) -> None:
        def due() -> None:
            del self._timers[call.id]
            self._try_soon(call)

        self._timers[call.id] = self._clock.call_later(wait_s, due)

    def _try_soon(self, call: Waiting, *, is_new: bool = False) -> asyncio.Future[str]:
        """Return what ends with the problem, or nothing, of the one try of a call that is due or under way."""
        told = self._tries.get(call.id)
        if told is None:
            told = self._tries[call.id] = asyncio.get_running_loop().create_future()
            self._ready.append((call, is_new))
            self._work()
            if self._closed:
                self._end_try(call.id, RESTARTING)
        return asyncio.shield(told)

    def _end_try(self, call: str, problem: str) -> None:
        told = self._tries.pop(call, None)
        if told is not None and not told.done():
            told.set_result(problem)

    def _work(self) -> None:
        while self._ready and len(self._tasks) < AT_ONCE and not self._closed:
            task = asyncio.get_running_loop().create_task(self._try(*self._ready.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("webhook_failed", problem=type(task.exception()).__name__)
        self._work()

    async def _try(self, call: Waiting, is_new: bool) -> None:
        problem = RESTARTING
        try:
            if not is_new and await self._is_gone(call.id):
                problem = ""
                return
            problem = await self._problem_with(call)
            if problem:
                await self._postpone(call, problem)
            else:
                await self._settled(self._outbox.forget(call.id))
        finally:
            self._end_try(call.id, problem)

    async def _is_gone(self, call: str) -> bool:
        """Return whether somebody else delivered a call: replaying by command knows nothing of the timers here."""
        try:
            return await self._outbox.find(call) is None
        except Refusal:
            return False

    async def _problem_with(self, call: Waiting) -> str:
        try:
            status, _ = await self._post(call.name, call.content, call.id)
        except Unavailable:
            return "the website cannot be reached"
        return "" if status == 200 else f"the website answered with status {status}"

    async def _postpone(self, call: Waiting, problem: str) -> None:
        self.failures += 1
        tries = call.tries + 1
        failed = tries > len(RETRY_AFTER_S)
        wait_s = 0.0 if failed else RETRY_AFTER_S[tries - 1]
        due_ms = int((self._clock.now() + wait_s) * 1000)
        call = msgspec.structs.replace(call, tries=tries, due_ms=due_ms, failed=failed, problem=problem)
        log.warning("webhook_not_delivered", webhook=call.name, call=call.id, tries=tries, problem=problem)
        await self._settled(self._outbox.save(call))
        if not failed and not self._closed:
            self._schedule(call, wait_s)

    async def _settled(self, recording: Awaitable[object]) -> None:
        """Wait for the store, and go on without it where it does not answer: the call is tried once too often then."""
        try:
            await recording
        except Refusal as refusal:
            log.warning("webhook_not_recorded", code=refusal.code)

    # -- asking ---------------------------------------------------------------------------------------------------

    async def ask(self, name: str, content: Mapping[str, object]) -> tuple[int, bytes]:
        """Call the website once and return its status and answer. Raises Unavailable where there is none in time."""
        return await self._post(name, msgspec.json.encode(content).decode(), self._new_id())

    async def _post(self, name: str, content: str, call: str) -> tuple[int, bytes]:
        address = self._addresses.get(name)
        if address is None:
            raise Unavailable()
        body = body_of(name, self._key, content)
        headers = {"Content-Type": "application/json", **signature(self._key, call, body, now=self._clock.now())}
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                self._client.stream("POST", address, content=body, headers=headers) as answer,
            ):
                return answer.status_code, await _read(answer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise Unavailable from None

    async def forget_old(self) -> None:
        """Forget what failed for good so long ago that nobody will look at it."""
        await self._outbox.forget_failed(int((self._clock.now() - KEPT_DAYS * 86_400) * 1000))

    async def close(self) -> None:
        """Stop; what was not delivered stays in the outbox for the next process."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in tuple(self._tries):
            self._end_try(call, RESTARTING)
        if "_client" in vars(self):
            await self._client.aclose()


def body_of(name: str, key: str, content: str) -> bytes:
    """Return the JSON of a call: the webhook's name, the key, then what is told (§5.1)."""
    head = msgspec.json.encode({"Action": name, "APIKey": key}).decode()
    return f"{head[:-1]},{content[1:]}".encode() if content != "{}" else head.encode()


def signature(key: str, call: str, body: bytes, *, now: float) -> dict[str, str]:
    """Return the headers by which the website knows who calls, that nothing was changed, and a second try."""
    stamp = str(int(now))
    signed = hmac.new(key.encode(), f"{call}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": call,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


async def _read(answer: httpx.Response) -> bytes:
    found = b""
    async for chunk in answer.aiter_bytes():
        found += chunk
        if len(found) > ANSWER_BYTES:
            raise Unavailable()
    return found
