"""Readers that do not read: each is closed alone and may come back; the others, and the memory, notice nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.abuse.outsider import PATIENCE_S, Outsider, Wire
from tests.client.serving import serving

OUTBOX_BYTES = 262_144
UNLIMITED = f"[Limits]\nMessagesPerSecond = 0\nFramesPerSecond = 0\nAsksPerSecond = 0\nOutboxBytes = {OUTBOX_BYTES}\n"
PAGE = "p" * 10_000
LISTENERS = 46


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose rates are lifted, so that much can be said in little time."""
    with serving(tmp_path_factory.mktemp("slow") / "data", after=UNLIMITED) as running:
        yield running.url
        assert "Traceback" not in running.log()


class Listener:
    """Somebody who reads, and counts what was posted."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.posted = 0
        self.left = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            _, payload = await self._wire.frame()
            self.posted += payload.startswith(b'{"event":{"type":"message_posted"')
            if payload.startswith(b'{"event":{"type":"participant_left"') and b'"deaf"' in payload:
                self.left.set()

    async def leave(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._wire.close()


async def seated(url: str, name: str, *, receive_buffer: int = 0) -> Wire:
    wire = await (await Wire.dial(url, receive_buffer=receive_buffer)).upgraded()
    await wire.say("identify", name=name)
    await wire.frame()
    await wire.say("join_room", room="lobby")
    return wire


@pytest.fixture
async def listeners(url: str) -> AsyncIterator[list[Listener]]:
    room = [Listener(await seated(url, f"listener {number}")) for number in range(LISTENERS)]
    yield room
    for listener in room:
        await listener.leave()


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    lines = (line for line in (await client.get("/metrics")).text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.partition(" ") for line in lines)}


async def test_one_that_never_reads_is_closed_alone_and_holds_no_more_than_its_budget(
    url: str, listeners: list[Listener]
) -> None:
    speaker = await (await Outsider.dial(url)).identify("speaker")
    await speaker.join("lobby")
    deaf = await seated(url, "deaf", receive_buffer=4096)
    most, said = 0.0, 0
    async with httpx.AsyncClient(base_url=url) as client:
        before = await figures(client)
        # A system takes some megabytes off the server's hands; what it does not take is the reader's debt.
        while (now := await figures(client))["palaver_slow_readers_closed_total"] == 0:
            most = max(most, now["palaver_outbox_bytes"])
            for _ in range(20):
                said += (await speaker.post("lobby", PAGE)).get("type") == "posted"
            assert said < 2000
        assert most < 2 * OUTBOX_BYTES
        assert (await speaker.post("lobby", "the last word"))["type"] == "posted"
        async with asyncio.timeout(PATIENCE_S):
            while any(listener.posted < said + 1 for listener in listeners):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert {listener.posted for listener in listeners} == {said + 1}
        assert await deaf.close_code() == 1013
        after = await figures(client)
        assert after["palaver_slow_readers_closed_total"] == before["palaver_slow_readers_closed_total"] + 1
    deaf.close()
    await speaker.leave()


async def test_one_that_was_too_slow_may_come_back_to_the_same_session(url: str) -> None:
    speaker = await (await Outsider.dial(url)).identify("speaker")
    await speaker.join("lobby")
    slow = await (await Outsider.dial(url)).identify("slow")
    snapshot = await slow.join("lobby")
    slow.cut()
    await slow.closed()
    assert (await speaker.post("lobby", "while away"))["type"] == "posted"
    again = await Outsider.dial(url)
    resumed = await again.ask("resume", token=slow.me["resume_token"], position=snapshot["position"])
    assert resumed["session"] == slow.me["session"]
    await again.hears("while away")
    await again.leave()
    await speaker.leave()


async def test_a_connection_that_is_half_closed_is_let_go(url: str) -> None:
    wire = await seated(url, "half")
    await wire.frame()
    await wire.end()
    await wire.rest()
    speaker = await (await Outsider.dial(url)).identify("speaker")
    snapshot = await speaker.join("lobby")
    assert "half" in {seat["handle"] for seat in snapshot["participants"]}, "a lost session is kept for its return"
    await speaker.leave()
