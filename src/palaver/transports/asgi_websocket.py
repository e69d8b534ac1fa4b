"""Knows WebSocket connections behind any ASGI server, for an app mounted in another; the wire is left to that server."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send

from palaver.codecs.websocket import (
    ABNORMAL,
    NO_STATUS,
    POLICY,
    TOO_BIG,
)
from palaver.codecs.websocket_handshake import HandshakeError
from palaver.transports.connection import (
    BYTES_BEGIN,
    MESSAGE_END,
    HttpRefusal,
    Listener,
    ListenerFactory,
    PeerInfo,
)
from palaver.transports.draining import Drain, tell_in_close_frame
from palaver.transports.queued import QueuedConnection
from palaver.transports.websocket import WebSocketSettings

log = structlog.get_logger(__name__)


class AsgiWebSockets:
    """An ASGI application for `websocket` scopes that serves the listeners of a factory.

    Pings, frames and their errors are the server's affair: of the settings, `max_message_bytes`, `budget_bytes` and
    `close_timeout_s` count, and a message is measured only after the server has read it.
    """

    def __init__(self, factory: ListenerFactory, settings: WebSocketSettings | None = None) -> None:
        self._factory = factory
        self.settings = settings or WebSocketSettings()
        self.connections: set[AsgiWebSocketConnection] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one upgrade request and live as long as its connection."""
        await receive()  # websocket.connect
        peer = PeerInfo.from_scope(scope)
        answer = self._judge(peer)
        if isinstance(answer, HttpRefusal):
            log.info("websocket_refused", path=peer.path, remote=peer.remote, status=answer.status)
            await _refuse(answer, scope, send)
            return
        await send({"type": "websocket.accept", "subprotocol": answer.subprotocol})
        connection = AsgiWebSocketConnection(peer, receive, send, answer, self.settings)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    async def close_all(self, drain: Drain | None = None) -> None:
        """Close every connection that is open now with 1012 and the wait before its return."""
        await (drain or Drain(len(self.connections))).close(list(self.connections), tell_in_close_frame)

    def _judge(self, peer: PeerInfo) -> Listener | HttpRefusal:
        try:
            _ = peer.subprotocols
            return self._factory(peer)
        except HandshakeError as error:
            return HttpRefusal(error.status, str(error).encode())
        except Exception:
            log.exception("listener_factory_failed", path=peer.path, remote=peer.remote)
            return HttpRefusal(500, b"Internal Server Error")


class AsgiWebSocketConnection(QueuedConnection):
    """One WebSocket of an ASGI server; a `Connection` whose `write` takes whole messages; see `Connection.framing`."""

    __slots__ = ("_may_read", "_receive", "_send")

    framing = "asgi"

    def __init__(
        self, peer: PeerInfo, receive: Receive, send: Send, listener: Listener, settings: WebSocketSettings
    ) -> None:
        super().__init__(peer, listener, settings.budget_bytes, settings.close_timeout_s)
        self.max_message_bytes = settings.max_message_bytes
        self._receive = receive
        self._send = send
        self._may_read: asyncio.Future[None] | None = None  # set while paused

    async def run(self) -> None:
        """Live until the server says that the connection is over."""
        await self._live(self._until_gone())

    def pause_reading(self) -> None:
        """Take no further message from the server, which holds its peer back when its own queue is full."""
        if self._may_read is None and self._open:
            self._may_read = asyncio.get_running_loop().create_future()

    def resume_reading(self) -> None:
        """Take messages again."""
        if self._may_read is not None:
            self._may_read.set_result(None)
            self._may_read = None

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Send what is queued, then close; messages that still come in are dropped."""
        super().close(code, reason)
        self.resume_reading()

    async def _until_gone(self) -> None:
        while (message := await self._receive())["type"] != "websocket.disconnect":
            self._take(message)
            while self._may_read is not None:
                await self._may_read
        code = message.get("code", ABNORMAL)
        if code in (NO_STATUS, ABNORMAL):
            # uvicorn says 1005 of a lost connection too; to wait for a client in vain is the lesser fault.
            self._ended(ABNORMAL, "", clean=False)
        else:
            self._ended(code, message.get("reason") or "", clean=True)

    def _take(self, message: Any) -> None:
        text = message.get("text")
        payload = text.encode() if text is not None else message.get("bytes") or b""
        if self.max_message_bytes and len(payload) > self.max_message_bytes:
            self.close(TOO_BIG, f"message is larger than {self.max_message_bytes} bytes")
        elif self._open:
            self._call(self.listener.received, payload, text is None)

    async def _send_batch(self, batch: list[bytes]) -> None:
        for payload in b"".join(batch).split(MESSAGE_END):
            if payload[:1] == BYTES_BEGIN:
                await self._send({"type": "websocket.send", "bytes": b64decode(payload[1:])})
            elif payload:
                await self._send({"type": "websocket.send", "text": payload.decode()})

    async def _send_farewell(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


async def _refuse(refusal: HttpRefusal, scope: Scope, send: Send) -> None:
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": POLICY, "reason": ""})
        return
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": refusal.body})
