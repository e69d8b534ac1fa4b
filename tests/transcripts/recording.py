"""What a server said while a transcript was played, kept so that changed copies of the transcript can be held against it.

A server does not know what it was expected to say: whatever lines of expectation are changed, it says the same. So it need
not run again.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from tests.fakes import FakeClock
from tests.transcripts.connections import Closed
from tests.transcripts.http import Answered, Asked
from tests.transcripts.replay import Play, Stage
from tests.transcripts.values import Mismatch, Values
from tests.transcripts.wires import Wire

_END = b""


class Recorded:
    """What everybody was told, in order: frames, answers, and blocks of streams. It can be played on like any stage."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.told: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._heard: dict[tuple[str, str], int] = {}

    @property
    def http(self) -> Recorded:
        return self

    def from_here(self) -> Recorded:
        """Return a copy in which everybody has heard as much, and that goes on by itself."""
        copied = copy.copy(self)
        copied._heard = dict(self._heard)
        return copied

    async def connect(self, who: str, address: str, wire: Wire) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, who: str, payload: str | bytes) -> None: ...

    async def part(self, who: str, *, clean: bool) -> None: ...

    async def receive(self, who: str) -> bytes | Closed:
        received: bytes | Closed = self._next("frame", who)
        return received

    async def ask(self, who: str, asked: Asked) -> Answered:
        answer: Answered = self._next("answer", who)
        return answer

    async def read(self, who: str) -> bytes:
        block: bytes = self._next("block", who)
        if block == _END:
            raise Mismatch(f"{who} reads nothing, and the stream is over")
        return block

    async def ended(self, who: str) -> None:
        if self._next("block", who) != _END:
            raise Mismatch(f"the stream of {who} goes on")

    hang_up = ended

    async def check_all_read(self) -> None:
        for (kind, who), told in self.told.items():
            if kind == "block" and self._heard.get((kind, who), 0) < len(told):
                raise Mismatch(f"the stream of {who} has more")

    def _next(self, kind: str, who: str) -> Any:
        heard = self._heard.get((kind, who), 0)
        if heard == len(self.told[kind, who]):
            raise Mismatch(f"{who} is told nothing")
        self._heard[kind, who] = heard + 1
        return self.told[kind, who][heard]


class Recorder:
    """Passes everything on to a stage, and keeps what comes back."""

    def __init__(self, stage: Stage) -> None:
        self.recorded = Recorded()
        self.clock = stage.clock
        self._stage = stage

    @property
    def http(self) -> Recorder:
        return self

    async def connect(self, who: str, address: str, wire: Wire) -> None:
        await self._stage.connect(who, address, wire)

    async def stop(self) -> None:
        await self._stage.stop()

    async def send(self, who: str, payload: str | bytes) -> None:
        await self._stage.send(who, payload)

    async def part(self, who: str, *, clean: bool) -> None:
        await self._stage.part(who, clean=clean)

    async def receive(self, who: str) -> bytes | Closed:
        received = await self._stage.receive(who)
        self.recorded.told["frame", who].append(received)
        return received

    async def ask(self, who: str, asked: Asked) -> Answered:
        answer = await self._stage.http.ask(who, asked)
        self.recorded.told["answer", who].append(answer)
        return answer

    async def read(self, who: str) -> bytes:
        block = await self._stage.http.read(who)
        self.recorded.told["block", who].append(block)
        return block

    async def ended(self, who: str) -> None:
        await self._stage.http.ended(who)
        self.recorded.told["block", who].append(_END)

    async def hang_up(self, who: str) -> None:
        await self._stage.http.hang_up(who)
        self.recorded.told["block", who].append(_END)

    async def check_all_read(self) -> None:
        await self._stage.http.check_all_read()


def from_here(play: Play, stage: Recorded) -> Play:
    """Return a copy of a play on a recording, which goes on from the same line by itself."""
    copied = copy.copy(play)
    copied.stage = stage.from_here()
    copied.values = Values(play.values.token, list(play.values.moments), dict(play.values.bound))
    copied.seqs, copied.answers = dict(play.seqs), dict(play.answers)
    copied.wires, copied.identified, copied.connected = dict(play.wires), set(play.identified), set(play.connected)
    return copied
