"""Event streams over real sockets, beside WebSockets on one port: on the bare socket, and as any ASGI server gives them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from tests.fakes import FakeClock

from palaver.codecs import sse
from palaver.transports.draining import Drain
from palaver.transports.http import TAKE_OVER_EXTENSION
from palaver.transports.keepalive import Beats
from palaver.transports.sse import EventStreams

PATIENCE_S = 20.0
Serve = Any


class Streaming:
    """An app with one address, `/events`, whose streams tell an ear.

    `bare` streams live on the socket; others as a response of an ASGI server that knows nothing of ours.
    """

    def __init__(self, make_ear: Any, *, bare: bool = True, **settings: Any) -> None:
        self.streams = EventStreams(**settings)
        self.bare = bare
        self.ears: list[Any] = []
        self.make_ear = make_ear
        self.app = Starlette(routes=[Route("/events", self.respond)])

    async def respond(self, request: Request) -> Any:
        self.ears.append(self.make_ear())
        if not self.bare:
            request.scope["extensions"].pop(TAKE_OVER_EXTENSION)
        return self.streams.response(self.ears[-1], {"X-Own": "yes", "Connection": "keep-alive"})


async def subscribe(served: Any, streaming: Streaming, **dialling: Any) -> tuple[Any, Any, dict[str, str]]:
    client = await served.dial(**dialling)
    client.send(b"GET /events?device=phone HTTP/1.1\r\nHost: palaver.test\r\nLast-Event-ID: 7\r\n\r\n")
    _, headers, _ = await client.response()
    await streaming.ears[-1].hears("opened")
    return client, streaming.ears[-1], headers


async def chunk(client: Any) -> bytes:
    """Read one chunk of the response; the last is empty."""
    size = int(await asyncio.wait_for(client.reader.readline(), PATIENCE_S), 16)
    data = await asyncio.wait_for(client.reader.readexactly(size + 2), PATIENCE_S)
    return bytes(data[:-2])


async def body(client: Any, size: int) -> bytes:
    """Read so many bytes, in whatever chunks they come."""
    read = b""
    while len(read) < size:
        read += await chunk(client)
    return read


@pytest.fixture(params=[True, False], ids=["bare", "asgi"])
def bare(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def streaming(make_ear: Any, bare: bool) -> Streaming:
    return Streaming(make_ear, bare=bare)


class TestStream:
    async def test_the_head_is_sent_at_once_and_forbids_buffering(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        _, ear, headers = await subscribe(served, streaming)
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert (headers["x-own"], headers["connection"]) == ("yes", "keep-alive")
        peer = ear.connection.peer
        assert (ear.connection.framing, peer.path, peer.remote) == ("sse", "/events", "127.0.0.1")

    async def test_events_of_one_turn_leave_together_and_in_order(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        for number in range(3):
            ear.connection.write(sse.event(str(number)))
        expected = b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
        assert await body(client, len(expected)) == expected
        ear.connection.write(sse.event("later"))
        assert await chunk(client) == b"data: later\n\n"

    async def test_an_idle_stream_is_no_task_on_a_bare_socket_and_one_elsewhere(
        self, serve: Serve, streaming: Streaming
    ) -> None:
        served = await serve(app=streaming.app)
        before = len(asyncio.all_tasks())
        for _ in range(5):
            client, ear, _ = await subscribe(served, streaming)
            ear.connection.write(sse.event("x"))
            await chunk(client)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) - before <= (1 if streaming.bare else 5 + 1)

    async def test_a_stream_for_an_older_http_ends_with_its_socket(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        client = await served.dial()
        client.send(b"GET /events HTTP/1.0\r\nHost: palaver.test\r\n\r\n")
        head = await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        fields = [line.split(b":")[0].lower() for line in head.split(b"\r\n")]
        assert fields.count(b"connection") == 1
        assert b"connection: close\r\n" in head
        assert b"transfer-encoding" not in fields
        await streaming.ears[-1].hears("opened")
        streaming.ears[-1].connection.write(sse.event("x"))
        streaming.ears[-1].connection.close()
        assert await asyncio.wait_for(client.reader.read(), PATIENCE_S) == b"data: x\n\n"

    async def test_a_request_behind_a_stream_leaves_the_stream_alone(self, serve: Serve, make_ear: Any) -> None:
        streaming = Streaming(make_ear)
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        client.send(b"GET /events HTTP/1.1\r\nHost: palaver.test\r\n\r\n")
        await asyncio.sleep(0.01)
        ear.connection.write(sse.event("x"))
        assert await chunk(client) == b"data: x\n\n"
        assert len(streaming.ears) == 1

    async def test_the_client_going_away_is_told_once(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        client.hang_up()
        assert await ear.farewell() == (1006, "", False)
        ear.connection.write(b"dropped")
        ear.connection.close(1000)
        await served.emptied()
        assert ear.told == [("opened",), ("closed", 1006, "", False)]
        assert len(streaming.streams.open) == 0

    async def test_close_flushes_and_completes_the_response(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        ear.connection.write(sse.event("last"))
        ear.connection.close(1012, "restart")
        ear.connection.write(sse.event("too late"))
        assert ear.told == [("opened",)]
        assert [await chunk(client), await chunk(client)] == [b"data: last\n\n", b""]
        assert await ear.farewell() == (1012, "restart", True)

    async def test_the_socket_serves_on_after_a_stream_of_an_asgi_server(self, serve: Serve, make_ear: Any) -> None:
        streaming = Streaming(make_ear, bare=False)
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        ear.connection.close()
        assert await chunk(client) == b""
        await ear.farewell()
        await client.upgraded()

    async def test_a_bare_socket_ends_with_its_stream(self, serve: Serve, make_ear: Any) -> None:
        streaming = Streaming(make_ear)
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        ear.connection.close()
        assert await chunk(client) == b""
        assert await client.ended()
        assert await ear.farewell() == (1000, "", True)

    async def test_abort_cuts_the_socket(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        ear.connection.abort()
        assert await ear.farewell() == (1006, "", False)
        assert await client.ended()

    @pytest.mark.parametrize("budget_bytes", [0, 1 << 40])
    async def test_a_reader_may_be_as_slow_as_the_settings_say(
        self, serve: Serve, make_ear: Any, bare: bool, budget_bytes: int
    ) -> None:
        streaming = Streaming(make_ear, bare=bare, budget_bytes=budget_bytes)
        served = await serve(app=streaming.app)
        reader, ear, _ = await subscribe(served, streaming)
        ear.connection.write(sse.event("hello"))
        assert await chunk(reader) == b"data: hello\n\n"

    async def test_a_slow_reader_is_cut_and_delays_nobody(self, serve: Serve, make_ear: Any, bare: bool) -> None:
        streaming = Streaming(make_ear, bare=bare, budget_bytes=1 << 18, close_timeout_s=0.2)
        served = await serve(app=streaming.app)
        _, slow, _ = await subscribe(served, streaming, receive_buffer=4096)
        reader, quick, _ = await subscribe(served, streaming)
        event = sse.event("x" * 50_000)
        while slow.told[-1][0] != "closed":
            for ear in (slow, quick):
                ear.connection.write(event)
            assert await chunk(reader) == event
        assert slow.told == [("opened",), ("closed", 1013, "reading too slowly", False)]
        async with asyncio.timeout(PATIENCE_S):
            while len(streaming.streams.open) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        quick.connection.write(sse.event("still here"))
        assert await chunk(reader) == b"data: still here\n\n"

    async def test_a_listener_that_fails_ends_its_stream(self, serve: Serve, make_ear: Any, bare: bool) -> None:
        def broken() -> Any:
            ear = make_ear()
            ear.on_open = lambda connection: 1 / 0
            return ear

        streaming = Streaming(broken, bare=bare)
        served = await serve(app=streaming.app)
        client, ear, _ = await subscribe(served, streaming)
        assert await chunk(client) == b""
        assert (await ear.farewell())[0] == 1011


class TestKeepalive:
    async def test_silence_is_broken_by_comments(self, serve: Serve, make_ear: Any, bare: bool) -> None:
        streaming = Streaming(make_ear, bare=bare, keepalive_s=0.05)
        served = await serve(app=streaming.app)
        client, _, _ = await subscribe(served, streaming)
        assert [await chunk(client) for _ in range(3)] == [b":\n\n"] * 3

    def test_the_first_comment_comes_a_whole_period_after_the_stream_and_then_every_period(self) -> None:
        clock = FakeClock()
        began, visits = clock.now(), list[tuple[str, float]]()
        beats: Beats[str] = Beats(lambda member: visits.append((member, clock.now() - began)), 25, clock)
        beats.add("early")
        clock.advance(10)
        beats.add("late")
        clock.advance(55)
        assert visits == [("early", 25), ("late", 35), ("early", 50), ("late", 60)]
        beats.discard("early")
        clock.advance(25)
        assert visits[4:] == [("late", 85)]
        beats.discard("late")
        clock.advance(100)
        assert len(visits) == 5

    def test_the_period_is_25_seconds(self) -> None:
        assert EventStreams().open.period_s == 25.0


class TestStopping:
    async def test_close_all_lets_uvicorn_stop(self, serve: Serve, streaming: Streaming) -> None:
        served = await serve(app=streaming.app)
        clients = [(await subscribe(served, streaming))[0] for _ in range(5)]
        await streaming.streams.close_all(Drain(3000, chance=lambda: 0.125))
        assert [await chunk(client) for client in clients] == [b"retry: 2875\n\n"] * 5
        assert [await chunk(client) for client in clients] == [b""] * 5
        await served.stop()
        assert {ear.told[-1][1] for ear in streaming.ears} == {1012}

    async def test_no_stream_is_told_to_stay_away_for_long(self, serve: Serve, streaming: Streaming) -> None:
        """A browser keeps the last `retry`, and would be slow after every later loss."""
        served = await serve(app=streaming.app)
        client, *_ = await subscribe(served, streaming)
        await streaming.streams.close_all(Drain(50_000, chance=lambda: 0.9))
        assert await chunk(client) == b"retry: 10000\n\n"
