"""Knows how many requests an address may make, whatever they ask for; `transports.reception` counts those for WebSockets.

It stands before every route, so that what no route counts has a bound as well. What costs more than a request (logins,
uploads, keys that are guessed) is counted more strictly where it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver.core.errors import Limited
from palaver.hub.hub import Hub
from palaver.transports.address import TrustedProxies, countable_address
from palaver.transports.connection import PeerInfo
from palaver.transports.socketio import SocketIo
from palaver.web.problems import MEDIA_TYPE, problem_of

FILES = "/static/"
"""The page's own files, of which a newcomer's browser fetches a hundred at once and then keeps them."""


class RequestRate:
    """Refuses the requests of an address that makes too many of them.

    Not counted are the page's files, and requests of a Socket.IO session that is known: while it polls, every message is
    one.
    """

    def __init__(
        self, app: ASGIApp, *, hub: Hub, trusted: Callable[[], TrustedProxies], socketio: Sequence[SocketIo] = ()
    ) -> None:
        self._app = app
        self._hub = hub
        self._trusted = trusted
        self._socketio = {path: each for each in socketio for path in each.paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say how long to wait."""
        wait_s = self._wait_s(PeerInfo.from_scope(scope)) if scope["type"] == "http" else 0.0
        if wait_s:
            self._hub.counts.refusals[Limited.code] += 1
            await too_many(wait_s)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wait_s(self, peer: PeerInfo) -> float:
        if peer.path.startswith(FILES):
            return 0.0
        address = countable_address(peer.remote, peer.header_values, self._trusted())
        polled = self._socketio.get(peer.path)
        if not address or (polled is not None and polled.knows(peer, address)):
            return 0.0
        return self._hub.requests.take(address, self._hub.clock.now())


def too_many(wait_s: float) -> Response:
    """Return the refusal, which clients of every wire can read: the names are those of all of their errors."""
    problem = problem_of(Limited(wait_ms=int(wait_s * 1000) + 1))
    said = {"OK": False, "Error": problem.detail, "success": False, "message": problem.detail}
    headers = {
        "Retry-After": str(-(-int(problem.params["wait_ms"]) // 1000)),
        "Cache-Control": "no-store",
        "Access-Control-Allow-Origin": "*",  # it tells nothing of anybody, and pages should learn how long to wait
    }
    body = msgspec.json.encode(msgspec.structs.asdict(problem) | said)
    return Response(body, problem.status, headers, MEDIA_TYPE)
