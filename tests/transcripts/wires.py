"""How a client of each dialect connects, and how its frames stand in a transcript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from palaver.dialects.native.wire import SUBPROTOCOL


@dataclass(frozen=True)
class Wire:
    """How a client of a dialect connects, and how it learns that nothing more is on its way to it.

    Attributes:
        probe: a frame that is always answered, and only with `answer` in the answer.
        hello: what a client says before anything else; the server has spoken before, and answers each.
        read: a frame as it stands in a transcript.
        write: the other way round.
    """

    path: str
    probe: str
    answer: str
    subprotocol: str | None = None
    hello: tuple[str, ...] = ()
    read: Callable[[bytes], Any] = json.loads
    write: Callable[[Any], str] = json.dumps


def _read_packet(frame: bytes) -> Any:
    """Return an event as its name and arguments, an answer as `{"answers": id, "with": […]}`."""
    match = re.fullmatch(rb"4([23])(\d*)(\[.*\])", frame, re.DOTALL)
    if match is None:
        return frame.decode()
    values = json.loads(match[3])
    return values if match[1] == b"2" else {"answers": int(match[2]), "with": values}


def _write_packet(frame: Any) -> str:
    """Return the packet of an event: its name and arguments, or `{"asks": id, "event": […]}`."""
    if isinstance(frame, dict):
        return f"42{frame['asks']}{json.dumps(frame['event'], separators=(',', ':'))}"
    return f"42{json.dumps(frame, separators=(',', ':'))}"


WIRES = {
    "conference": Wire(
        "/socket.io/?EIO=4&transport=websocket",
        '42999["anything more?"]',
        "43999",
        hello=("40{}",),
        read=_read_packet,
        write=_write_packet,
    ),
    "native": Wire("/native/ws", '{"id":-1,"ask":{"type":"keepalive"}}', '"reply":-1', SUBPROTOCOL),
    "spreed": Wire("/spreed/ws", '{"Type":"Alive","Alive":{"Type":"Alive","Alive":0}}', '"Alive":0}'),
    "barertc": Wire("/barertc/ws", '{"action":"anything more?"}', ": anything more?"),
}
