"""Knows WebSockets of Engine.IO: those that carry a session from its start, and those that relieve its polling."""

from __future__ import annotations

from collections.abc import Callable

from palaver.codecs.websocket import POLICY, PROTOCOL_ERROR, text_frame
from palaver.transports.connection import Connection
from palaver.transports.engine_outbox import write_of
from palaver.transports.engineio import EngineSession


class EngineSocket:
    """The listener of a WebSocket that carries a session from its start, or wants to relieve its polling."""

    __slots__ = ("_begin", "_connection", "_gone", "_session", "_start")

    subprotocol: str | None = None

    def __init__(
        self,
        session: EngineSession | None,
        *,
        begin: Callable[[], EngineSession],
        start: Callable[[EngineSession, Connection], None],
        gone: Callable[[], None],
    ) -> None:
        """Without a `session`, `begin` makes one and `start` lets it speak; `gone` is called if it never comes to that."""
        self._session = session
        self._begin = begin
        self._start = start
        self._gone = gone
        self._connection: Connection | None = None

    def opened(self, connection: Connection) -> None:
        """Begin the session, or wait for its probe."""
        if self._session is None:
            self._session = self._begin()
            self._start(self._session, connection)
            return
        self._connection = connection
        if not self._session.may_upgrade:
            connection.close(POLICY, "the session has another transport")
            return
        self._session.expect(connection)

    def received(self, payload: bytes, binary: bool = False) -> None:
        """Pass a frame on; before the upgrade there are but two."""
        session, connection = self._session, self._connection
        assert session is not None
        if connection is None:
            session.received(payload, binary)
        elif payload == b"2probe" and not binary:
            write_of(connection)(text_frame(b"3probe"))
            session.probed(connection)
        elif payload == b"5" and not binary and session.upgrade(connection):
            self._connection = None
        else:
            connection.close(PROTOCOL_ERROR, "an upgrade is a probe, then a change")

    def closed(self, code: int, reason: str, clean: bool) -> None:
        """End the session with its WebSocket; one that polls goes on."""
        session, connection = self._session, self._connection
        if session is None:
            self._gone()
        elif connection is None:
            session.socket_closed(code, reason, clean)
        else:
            session.not_upgraded(connection)
