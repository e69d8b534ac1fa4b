"""One call of BareRTC's JSON API as data, and the order in which a request for it is judged (§1.3).

What stands in a call and an answer is known to `dialects.barertc.api`, what is done to the modules of the calls.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from palaver.core import errors
from palaver.core.errors import Refusal
from palaver.core.participants import Identity
from palaver.dialects.barertc import api
from palaver.dialects.barertc.api import Asked, CallRefused
from palaver.dialects.base import Answer
from palaver.hub import vouching
from palaver.hub.hub import Hub
from palaver.hub.ports.integrations import TokenRejected
from palaver.web.barertc.site import BareRTCSite
from palaver.web.bodies import READ_WITHIN_S, read_body
from palaver.web.callers import SiteKey, countable_address
from palaver.web.problems import KeyRefused
from palaver.web.surroundings import Surroundings

log = structlog.get_logger()

A = TypeVar("A", bound=Asked)


class Proof(enum.Enum):
    """What proves who asks."""

    KEY = "the site's key"
    TOKEN = "a user's token"  # noqa: S105
    EITHER = "the key where one is given, else a token"


@dataclass
class SiteCall(Generic[A]):
    """One request that was read and judged.

    Attributes:
        asker: who asks, where a token proves it; None for the site.
    """

    surroundings: Surroundings
    site: BareRTCSite
    asked: A
    address: str
    asker: Identity | None = None

    @property
    def hub(self) -> Hub:
        """Return the hub that is asked."""
        return self.surroundings.hub


@dataclass(frozen=True)
class CallKind:
    """One call: its address, what it takes, who may ask, and what stands in every answer to it.

    Attributes:
        do: returns the answer; may raise CallRefused or a Refusal.
        always: keys, and their values where the call fails.
    """

    path: str
    takes: type[Asked]
    proof: Proof
    do: Callable[[SiteCall[Any]], Coroutine[Any, Any, Answer]]
    always: Mapping[str, object] = field(default_factory=dict)


class CallAddress:
    """The address of one call, as an ASGI app that answers any method."""

    def __init__(
        self, kind: CallKind, surroundings: Surroundings, site: Callable[[], BareRTCSite], key: SiteKey
    ) -> None:
        self._kind = kind
        self._surroundings = surroundings
        self._site = site
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)

        async def body() -> bytes:
            return await read_body(request, limit=api.MAX_BODY_BYTES, within_s=READ_WITHIN_S)

        address = countable_address(request, self._surroundings.access().trusted)
        try:
            answer = await self.answer(request.method, request.headers.get("content-type", ""), body, address)
        except ClientDisconnect:
            return
        response = Response(answer.body, answer.status, dict(answer.headers))
        await response(scope, receive, send)

    async def answer(
        self, method: str, content_type: str, body: Callable[[], Awaitable[bytes]], address: str
    ) -> Answer:
        """Return the answer to one request, whose body is read only where its head is right."""
        always = self._kind.always
        try:
            call = await self._read(method, content_type, body, address)
            return await self._kind.do(call)
        except CallRefused as refused:
            return api.failed(refused.status, refused.error, always)
        except Refusal as refusal:
            return api.failed(api.status_of(refusal), refusal.text, always)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("call_failed", dialect="barertc", endpoint=self._kind.path)
            return api.failed(500, errors.ServerFault().text, always)

    async def _read(
        self, method: str, content_type: str, body: Callable[[], Awaitable[bytes]], address: str
    ) -> SiteCall[Any]:
        """Judge method, type, body and proof, in this order."""
        api.check_request(method, content_type)
        asked = api.read_call(await body(), self._kind.takes)
        call = SiteCall(self._surroundings, self._site(), asked, address)
        if self._kind.proof is Proof.KEY or (self._kind.proof is Proof.EITHER and asked.api_key):
            self._check_key(call)
        else:
            call.asker = self._who_asks(call)
        return call

    def _check_key(self, call: SiteCall[Any]) -> None:
        key, now = self._surroundings.access().admin_key, call.hub.clock.now()
        try:
            self._key.check(call.asked.api_key.encode().decode("latin-1"), key, address=call.address, now=now)
        except KeyRefused:
            raise CallRefused(401, api.KEY_WRONG) from None
        except UnicodeEncodeError:
            raise CallRefused(401, api.KEY_WRONG) from None

    def _who_asks(self, call: SiteCall[Any]) -> Identity:
        """Return whom the token speaks for; every try counts against the address, and each success against the user."""
        hub, token = call.hub, call.asked.jwt_token
        if hub.tokens is None or not token:
            raise CallRefused(400, api.NO_TOKENS)
        _limit(hub, f"address:{call.address}" if call.address else "")
        try:
            identity = vouching.identity_of(hub, token, address=call.address, brought_to=self._kind.path)
        except TokenRejected as rejected:
            raise CallRefused(400, str(rejected)) from None
        _limit(hub, f"user:{identity.user}")
        return identity


def _limit(hub: Hub, key: str) -> None:
    wait_s = hub.visits.take(key, hub.clock.now()) if key else 0.0
    if wait_s:
        raise errors.Limited(wait_ms=int(wait_s * 1000) + 1)
