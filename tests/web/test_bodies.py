"""Bodies of requests, while they are being read."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from palaver.web import bodies
from palaver.web.problems import TooSlow

PATIENCE_S = 20.0


class Body:
    """A body that comes as it is sent here."""

    def __init__(self) -> None:
        self._parts: asyncio.Queue[Message] = asyncio.Queue()
        request = Request({"type": "http", "headers": []}, self._parts.get)
        self.read = asyncio.create_task(bodies.read_body(request, limit=1_000_000, within_s=60.0))

    async def bring(self, size: int, *, more: bool = True) -> None:
        self._parts.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": more})
        while not self._parts.empty():  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_all_that_are_being_read_hold_no_more_than_is_allowed_and_the_largest_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "UNFINISHED_BYTES", 500_000)
    first, largest, last = Body(), Body(), Body()
    await first.bring(150_000)
    await largest.bring(250_000)
    await last.bring(150_000)
    with pytest.raises(TooSlow):
        await asyncio.wait_for(largest.read, PATIENCE_S)
    for body, size in ((first, 150_000), (last, 150_000)):
        await body.bring(100_000, more=False)
        assert len(await body.read) == size + 100_000
