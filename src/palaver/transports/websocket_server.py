"""Knows the WebSocket connections of a process, and which upgrade requests become one; `http` hands them over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from palaver.codecs.websocket_handshake import HandshakeError, accept_upgrade, switching_protocols
from palaver.transports.connection import HttpRefusal, Listener, ListenerFactory, PeerInfo
from palaver.transports.draining import BACK_AFTER_S, Drain, tell_in_close_frame
from palaver.transports.keepalive import Rounds
from palaver.transports.unfinished import Unfinished
from palaver.transports.websocket import WebSocketConnection, WebSocketSettings

log = structlog.get_logger(__name__)

_RESTARTING = HttpRefusal(
    503, b"server is restarting", (*HttpRefusal(0).headers, ("Retry-After", f"{BACK_AFTER_S:.0f}"))
)


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """What an HTTP server knows of a request that wants to become a WebSocket; header names in lower case."""

    method: str
    http_version: str
    target: bytes
    headers: Iterable[tuple[bytes, bytes]]
    remote: str
    secure: bool
    certified: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that may become a connection once `response` is written."""

    peer: PeerInfo
    listener: Listener
    response: bytes


class WebSocketServer:
    """Accepts upgrades through a factory and knows every WebSocket connection of this process."""

    def __init__(self, factory: ListenerFactory, settings: WebSocketSettings | None = None) -> None:
        self._factory = factory
        self._settings = settings or WebSocketSettings()
        self._leaving = False
        self.unfinished = Unfinished()
        self.connections: Rounds[WebSocketConnection] = Rounds(
            WebSocketConnection.visit, self._settings.ping_interval_s
        )

    @property
    def settings(self) -> WebSocketSettings:
        """The limits now in force; setting them reaches open connections too, but for budget and message size."""
        return self._settings

    @settings.setter
    def settings(self, settings: WebSocketSettings) -> None:
        self._settings = settings
        self.connections.period_s = settings.ping_interval_s

    def answer(self, request: UpgradeRequest) -> Accepted | HttpRefusal:
        """Judge an upgrade request: first the handshake, then the factory. A bug in the factory gives 500.

        Who comes back while the process ends is sent on to the next one, by 503: this one can keep no promise.
        """
        if self._leaving:
            return _RESTARTING
        try:
            accept = accept_upgrade(request.method, request.http_version, request.headers)
            peer = PeerInfo.from_request(
                request.target, request.headers, request.remote, secure=request.secure, certified=request.certified
            )
            offered = peer.subprotocols
            listener = self._factory(peer)
            if isinstance(listener, HttpRefusal):
                log.info("websocket_refused", path=peer.path, remote=peer.remote, status=listener.status)
                return listener
            _check_choice(listener.subprotocol, offered)
        except HandshakeError as error:
            return HttpRefusal(error.status, str(error).encode(), (*HttpRefusal(0).headers, *error.headers))
        except Exception:
            log.exception("listener_factory_failed", remote=request.remote)
            return HttpRefusal(500, b"Internal Server Error")
        return Accepted(peer, listener, switching_protocols(accept, listener.subprotocol))

    async def close_all(self, drain: Drain | None = None) -> None:
        """Close every connection with 1012 and the wait before its return, and take no other from now on.

        Returns when all have been asked to close; each is gone at the latest `close_timeout_s` after that.
        """
        self._leaving = True
        await (drain or Drain(len(self.connections))).close(self.connections, tell_in_close_frame)


def _check_choice(subprotocol: str | None, offered: tuple[str, ...]) -> None:
    if subprotocol is not None and subprotocol not in offered:
        raise ValueError(f"subprotocol {subprotocol!r} was not offered")
