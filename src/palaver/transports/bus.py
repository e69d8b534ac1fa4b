"""Sessions of programs that are connected to a bus and not to us: a subject to hear on, another to speak on.

To the conversation above, such a session is a connection like any other. What the subjects carry is left to the dialect.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

import structlog

from palaver.codecs.websocket import NORMAL, SLOW
from palaver.dialects.base import Call, Dialect, Payload
from palaver.hub.hub import Hub
from palaver.transports.connection import MESSAGE_END, Listener, PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.views import Views

log = structlog.get_logger()

FRAMING = "asgi"
MAX_SESSIONS = 1000
WAITING_FRAMES = 1000
"""That came in while the session rests; one more ends it."""


class Bus(Protocol):
    """Carries messages between programs; neither verb waits."""

    def tell(self, subject: str, payload: bytes) -> None:
        """Send a message some time soon, or drop it where too many wait."""
        ...

    def listen(self, subject: str, hear: Callable[[bytes], bytes | None]) -> None:
        """Hand over every message of a subject from now on; what is returned is sent to whoever wants an answer."""
        ...

    def ignore(self, subject: str) -> None:
        """Hand over no more messages of a subject."""
        ...


class BusConnection:
    """One session of a program on the bus, as a `Connection`."""

    framing = FRAMING
    unsent_bytes = 0
    """The bus bounds what waits for it."""

    def __init__(
        self,
        listener: Listener,
        send: Callable[[Payload], None],
        soon: Callable[[Callable[[], None]], None],
        gone: Callable[[BusConnection], None],
    ) -> None:
        """`send` takes each frame; `soon` does something at the end of a turn of the loop; `gone` is called at the end."""
        self.peer = PeerInfo("", b"", (), "")
        self.listener = listener
        self.max_message_bytes = 0
        self.is_open = True
        self._send = send
        self._soon = soon
        self._gone = gone
        self._rests = False
        self._waiting: deque[Payload] = deque()

    def write(self, data: bytes) -> None:
        """Send frames on the bus."""
        if self.is_open:
            for frame in data.split(MESSAGE_END)[:-1]:
                self._send(frame)

    def receive(self, payload: Payload) -> None:
        """Take a frame from the bus; while the session rests, it waits."""
        if not self.is_open or (self.max_message_bytes and len(payload) > self.max_message_bytes):
            return
        if not self._rests and not self._waiting:
            self.listener.received(payload)
        elif len(self._waiting) < WAITING_FRAMES:
            self._waiting.append(payload)
        else:
            self.close(SLOW, "speaking too fast")

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """End the session; the listener is told from a later turn."""
        if self.is_open:
            self.is_open = False
            self._waiting.clear()
            self._soon(partial(self._tell_closed, code, reason))

    def abort(self) -> None:
        """End the session."""
        self.close()

    def pause_reading(self) -> None:
        """Let frames wait."""
        self._rests = True

    def resume_reading(self) -> None:
        """Go on with the frames that wait."""
        self._rests = False
        self._soon(self._go_on)

    def _go_on(self) -> None:
        while self._waiting and not self._rests:
            self.listener.received(self._waiting.popleft())

    def _tell_closed(self, code: int, reason: str) -> None:
        self._gone(self)
        self.listener.closed(code, reason, True)


class BusSessions:
    """Every session that programs on the bus have opened."""

    def __init__(self, hub: Hub, dialect: Dialect, bus: Bus) -> None:
        self._hub = hub
        self._dialect = dialect
        self._bus = bus
        self._views = Views()
        self._open: dict[str, tuple[BusConnection, str]] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._open)

    def __iter__(self) -> Iterator[BusConnection]:
        """Iterate over their connections, as they are now."""
        return iter([connection for connection, _ in self._open.values()])

    def open(
        self,
        name: str,
        call: Call,
        hear: Callable[[Payload], None],
        *,
        speaks: str,
        first: tuple[Payload, ...] = (),
    ) -> BusConnection | None:
        """Open a session under a program's name for it, in place of one that has the name; None where there are too many.

        `hear` takes each frame that goes to it; it `speaks` on a subject, after the `first` frames.
        """
        self.close(name)
        if len(self._open) >= MAX_SESSIONS:
            log.warning("bus_sessions_full", limit=MAX_SESSIONS)
            return None
        conversation = Conversation(
            self._hub,
            self._views,
            self._views.view(self._dialect, FRAMING),
            address="",
            subprotocol=None,
            session_frame_bytes=self._dialect.max_frame_bytes,
            call=lambda: call,
            resumable=False,
        )

        def gone(connection: BusConnection) -> None:
            if self._open.get(name, (None, ""))[0] is connection:
                del self._open[name]
                self._bus.ignore(speaks)

        connection = BusConnection(conversation, hear, self._hub.clock.call_soon, gone)
        self._open[name] = (connection, speaks)
        conversation.opened(connection)
        for frame in first:
            connection.receive(frame)
        self._bus.listen(speaks, connection.receive)
        return connection

    def close_all(self) -> None:
        """End every session."""
        for name in tuple(self._open):
            self.close(name)

    def close(self, name: str) -> None:
        """End the session of a name; where there is none, nothing happens."""
        connection, speaks = self._open.pop(name, (None, ""))
        if connection is not None:
            self._bus.ignore(speaks)
            # Now and not later, since another may take its place in this very turn.
            connection.is_open = False
            connection.listener.closed(NORMAL, "", True)
