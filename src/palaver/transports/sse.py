"""Knows event streams over HTTP as connections: response, keepalive, closing; their bytes are left to `codecs.sse`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from palaver.codecs.sse import comment, event
from palaver.codecs.websocket import ABNORMAL
from palaver.core.disconnects import RESTARTING
from palaver.transports.connection import BUDGET_BYTES, Listener, PeerInfo
from palaver.transports.draining import Drain
from palaver.transports.http import ABORT_EXTENSION, TAKE_OVER_EXTENSION
from palaver.transports.keepalive import Beats
from palaver.transports.queued import QueuedConnection
from palaver.transports.sse_socket import StreamSocket

LONGEST_RETRY_MS = 10_000
"""A browser waits so long after every later loss, too, until the page is loaded anew."""

_SIGN_OF_LIFE = comment()
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStreams:
    """Makes streams that share one keepalive timer, and knows every one that is open."""

    def __init__(
        self, *, budget_bytes: int = BUDGET_BYTES, keepalive_s: float = 25.0, close_timeout_s: float = 5.0
    ) -> None:
        """A comment is sent every `keepalive_s` seconds to who has read everything; 0 sends none."""
        self.budget_bytes = budget_bytes
        self.close_timeout_s = close_timeout_s
        self.open: Beats[EventStream | StreamSocket] = Beats(_show_life, keepalive_s)

    def response(self, listener: Listener, headers: Mapping[str, str] | None = None) -> EventStreamResponse:
        """Return the response that becomes the listener's connection; its `opened` is called once the head is sent."""
        return EventStreamResponse(self, listener, headers)

    async def close_all(self, drain: Drain | None = None) -> None:
        """End every stream that is open now, and say when to come back (HTML standard §9.2.6, `retry`).

        Needed before uvicorn can stop, which waits for responses to end.
        """
        await (drain or Drain(len(self.open))).close(self.open, _send_away)


def _stays(scope: Scope) -> bool:
    """Tell whether the connection outlives the response, so that a head may say so beside what the server adds to it."""
    return scope["http_version"] == "1.1" and Headers(scope=scope).get("connection", "").lower() != "close"


def _show_life(stream: EventStream | StreamSocket) -> None:
    if not stream.unsent_bytes:
        stream.write(_SIGN_OF_LIFE)


def _send_away(stream: EventStream | StreamSocket, wait_ms: int) -> None:
    stream.write(event(None, retry_ms=min(wait_ms, LONGEST_RETRY_MS)))
    stream.close(RESTARTING.code, RESTARTING.reason)


class EventStreamResponse(Response):
    """A Starlette response that lasts as long as its connection, or hands its socket over where the server lets it."""

    def __init__(self, streams: EventStreams, listener: Listener, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({**_HEADERS, **(headers or {})})
        self._streams = streams
        self.listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, then events until either side ends."""
        headers = [each for each in self.raw_headers if each[0] != b"connection" or _stays(scope)]
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
        except BaseException:
            self.listener.closed(ABNORMAL, "", False)
            raise
        if self._takes_socket(scope):
            return
        stream = EventStream(scope, receive, send, self.listener, self._streams)
        self._streams.open.add(stream)
        try:
            await stream.run()
        finally:
            self._streams.open.discard(stream)

    def _takes_socket(self, scope: Scope) -> bool:
        """Let the stream live on the bare socket, so that request, response and task can go; False where it cannot."""
        take_over = scope.get("extensions", {}).get(TAKE_OVER_EXTENSION)
        if take_over is None or scope["http_version"] != "1.1" or scope["method"] == "HEAD":
            return False
        registry = take_over()
        if registry is None:
            return False
        peer = PeerInfo.from_scope(scope)
        StreamSocket(
            take_over.args[0],
            peer,
            self.listener,
            budget_bytes=self._streams.budget_bytes,
            close_timeout_s=self._streams.close_timeout_s,
            members=(registry, self._streams.open),
        ).begin()
        return True


class EventStream(QueuedConnection):
    """One event stream; a `Connection` that takes events encoded by `codecs.sse` and receives nothing.

    The listener is told `closed` with 1006 when the client goes away, which a stream cannot tell from being lost.
    """

    __slots__ = ("_abort_transport", "_receive", "_send")

    framing = "sse"

    def __init__(self, scope: Scope, receive: Receive, send: Send, listener: Listener, streams: EventStreams) -> None:
        super().__init__(PeerInfo.from_scope(scope), listener, streams.budget_bytes, streams.close_timeout_s)
        self._receive = receive
        self._send = send
        self._abort_transport = scope.get("extensions", {}).get(ABORT_EXTENSION)

    @property
    def unsent_bytes(self) -> int:
        """How much was written that the server has not taken."""
        return self._queued_bytes

    async def run(self) -> None:
        """Live until the response is complete or the client is gone."""
        await self._live(self._until_gone())

    async def _until_gone(self) -> None:
        # ASGI gives this message too once the response is complete.
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _send_batch(self, batch: list[bytes]) -> None:
        await self._body(b"".join(batch), more=True)

    async def _send_farewell(self, code: int, reason: str) -> None:
        await self._body(b"", more=False)
        self._ended(code, reason, clean=True)

    async def _body(self, body: bytes, *, more: bool) -> None:
        message: dict[str, Any] = {"type": "http.response.body", "body": body, "more_body": more}
        await self._send(message)

    def _cut(self) -> None:
        if self._abort_transport is None:
            super()._cut()
        else:
            self._abort_transport()
