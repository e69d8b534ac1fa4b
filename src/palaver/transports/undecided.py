"""A WebSocket whose wire is not known yet: its first frame shows it, or its silence does.

Where several dialects share an address, each says in its endpoints what is its own; which of them is asked is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from palaver.core.disconnects import UNIDENTIFIED
from palaver.dialects.base import Payload
from palaver.hub.ports.clock import Timer
from palaver.transports.connection import Connection
from palaver.transports.conversation import IDENTIFY_WITHIN_S, Conversation, widen


@dataclass(frozen=True)
class Wire:
    """One dialect that a client may turn out to speak.

    Attributes:
        begin: makes the conversation in it.
        first: tell of a frame whether it is a first one of this wire.
        silence: a client who waits for the server to speak first speaks this one.
        first_frame_bytes: how large its first frame may be, where that is more than the transport gives.
    """

    begin: Callable[[], Conversation]
    first: tuple[Callable[[Payload], bool], ...] = ()
    silence: bool = False
    first_frame_bytes: int = 0


class Undecided:
    """The listener of a connection until its wire is known; then the connection gets a conversation for its listener.

    A client that stays silent is taken for one who waits for the server. Should its first frame, when it comes, be another
    wire's own, then the session that was begun for it ends, and a conversation in the other wire begins.
    """

    subprotocol: str | None = None

    def __init__(
        self,
        wires: Sequence[Wire],
        *,
        silence_s: float,
        call_later: Callable[[float, Callable[[], None]], Timer],
        gone: Callable[[], None],
    ) -> None:
        """`gone` is called when the connection ends before it has a conversation."""
        self._wires = wires
        self._silent = next((wire for wire in wires if wire.silence), None)
        self._silence_s = silence_s
        self._call_later = call_later
        self._gone = gone
        self._connection: Connection | None = None
        self._timer: Timer | None = None
        self._guess: Conversation | None = None

    def opened(self, connection: Connection) -> None:
        """Take the connection; where some wire is known by silence, wait so long for a frame."""
        self._connection = connection
        widen(connection, max(wire.first_frame_bytes for wire in self._wires))
        if self._silent is not None:
            self._timer = self._call_later(self._silence_s, self._take_silence)
        else:
            self._timer = self._call_later(IDENTIFY_WITHIN_S, self._give_up)

    def received(self, payload: bytes, binary: bool = False) -> None:
        """Give the connection to the wire whose frame this is; a frame that is nobody's own goes to whom silence means."""
        self._stop_timer()
        connection, guess, wire = self._connection, self._guess, self._claimant(payload)
        assert connection is not None
        if guess is not None and wire is self._silent:
            conversation = connection.listener = guess
        else:
            if guess is not None:
                guess.withdraw()
            conversation = connection.listener = wire.begin()
            conversation.opened(connection)
        connection.listener.received(payload, binary)

    def closed(self, code: int, reason: str, clean: bool) -> None:
        """Nobody is left to decide for."""
        self._stop_timer()
        self._connection = None
        if self._guess is not None:
            self._guess.closed(code, reason, clean)
        else:
            self._gone()

    def _claimant(self, payload: Payload) -> Wire:
        for wire in self._wires:
            if any(is_own(payload) for is_own in wire.first):
                return wire
        return self._silent or self._wires[0]

    def _take_silence(self) -> None:
        self._timer = None
        if self._connection is not None and self._silent is not None:
            self._guess = self._silent.begin()
            self._guess.opened(self._connection)

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.close(UNIDENTIFIED.code, UNIDENTIFIED.reason)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
