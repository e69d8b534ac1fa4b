"""Signals to sessions that are not connected, kept for a minute for programs that act in their place (§3.15)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from palaver.core import errors
from palaver.core.calls import MAX_SIGNAL_BYTES
from palaver.core.ids import SessionId
from palaver.dialects.base import Payload

LIFE_S = 60
MAX_PIPELINES = 1000
MAX_KEPT = 200
MAX_KEPT_BYTES = 4 << 20
MAX_ENVELOPE_BYTES = MAX_SIGNAL_BYTES + 4096


class UnknownPipeline(errors.Missing):
    """Nobody called anybody under that id within the last minute, or the call was ended."""

    code = "unknown_pipeline"
    sentence = "There is no such pipeline."


class Pipeline:
    """The signals from one session to another that was not there.

    Attributes:
        kept: envelopes as the receiver would have read them; their number in the list never changes.
        ends_s: when it is forgotten, unless it is used before.
    """

    __slots__ = ("ends_s", "kept", "receiver", "sender", "size")

    def __init__(self, sender: SessionId, receiver: SessionId) -> None:
        self.sender = sender
        self.receiver = receiver
        self.kept: list[Payload] = []
        self.size = 0
        self.ends_s = 0.0


class Pipelines:
    """Every pipeline of this node. Past its bounds, the one unused longest goes first."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` returns Unix seconds."""
        self._now = now
        # In the order of their last use, which is that of their ends.
        self._by_id: OrderedDict[str, Pipeline] = OrderedDict()
        self._size = 0

    def use(self, id: str, sender: SessionId, receiver: SessionId) -> None:  # noqa: A002 - the wire's word
        """Begin a pipeline, or let the one there is live for another minute."""
        self._sweep()
        found = self._by_id.get(id)
        if found is None:
            found = self._by_id[id] = Pipeline(sender, receiver)
            if len(self._by_id) > MAX_PIPELINES:
                self._forget(next(iter(self._by_id)))
        self._refresh(id, found)

    def keep(self, id: str, envelope: Payload) -> None:  # noqa: A002
        """Keep what its receiver was not there to read; what is too much is not kept."""
        found = self._by_id.get(id)
        if found is None or len(found.kept) >= MAX_KEPT or len(envelope) > MAX_ENVELOPE_BYTES:
            return
        found.kept.append(envelope)
        found.size += len(envelope)
        self._size += len(envelope)
        while self._size > MAX_KEPT_BYTES:
            self._forget(next(iter(self._by_id)))

    def find(self, id: str) -> Pipeline:  # noqa: A002
        """Return a pipeline, which lives for another minute. Raises UnknownPipeline."""
        self._sweep()
        found = self._by_id.get(id)
        if found is None:
            raise UnknownPipeline()
        self._refresh(id, found)
        return found

    def close(self, id: str) -> None:  # noqa: A002
        """Forget a pipeline whose call was ended."""
        if id in self._by_id:
            self._forget(id)

    def _refresh(self, id: str, pipeline: Pipeline) -> None:  # noqa: A002
        pipeline.ends_s = self._now() + LIFE_S
        self._by_id.move_to_end(id)

    def _sweep(self) -> None:
        now = self._now()
        while self._by_id:
            id, oldest = next(iter(self._by_id.items()))  # noqa: A001
            if oldest.ends_s > now:
                return
            self._forget(id)

    def _forget(self, id: str) -> None:  # noqa: A002
        self._size -= self._by_id.pop(id).size
