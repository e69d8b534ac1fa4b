"""Says how much and how long a session of Engine.IO is put up with; who keeps to it is left to `engineio` and `polling`."""

from __future__ import annotations

from dataclasses import dataclass

from palaver.transports.connection import BUDGET_BYTES

VISITS_PER_INTERVAL = 5


@dataclass(frozen=True)
class EngineSettings:
    """How much and how long is put up with.

    Attributes:
        ping_interval_s: the server of revision 4, the client of revision 3, gives a sign of life so often.
        ping_timeout_s: how long after that the other end may take, by revision.
        upgrade_timeout_s: how long a WebSocket may take to relieve polling.
        farewell_s: how long somebody who polls may take to fetch the goodbye.
        first_message_bytes: the largest message, and body of a request, before the layer above sets another limit.
        budget_bytes: what somebody who polls may leave unfetched; 0 is no limit.
        max_payload_bytes: the largest body of a request after that; one message in it keeps to its own limit.
    """

    ping_interval_s: float = 25.0
    ping_timeout_s: tuple[tuple[int, float], ...] = ((3, 5.0), (4, 20.0))
    upgrade_timeout_s: float = 10.0
    farewell_s: float = 10.0
    first_message_bytes: int = 1 << 16
    budget_bytes: int = BUDGET_BYTES
    max_payload_bytes: int = 1_000_000
