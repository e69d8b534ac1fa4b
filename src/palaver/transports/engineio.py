"""Knows sessions of Engine.IO: one client's way to us, by polling or by a WebSocket, and from the one to the other.

The bytes are left to `codecs.engineio`, requests over HTTP to `transports.polling`, what messages mean to the layer above.
What is written is framed for a WebSocket; a client that polls is given the same, taken apart and joined its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog

from palaver.codecs import engineio as wire
from palaver.codecs.engineio import EngineIoError, Kind, Packet
from palaver.codecs.websocket import (
    ABNORMAL,
    INTERNAL_ERROR,
    NO_STATUS,
    NORMAL,
    POLICY,
    PROTOCOL_ERROR,
    SLOW,
    TOO_BIG,
    text_frame,
)
from palaver.hub.ports.clock import Clock, Timer
from palaver.transports.connection import Connection, PeerInfo
from palaver.transports.engine_outbox import Outbox, packets, write_of
from palaver.transports.engine_settings import VISITS_PER_INTERVAL, EngineSettings

log = structlog.get_logger(__name__)


class Above(Protocol):
    """What an engine session carries messages for."""

    def message(self, content: bytes, binary: bool) -> None:
        """One message came in."""

    def over(self, code: int, reason: str, clean: bool) -> None:
        """The session is over. Called exactly once, last; codes as in `Listener.closed`."""


class Overlap(Exception):  # noqa: N818
    """A client asked for what waits, or brought something, twice at the same time. Its session is over."""


class EngineSession:
    """One client's session, whatever carries it."""

    __slots__ = (
        "_above",
        "_beats",
        "_bringing",
        "_clock",
        "_gone",
        "_known",
        "_limit",
        "_open",
        "_outbox",
        "_paused",
        "_probed",
        "_quiet",
        "_rested",
        "_socket",
        "_timer",
        "_told",
        "_upgrade_timer",
        "_upgrading",
        "address",
        "base64",
        "broken",
        "peer",
        "revision",
        "settings",
        "sid",
        "write",
    )

    def __init__(
        self,
        sid: str,
        revision: int,
        peer: PeerInfo,
        *,
        address: str,
        base64: bool,
        clock: Clock,
        settings: EngineSettings,
        gone: Callable[[EngineSession], None],
    ) -> None:
        """`base64` is for clients that take no bytes over polling; `gone` forgets the session."""
        self.sid = sid
        self.revision = revision
        self.peer = peer
        self.address = address
        self.base64 = base64
        self.settings = settings
        self.broken = ""
        """How the client broke the protocol; empty unless it did."""
        self.write: Callable[[bytes], None] = self._forward
        """Takes frames of `codecs.websocket`. What it is does not change once the session has begun."""
        self._clock = clock
        self._gone = gone
        self._above: Above | None = None
        self._socket: Connection | None = None
        self._upgrading: Connection | None = None
        self._upgrade_timer: Timer | None = None
        self._probed = False
        self._outbox = Outbox()
        self._bringing = False
        self._paused = False
        self._rested: asyncio.Future[None] | None = None
        self._known = False
        self._limit = settings.first_message_bytes
        self._open = True
        self._told = False
        self._quiet = 0
        self._beats = 0
        self._timer: Timer | None = None

    def begin(self, above: Above, socket: Connection | None = None) -> None:
        """Start to carry messages, on a WebSocket or else for a client that polls; nothing is said yet."""
        self._above = above
        if socket is not None:
            self._socket = socket
            self.write = write_of(socket)

    # --- what is asked from above ------------------------------------------------------------------------------------

    @property
    def on_websocket(self) -> bool:
        """Whether a WebSocket carries the session."""
        return self._socket is not None

    @property
    def is_open(self) -> bool:
        """Whether anything is taken from the client."""
        return self._open

    @property
    def is_asked(self) -> bool:
        """Whether the client polls, and nothing was there yet that it could have fetched."""
        return self._outbox.is_asked

    @property
    def is_paused(self) -> bool:
        """Whether the layer above wants no message just now."""
        return self._paused

    @property
    def max_message_bytes(self) -> int:
        """The largest message taken, in bytes; 0 is no limit."""
        return self._limit

    @max_message_bytes.setter
    def max_message_bytes(self, limit: int) -> None:
        self._limit, self._known = limit, True
        if self._socket is not None:
            self._socket.max_message_bytes = limit

    @property
    def max_body_bytes(self) -> int:
        """The largest body of a request that brings messages; clients put as many of them together as wait."""
        return self.settings.max_payload_bytes if self._known else self.settings.first_message_bytes

    @property
    def unsent_bytes(self) -> int:
        """How much was written that the client has not fetched, or its socket not taken."""
        return self._outbox.unfetched_bytes if self._socket is None else self._socket.unsent_bytes

    def send(self, packet: Packet) -> None:
        """Say something of the engine's own, as text."""
        self.write(text_frame(wire.encode(packet)))

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say goodbye after what was written. The layer above is told that it is over, later."""
        if not self._open:
            return
        self._open = False
        if self._socket is not None:
            self._socket.close(code, reason)
            return
        self._outbox.wake()
        self._end_upgrade()
        self._timer = self._clock.call_later(self.settings.farewell_s, partial(self._gone, self))
        self._clock.call_soon(partial(self._tell_over, code, reason, False))

    def abort(self) -> None:
        """End without a goodbye."""
        if self._socket is not None:
            self._open = False
            self._socket.abort()
        elif self._open:
            self._end(ABNORMAL, "")

    def violated(self, problem: str, code: int = PROTOCOL_ERROR) -> None:
        """End, since the client broke the protocol."""
        if self._open:
            self.broken = problem
            log.info("engine_violated", path=self.peer.path, remote=self.peer.remote, problem=problem)
            if self._socket is not None:
                self.close(code, problem)
            else:
                self._end(code, problem)

    def pause_reading(self) -> None:
        """Deliver no further message until `resume_reading`; who brings some by polling is answered once they are taken."""
        self._paused = True
        if self._socket is not None:
            self._socket.pause_reading()

    def resume_reading(self) -> None:
        """Go on delivering."""
        self._paused = False
        if self._socket is not None:
            self._socket.resume_reading()
        self._let_bringer_go_on()

    # --- what comes in -----------------------------------------------------------------------------------------------

    def received(self, payload: bytes, binary: bool) -> None:
        """Take one frame of the WebSocket."""
        self._quiet = 0
        if not self._open or self._above is None:
            return
        if not binary and payload[:1] == b"4":
            self._above.message(payload[1:], binary=False)
            return
        try:
            packet = wire.decode_binary(payload, self.revision) if binary else wire.decode(payload)
        except EngineIoError as problem:
            self.violated(str(problem))
        else:
            self._take(packet)

    async def bring(self, packets: list[Packet]) -> None:
        """Take what a client brought by polling, as fast as it is read. Raises Overlap."""
        if self._bringing:
            self.violated("it brought something twice at the same time")
            raise Overlap
        self._bringing = True
        try:
            for packet in packets:
                while self._paused and self._open:
                    self._rested = asyncio.get_running_loop().create_future()
                    await self._rested
                self._quiet = 0
                if self._open:
                    self._take(packet)
                elif packet.kind is Kind.CLOSE:
                    self._forget()
        except Exception:
            log.exception("listener_failed", path=self.peer.path, remote=self.peer.remote)
            self.close(INTERNAL_ERROR, "internal error")
        finally:
            self._bringing = False

    def _let_bringer_go_on(self) -> None:
        rested, self._rested = self._rested, None
        if rested is not None:
            rested.set_result(None)

    def _take(self, packet: Packet) -> None:
        if packet.kind is Kind.MESSAGE and self._above is not None:
            if self._limit and len(packet.data) > self._limit:
                self.violated(f"a message is larger than {self._limit} bytes", TOO_BIG)
            else:
                self._above.message(packet.data, packet.binary)
        elif packet.kind is Kind.PING and self.revision < 4:
            self.send(Packet(Kind.PONG))
        elif packet.kind is Kind.CLOSE:
            self._end(NO_STATUS, "")
        elif packet.kind is not Kind.PONG or self.revision < 4:
            self.violated(f"a client does not send {packet.kind.name}")

    # --- polling -----------------------------------------------------------------------------------------------------

    async def poll(self) -> list[Packet]:
        """Return what waits for the client, as soon as something does. Raises Overlap where somebody waits already."""
        if self.is_asked:
            self.close(POLICY, "it asked twice at the same time")
            raise Overlap
        self._quiet = 0
        if not self._outbox and not self._probed and self._open:
            await self._outbox.filled()
        return self.fetched()

    def fetched(self) -> list[Packet]:
        """Return what waits, which then waits no more, else the goodbye where one is due; whoever has it is forgotten.

        The goodbye comes alone: clients of 4.x close before they look at what came with it.
        """
        if self._outbox:
            return packets(self._outbox.take(), self.revision)
        if self._open:
            return [Packet(Kind.NOOP)]
        self._forget()
        return [Packet(Kind.CLOSE)]

    def gave_up(self) -> None:
        """End, since whoever waited for something went away."""
        if self._open and self._socket is None:
            self._end(ABNORMAL, "")

    def _forward(self, data: bytes) -> None:
        """Take frames for a client that polls, or that did when the session began."""
        if self._socket is not None:
            write_of(self._socket)(data)
            return
        if not self._open:
            return
        self._outbox.put(data)
        budget, behind = self.settings.budget_bytes, self._outbox.unfetched_bytes
        if budget and behind > budget >= behind - len(data):
            self._clock.call_soon(self._close_if_slow)

    def _close_if_slow(self) -> None:
        behind = self._outbox.unfetched_bytes
        if self._open and behind > self.settings.budget_bytes:
            log.info("engine_slow", path=self.peer.path, remote=self.peer.remote, behind_bytes=behind)
            self._outbox.take()
            self.close(SLOW, "reading too slowly")

    # --- the upgrade -------------------------------------------------------------------------------------------------

    @property
    def may_upgrade(self) -> bool:
        """Whether a WebSocket may try to relieve polling."""
        return self._open and self._socket is None and self._upgrading is None

    def expect(self, socket: Connection) -> None:
        """Give a WebSocket its time to relieve polling."""
        self._upgrading = socket
        self._upgrade_timer = self._clock.call_later(
            self.settings.upgrade_timeout_s, partial(socket.close, POLICY, "no upgrade in time")
        )

    def probed(self, socket: Connection) -> None:
        """Let the client stop asking: it waits for that before it changes over."""
        self._probed = socket is self._upgrading
        self._outbox.wake()

    def upgrade(self, socket: Connection) -> bool:
        """Let the WebSocket that probed carry the session from now on; False where it may not."""
        if not self._probed or socket is not self._upgrading or not self._open:
            return False
        self._forget_upgrade()
        self._socket = socket
        socket.max_message_bytes = self._limit
        if self._paused:
            socket.pause_reading()
        if self._outbox:
            self._forward(self._outbox.take())
        self._outbox.wake()
        return True

    def not_upgraded(self, socket: Connection) -> None:
        """Go on with polling: a WebSocket that wanted to relieve it is gone."""
        if socket is self._upgrading:
            self._forget_upgrade()

    def _forget_upgrade(self) -> None:
        self._upgrading, self._probed = None, False
        if self._upgrade_timer is not None:
            self._upgrade_timer.cancel()
            self._upgrade_timer = None

    def _end_upgrade(self) -> None:
        socket = self._upgrading
        self._forget_upgrade()
        if socket is not None:
            socket.close(NORMAL)

    # --- life and end ------------------------------------------------------------------------------------------------

    def visit(self) -> None:
        """Look after a sign of life; called `VISITS_PER_INTERVAL` times in every ping interval."""
        if not self._open:
            return
        self._beats += 1
        beat = self.revision >= 4 and self._beats % VISITS_PER_INTERVAL == 0
        if self._paused:
            # The silence is ours; but the client must not take us for gone.
            if beat:
                self.send(Packet(Kind.PING))
            return
        self._quiet += 1
        patience_s = self.settings.ping_interval_s + dict(self.settings.ping_timeout_s)[self.revision]
        if (self._quiet - 1) * self.settings.ping_interval_s / VISITS_PER_INTERVAL >= patience_s:
            log.info("engine_silent", path=self.peer.path, remote=self.peer.remote)
            self.abort()
        elif beat:
            self.send(Packet(Kind.PING))

    def socket_closed(self, code: int, reason: str, clean: bool) -> None:
        """The WebSocket that carried the session is gone."""
        self._open = False
        self._socket = None
        self._tell_over(code, reason, clean)
        self._forget()

    def _end(self, code: int, reason: str) -> None:
        """End at once; nobody is there for a goodbye, or deserves one."""
        if not self._open:
            return
        self._open = False
        if self._socket is not None:
            self._socket.close(NORMAL)
        self._end_upgrade()
        self._outbox.take()
        self._outbox.wake()
        self._tell_over(code, reason, code == NO_STATUS)
        self._forget()

    def _tell_over(self, code: int, reason: str, clean: bool) -> None:
        if self._told:
            return
        self._told = True
        above, self._above = self._above, None
        self._let_bringer_go_on()
        if above is not None:
            try:
                above.over(code, reason, clean)
            except Exception:
                log.exception("listener_failed", path=self.peer.path, remote=self.peer.remote)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.write = _dropped
        self._gone(self)


def _dropped(data: bytes) -> None:
    """Take what comes too late."""
