"""Knows uvicorn's HTTP protocol and hands upgrades to `transports.websocket_server`; requests are left to the app."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from palaver.codecs.websocket_handshake import asks_for_websocket
from palaver.transports.connection import CERTIFIED_EXTENSION, HttpRefusal
from palaver.transports.keepalive import Rounds
from palaver.transports.websocket import WebSocketConnection
from palaver.transports.websocket_server import UpgradeRequest, WebSocketServer

log = structlog.get_logger(__name__)

MAX_HEAD_BYTES = 1 << 16
ABORT_EXTENSION = "palaver.abort"
"""Key in an HTTP scope's `extensions` whose value cuts the request's connection: ASGI has no word for it."""
TAKE_OVER_EXTENSION = "palaver.take_over"
"""The same for `take_over`: the socket itself, for an answer that never ends."""


def take_over(transport: asyncio.Transport) -> set[Any] | None:
    """Detach uvicorn from a socket on which the head of a chunked response was sent; the caller sets its own protocol.

    Request, response and task would cost 16 KiB for as long as an idle stream lasts. Returns uvicorn's set of connections
    that it asks to shut down, in which the new protocol should stand; None where the socket cannot be had: the client is
    gone, or has sent another request behind this one.
    """
    protocol = transport.get_protocol()
    return protocol.let_go() if isinstance(protocol, HttpProtocol) else None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may keep an HTTP connection waiting before it is cut; never by more than two checks later.

    Attributes:
        head_s: for a whole request head, from the start of the connection or the end of the last answer. An idle
            connection that was served is the business of uvicorn's own timer, until its first byte.
        body_s: for the rest of a request.
        unread_s: without taking any byte of an answer.
        check_s: how often every connection is looked at.
    """

    head_s: float = 20.0
    body_s: float = 330.0
    unread_s: float = 60.0
    check_s: float = 5.0


def uvicorn_options(websockets: WebSocketServer, patience: Patience | None = None) -> dict[str, Any]:
    """Return what `uvicorn.Config` needs beside app and address, so that HTTP and WebSocket share its port.

    uvicorn's reading of proxy headers is off: the app judges them by its own trusted proxies (`transports.address`).
    """
    patience = patience or Patience()
    watch = Rounds(HttpProtocol.visit, patience.check_s)
    protocol = partial(HttpProtocol, websockets=websockets, watch=watch, patience=patience)
    return {"http": protocol, "ws": "none", "proxy_headers": False}


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol for HTTP/1.1, in which a WebSocket upgrade becomes a `WebSocketConnection`.

    Nothing that came in behind the upgrade request is lost, and a request head over 64 KiB gets 431. Whoever sends a
    request, or reads its answer, too slowly is cut.
    """

    def __init__(
        self, *args: Any, websockets: WebSocketServer, watch: Rounds[HttpProtocol], patience: Patience, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._websockets = websockets
        self._watch = watch
        self._patience = patience
        self._certified = ""  # whom a certificate names that the client showed, and TLS has verified
        self._in_head = True
        self._head_bytes = 0
        self._waits_s = 0.0  # how long is put up with what is waited for
        self._visits = 0  # since that is waited for
        self._behind = 0  # bytes that the peer had not taken at the last visit

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch the connection from its first moment."""
        super().connection_made(transport)
        self._certified = _name_in(transport.get_extra_info("peercert"))
        self._watch.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch it no more."""
        self._watch.discard(self)
        super().connection_lost(exc)

    def visit(self) -> None:
        """Cut a peer that was waited for too long. Called once in every check interval."""
        waits_s = self._put_up_with()
        self._visits = self._visits + 1 if waits_s == self._waits_s else 1
        self._waits_s = waits_s
        if waits_s and (self._visits - 1) * self._patience.check_s >= waits_s:
            log.info("http_too_slow", remote=self._remote, waited_s=waits_s)
            self.transport.abort()

    def let_go(self) -> set[Any] | None:
        """Leave the socket to somebody else; see `take_over`."""
        cycle = self.cycle
        if self.transport.is_closing() or self.pipeline or cycle.disconnected or cycle.response_complete:
            return None
        if not cycle.chunked_encoding:
            return None
        # For uvicorn the client is gone: it expects no end of the response.
        cycle.disconnected = True
        self.connections.discard(self)
        self._watch.discard(self)
        self.parser = None  # type: ignore[assignment]  # it points back here
        self.flow.resume_reading()
        return self.connections

    def _put_up_with(self) -> float:
        """Return how long the peer may take for what it owes us now; 0 where the turn is ours."""
        unread, self._behind = self._behind, self.transport.get_write_buffer_size()
        if 0 < unread <= self._behind:
            return self._patience.unread_s  # whether or not the app has given all of its answer
        if self.cycle is None or self.cycle.response_complete:
            idle = self.timeout_keep_alive_task is not None and not self.transport.is_closing()
            return 0.0 if idle else self._patience.head_s
        if self.cycle.more_body:
            return self._patience.body_s
        return 0.0

    def data_received(self, data: bytes) -> None:
        """Feed the parser, as uvicorn does, but know where an upgrade request ends."""
        self._unset_keepalive_if_required()
        was_in_head = self._in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._upgrade(data[upgrade.args[0] :])
            else:
                self._unsupported_upgrade_warning()
        except httptools.HttpParserError:
            log.info("http_violated", remote=self._remote)
            self.send_400_response("Invalid HTTP request received.")
        else:
            self._head_bytes = self._head_bytes + len(data) if was_in_head and self._in_head else 0
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(HttpRefusal(431, b"Request head is too large."))

    def on_message_begin(self) -> None:
        """Called by the parser at the first byte of a request."""
        self._in_head = True
        super().on_message_begin()
        self.scope["extensions"] = {  # neither refers to this protocol, which would be a cycle
            ABORT_EXTENSION: self.transport.abort,  # type: ignore[dict-item]
            TAKE_OVER_EXTENSION: partial(take_over, self.transport),  # type: ignore[dict-item]
            CERTIFIED_EXTENSION: self._certified,  # type: ignore[dict-item]
        }

    def on_headers_complete(self) -> None:
        """Called by the parser when the head of a request is read."""
        self._in_head = False
        self._visits = 0
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0" and self.cycle is not None and self.cycle.scope is self.scope:
            # uvicorn would send chunks, which 1.0 does not know (RFC 9112 §6.1): the connection ends with the body.
            self.cycle.chunked_encoding = False
            self.cycle.expected_content_length = _Unmeasured()

    @property
    def _remote(self) -> str:
        return self.client[0] if self.client else ""

    def _should_upgrade(self) -> bool:
        return asks_for_websocket(self.headers)

    def _unsupported_upgrade_warning(self) -> None:
        log.info("upgrade_ignored", remote=self._remote)

    def _upgrade(self, received: bytes) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # Pipelined behind a request that is still being answered: there is no moment for a 101.
            self.transport.close()
            return
        version = self.scope["http_version"]
        request = UpgradeRequest(
            self.scope["method"],
            version,
            self.url,
            self.headers,
            self._remote,
            self.scheme == "https",
            self._certified,
        )
        answer = self._websockets.answer(request)
        if isinstance(answer, HttpRefusal):
            self._refuse(answer)
            return
        self.connections.discard(self)
        self._watch.discard(self)
        self.parser = None  # type: ignore[assignment]  # it points back here
        self.flow.resume_reading()
        self.transport.write(answer.response)
        connection = WebSocketConnection(
            self._websockets, self.connections, self.transport, answer.peer, answer.listener
        )
        connection.begin(received)

    def _refuse(self, refusal: HttpRefusal) -> None:
        status = next((status for status in HTTPStatus if status == refusal.status), None)
        lines = [f"HTTP/1.1 {refusal.status} {status.phrase if status else ''}"]
        lines += [f"{name.decode()}: {value.decode()}" for name, value in self.server_state.default_headers]
        lines += [f"{name}: {value}" for name, value in refusal.headers]
        lines += [f"Content-Length: {len(refusal.body)}", "Connection: close", "", ""]
        self.transport.write("\r\n".join(lines).encode("latin-1") + refusal.body)
        self.transport.close()


class _Unmeasured(int):
    """The bytes that are still expected of a body whose length is not known: whatever comes, and then none."""

    def __lt__(self, size: int) -> bool:
        return False

    def __sub__(self, size: int) -> _Unmeasured:
        return self


def _name_in(certificate: Any) -> str:
    """Return the common name of a verified certificate, in the form of `ssl.SSLSocket.getpeercert`; empty without one."""
    for part in (certificate or {}).get("subject", ()):
        for kind, value in part:
            if kind == "commonName":
                return str(value)
    return ""
