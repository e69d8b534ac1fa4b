"""The same listeners behind the WebSocket of a foreign ASGI server: uvicorn's own, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.routing import Mount

from palaver.core.disconnects import wait_asked_ms
from palaver.transports.asgi_websocket import AsgiWebSockets
from palaver.transports.connection import MESSAGE_END, HttpRefusal, PeerInfo
from palaver.transports.websocket import WebSocketSettings

PATIENCE_S = 20.0


class Mounted:
    def __init__(self, make_ear: Any, settings: WebSocketSettings) -> None:
        self.ears: list[Any] = []
        self.peers: list[PeerInfo] = []
        self.reply = lambda peer: make_ear()
        self.app = AsgiWebSockets(self.accept, settings)

    def accept(self, peer: PeerInfo) -> Any:
        self.peers.append(peer)
        answer = self.reply(peer)
        if not isinstance(answer, HttpRefusal):
            self.ears.append(answer)
        return answer

    def connect(self, **options: Any) -> Any:
        return websockets.connect(f"ws://127.0.0.1:{self.port}/chat/ws?t=1", open_timeout=PATIENCE_S, **options)

    async def open(self, **options: Any) -> tuple[Any, Any]:
        client = await self.connect(**options)
        await self.ears[-1].hears("opened")
        return client, self.ears[-1]

    port = 0


@pytest.fixture
def settings() -> WebSocketSettings:
    return WebSocketSettings(max_message_bytes=1000, budget_bytes=1 << 18, close_timeout_s=0.5)


@pytest.fixture
async def mounted(make_ear: Any, settings: WebSocketSettings) -> AsyncIterator[Mounted]:
    mounted = Mounted(make_ear, settings)
    app = Starlette(routes=[Mount("/chat", mounted.app)])
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws="websockets-sansio")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    mounted.port = server.servers[0].sockets[0].getsockname()[1]
    yield mounted
    await mounted.app.close_all()
    await asyncio.wait_for(server.shutdown(), PATIENCE_S)


class TestConversation:
    async def test_each_text_ends_with_a_mark_and_several_may_be_written_at_once(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        assert ear.connection.framing == "asgi"
        ear.connection.write("é".encode() + MESSAGE_END + b"two" + MESSAGE_END)
        ear.connection.write(b"three" + MESSAGE_END)
        assert [await client.recv() for _ in range(3)] == ["é", "two", "three"]
        await client.close()

    async def test_text_and_binary_are_told(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        await client.send("é")
        await client.send(b"\xff")
        await ear.hears("binary", b"\xff")
        assert ear.messages == ["é".encode(), b"\xff"]
        await client.close(1001, "bye")
        assert await ear.farewell() == (1001, "bye", True)

    async def test_the_factory_learns_what_the_request_said_and_chooses(self, mounted: Mounted, make_ear: Any) -> None:
        mounted.reply = lambda peer: make_ear(peer.subprotocols[0])
        client, _ = await mounted.open(subprotocols=["palaver.v1", "x"], additional_headers={"X-A": "b"})
        peer = mounted.peers[0]
        assert (peer.path, peer.parameter("t"), peer.header("x-a"), peer.remote) == ("/ws", "1", "b", "127.0.0.1")
        assert client.subprotocol == "palaver.v1"
        await client.close()

    async def test_a_refusal_is_answered_before_the_upgrade(self, mounted: Mounted) -> None:
        mounted.reply = lambda peer: HttpRefusal(429, b"later", (("Retry-After", "3"),))
        with pytest.raises(websockets.InvalidStatus) as caught:
            await mounted.connect()
        response = caught.value.response
        assert (response.status_code, response.headers["Retry-After"], response.body) == (429, "3", b"later")

    async def test_an_exception_in_the_factory_is_500(self, mounted: Mounted) -> None:
        mounted.reply = lambda peer: 1 / 0
        with pytest.raises(websockets.InvalidStatus) as caught:
            await mounted.connect()
        assert caught.value.response.status_code == 500

    async def test_messages_wait_while_reading_is_paused(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        ear.on_message = lambda payload: ear.connection.pause_reading()
        for text in "123":
            await client.send(text)
        for heard in ([b"1"], [b"1", b"2"], [b"1", b"2", b"3"]):
            await ear.hears("text", heard[-1])
            assert ear.messages == heard
            ear.connection.resume_reading()
        await client.close()


class TestEnding:
    async def test_ours_flushes_first(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        ear.connection.write(b"last" + MESSAGE_END)
        ear.connection.close(4000, "kicked")
        ear.connection.write(b"late" + MESSAGE_END)
        assert await client.recv() == "last"
        with pytest.raises(websockets.ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (4000, "kicked")
        assert await ear.farewell() == (4000, "kicked", True)

    async def test_a_lost_client_is_1006(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        client.transport.abort()
        assert await ear.farewell() == (1006, "", False)

    async def test_abort_ends_it_without_a_farewell(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        ear.connection.abort()
        assert await ear.farewell() == (1006, "", False)
        await asyncio.wait_for(client.wait_closed(), PATIENCE_S)

    async def test_a_message_over_the_limit_is_1009(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        await client.send("x" * 1001)
        assert (await ear.farewell())[0] == 1009
        assert ear.messages == []
        await client.wait_closed()
        assert client.close_code == 1009

    async def test_a_bug_in_the_listener_is_1011(self, mounted: Mounted) -> None:
        client, ear = await mounted.open()
        ear.on_message = lambda payload: 1 / 0
        await client.send("x")
        assert (await ear.farewell())[0] == 1011
        await client.wait_closed()
        assert client.close_code == 1011

    async def test_a_slow_reader_is_closed_and_delays_nobody(self, mounted: Mounted) -> None:
        sleeper, slow = await mounted.open(max_queue=1, compression=None)
        reader, quick = await mounted.open(compression=None)
        while slow.told[-1][0] != "closed":
            for ear in (slow, quick):
                ear.connection.write(b"x" * 50_000 + MESSAGE_END)
            assert len(await asyncio.wait_for(reader.recv(), PATIENCE_S)) == 50_000
        assert slow.told[-1] == ("closed", 1013, "reading too slowly", False)
        async with asyncio.timeout(PATIENCE_S):
            while len(mounted.app.connections) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        await reader.close()
        sleeper.transport.abort()

    async def test_close_all_says_1012(self, mounted: Mounted) -> None:
        clients = [(await mounted.open())[0] for _ in range(3)]
        await mounted.app.close_all()
        for client in clients:
            await asyncio.wait_for(client.wait_closed(), PATIENCE_S)
        assert {client.close_code for client in clients} == {1012}
        assert all(1000 <= wait_asked_ms(client.close_reason or "") <= 2000 for client in clients)
