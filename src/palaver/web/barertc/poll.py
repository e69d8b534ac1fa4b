"""Where BareRTC is spoken without a connection (§3.14); how polls are kept is left to `transports.polled`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from palaver.core import errors
from palaver.dialects.barertc import api, poll
from palaver.dialects.barertc.api import CallRefused
from palaver.dialects.base import Answer
from palaver.transports.connection import PeerInfo
from palaver.transports.polled import PollingTransport
from palaver.web.bodies import READ_WITHIN_S, read_body
from palaver.web.problems import TooSlow


class PollAddress:
    """The address of the polling transport, as an ASGI app that answers any method."""

    def __init__(self, polling: PollingTransport) -> None:
        self._polling = polling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        peer = PeerInfo.from_scope(scope)

        async def body(limit: int) -> bytes:
            return await read_body(request, limit=limit, within_s=READ_WITHIN_S)

        try:
            answer = await self.answer(request.method, request.headers.get("content-type", ""), body, peer)
        except ClientDisconnect:
            return
        await Response(answer.body, answer.status, dict(answer.headers))(scope, receive, send)

    async def answer(
        self, method: str, content_type: str, body: Callable[[int], Awaitable[bytes]], peer: PeerInfo
    ) -> Answer:
        """Return the answer to one poll; `body` reads at most so many bytes, and only where the head is right."""
        try:
            api.check_request(method, content_type)
            asked = poll.read(await body(self._polling.body_limit(peer)))
        except CallRefused as refused:
            return poll.refused(refused.error, status=refused.status)
        except errors.TooLarge as too_large:
            return poll.refused(too_large.text, status=413)
        except TooSlow as too_slow:
            return poll.refused(too_slow.text, status=408)
        return await self._polling.answer(asked, peer)
