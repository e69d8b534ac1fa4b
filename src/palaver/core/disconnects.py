"""Why a connection ends, with the close code each reason has on a WebSocket, and whether the client may come back."""

from __future__ import annotations

import re

from palaver.core.base import Value

_WAIT = re.compile(r";wait_ms=([0-9]{1,7})$")


class Disconnect(Value, frozen=True):
    """The end of a connection.

    Attributes:
        code: WebSocket close code (RFC 6455 §7.4; 4000 to 4999 are ours).
        reason: stable word for clients.
        may_return: a client may connect again and resume; otherwise its session is gone.
    """

    code: int
    reason: str
    may_return: bool


LEFT = Disconnect(1000, "left", False)
RESTARTING = Disconnect(1012, "restarting", True)
SLOW = Disconnect(1013, "too_slow", True)
BROKEN = Disconnect(1011, "server_fault", True)
REPLACED = Disconnect(4001, "replaced", False)
KICKED = Disconnect(4002, "kicked", False)
BANNED = Disconnect(4003, "banned", False)
SIGNED_OUT = Disconnect(4004, "signed_out", False)
UNIDENTIFIED = Disconnect(4005, "not_identified_in_time", True)


def with_wait(word: str, wait_ms: int) -> str:
    """Return a reason for a close frame that says, too, after how many milliseconds to come back."""
    return f"{word};wait_ms={wait_ms}"


def wait_asked_ms(reason: str) -> int:
    """Return after how many milliseconds a close frame's reason asks to come back; 0 where it asks for nothing."""
    asked = _WAIT.search(reason)
    return int(asked[1]) if asked is not None else 0
