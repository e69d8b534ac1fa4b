"""What Socket.IO clients can do to a server and each other: answers are clear, nobody else is disturbed, nothing stays."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from tests.fakes import LOBBY
from tests.transports.talk import LoopedClock, Poller, Talking, talking
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from palaver.hub.limits import Limits
from palaver.transports.engine_settings import EngineSettings
from palaver.transports.engineio import EngineSession
from palaver.transports.namespaces import MainNamespace, SocketConversation

PATIENCE_S = 20.0
PLACEHOLDER = '{"_placeholder":true,"num":0}'


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture
async def clock() -> LoopedClock:
    return LoopedClock()


@pytest.fixture
async def server(clock: LoopedClock) -> AsyncIterator[Talking]:
    held = EngineSettings(budget_bytes=100_000, max_payload_bytes=200_000)
    async with talking(held, clock=clock, limits=Limits(messages_per_second=0)) as running:
        yield running


@pytest.fixture
async def witness(server: Talking) -> AsyncIterator[Poller]:
    """Somebody who must be able to talk when it is over."""
    async with Poller(server) as zoe:
        await zoe.entered("Zoe")
        yield zoe
        await zoe.fetches() if any(each.unsent_bytes for each in server.socketio if each.sid == zoe.sid) else None
        await zoe.says('429["say","still here"]')
        assert "still here" in await zoe.fetches()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


@pytest.mark.usefixtures("witness")
class TestBodies:
    @pytest.mark.parametrize(
        ("revision", "body", "words"),
        [
            (3, "5:42[]", "Bad request: a length is not that of its packet"),
            (3, "999999999:4", "Bad request: a length is not that of its packet"),
            (3, "x", "Bad request: a packet does not begin with its length"),
            (3, "2:4😀", "Bad request: a length ends within a character"),
            (3, "", "Bad request: the payload is empty"),
            (3, "1:9", "Bad request: the packet has no known type"),
            (3, "1:0", "Bad request: a client does not send OPEN"),
            (3, "2:4x", "Bad request: it is no packet"),
            (4, "", "Bad request: the packet is empty"),
            (4, "4x", "Bad request: it is no packet"),
            (4, "42[]", "Bad request: it is not connected"),
            (4, "b?", "Bad request: the base64 is damaged"),
            (4, "2", "Bad request: a client does not send PING"),
            (4, "40\x1e451-[1]\x1e42[]", "Bad request: attachments are missing"),
            (
                4,
                '40\x1e451-["echo",{"_placeholder":true,"num":7}]\x1ebAQ==',
                "Bad request: a placeholder stands for no",
            ),
            (4, "40\x1ebAQ==", "Bad request: nothing announced these bytes"),
            (4, "40\x1e4511-[1]", "Bad request: more than 10 attachments"),
            (4, "40\x1e44[1]", "Bad request: a client has no errors to tell"),
            (4, "40[1]", "Bad request: what a client says of itself is an object"),
            (4, "40{}x}", "Bad request: what it says of itself is no object"),
            (4, "40" + '{"a":' * 90_000 + "1" + "}" * 90_000, "Bad request: a body may have 65536 bytes"),
            (4, '40{"a":' + "[" * 30_000 + "]" * 30_000 + "}", "Bad request: what it says of itself is no object"),
        ],
    )
    async def test_wrong(self, server: Talking, revision: int, body: str, words: str) -> None:
        """A clear answer, and the end of the session."""
        async with Poller(server, revision) as eve:
            await eve.begin()
            answer = await eve.post(body)
            assert answer.status_code in (400, 413)
            assert answer.json()["message"].startswith(words)
            assert problem(await eve.get()) == (400, "Session ID unknown")

    async def test_not_utf8(self, server: Talking) -> None:
        async with Poller(server) as eve:
            await eve.begin()
            assert problem(await eve.post(b"4\xff")) == (400, "Bad request: the text is not UTF-8")

    @pytest.mark.parametrize("declared", [True, False])
    async def test_too_large(self, server: Talking, declared: bool) -> None:
        """Before somebody is identified little is read, and afterwards no more than is said in the handshake."""

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(300):
                yield b"4" * 1000

        async with Poller(server) as eve, Poller(server) as bob:
            await eve.begin()
            await bob.entered("Bob")
            for client, limit in ((eve, 65_536), (bob, 200_000)):
                body: Any = b"4" * 300_000 if declared else pieces()
                assert problem(await client.post(body)) == (413, f"Bad request: a body may have {limit} bytes")
                assert (await client.get()).status_code == 400

    async def test_many_messages_in_one(self, clock: LoopedClock) -> None:
        """A client brings all that waits at once: more than one message may have, as long as each keeps to its limit."""
        async with talking(clock=clock) as server, Poller(server) as ana:
            server.access.session_frame_bytes = 20_000
            await ana.entered("Ana")
            await ana.says("\x1e".join('42["echo","%s"]' % ("x" * 19_000) for _ in range(30)))
            assert (await ana.fetches()).count("echo") == 30
            assert problem(await ana.post('42["echo","%s"]' % ("x" * 20_000)))[0] == 400

    async def test_too_many_packets(self, server: Talking) -> None:
        async with Poller(server) as eve:
            await eve.begin()
            assert "more than 10000 packets" in problem(await eve.post("\x1e".join(["3"] * 10_001)))[1]

    async def test_what_the_dialect_cannot_read(self, server: Talking) -> None:
        """Its own words say so; the session goes on."""
        async with Poller(server) as eve:
            await eve.entered("Eve")
            for packet in (
                '42["echo",,]',
                "42[]",
                "42[{}]",
                '42["' + "[" * 9 + '"]',
                "42[" + "[" * 30_000 + "]" * 30_000 + "]",
            ):
                await eve.says(packet)
                assert await eve.fetches() == '42["refused","malformed",null]'


@pytest.mark.usefixtures("witness")
class TestRequestsAtOnce:
    async def test_two_that_fetch(self, server: Talking) -> None:
        """The first is told that it is over, the second why."""
        async with Poller(server) as eve:
            await eve.begin()
            first = asyncio.ensure_future(eve.get())
            await until(lambda: any(each.is_asked for each in server.socketio))
            assert problem(await eve.get()) == (400, "Bad request: another one waits already")
            assert (await first).text == "1"
            assert (await eve.get()).status_code == 400

    async def test_two_that_bring(self, server: Talking, clock: LoopedClock) -> None:
        """While one is read slowly, since it brought too much, another has no place."""
        async with Poller(server) as eve:
            await eve.entered("Eve")
            first = asyncio.ensure_future(eve.post("\x1e".join(['42["echo"]'] * 900)))
            await until(lambda: any(each.is_paused for each in server.socketio))
            assert problem(await eve.post("3")) == (400, "Bad request: another one is brought already")
            assert (await first).status_code == 400
            clock.advance(20)

    async def test_a_flood_is_read_at_its_rate(self, server: Talking, clock: LoopedClock) -> None:
        """Nothing is refused: who brings it is answered once it is read."""
        async with Poller(server) as eve:
            await eve.entered("Eve")
            body = "\x1e".join(f'42["echo",{number}]' for number in range(600))
            bringing = asyncio.ensure_future(eve.post(body))
            echoes: list[str] = []
            while not bringing.done() or len(echoes) < 600:
                answer = await asyncio.wait_for(eve.get(), PATIENCE_S) if len(echoes) < 600 else None
                echoes += [each for each in (answer.text if answer else "").split("\x1e") if "echo" in each]
                await until(lambda: bringing.done() or any(each.is_paused for each in server.socketio))
                clock.advance(1)
            assert (await bringing).text == "ok"
            assert [json.loads(each[2:])[1] for each in echoes] == list(range(600))

    @pytest.mark.parametrize("body", [["40/nowhere,"], ["41", "40", *['42["echo"]'] * 8]], ids=["elsewhere", "anew"])
    async def test_a_flood_beside_the_conversation(self, clock: LoopedClock, body: list[str]) -> None:
        """What the namespace itself answers is read at the same rate, and who connects anew gets no burst of its own."""
        limits = Limits(frames_per_second=10, frames_burst=20)
        async with talking(clock=clock, limits=limits) as server, Poller(server) as eve:
            await eve.begin()
            await eve.says("40")
            bringing = asyncio.ensure_future(eve.post("\x1e".join(body * 30)))
            await until(lambda: any(each.is_paused for each in server.socketio))
            assert len((await eve.fetches()).split("\x1e")) <= 22
            for _ in range(30 * len(body)):
                await until(lambda: bringing.done() or any(each.is_paused for each in server.socketio))
                clock.advance(0.1)
            await until(bringing.done)
            assert (await bringing).text == "ok"

    async def test_another_rate_holds_for_who_is_there(self, clock: LoopedClock) -> None:
        async with talking(clock=clock, limits=Limits(frames_per_second=0)) as server, Poller(server) as eve:
            await eve.entered("Eve")
            server.world.hub.keep_to(Limits(frames_per_second=10, frames_burst=20))
            bringing = asyncio.ensure_future(eve.post("\x1e".join(['42["echo"]'] * 30)))
            await until(lambda: any(each._paused for each in server.socketio))
            assert not bringing.done()
            server.world.hub.keep_to(Limits(frames_per_second=0))
            clock.advance(1)
            assert (await bringing).text == "ok"

    async def test_a_flood_of_pings(self, server: Talking) -> None:
        """Of a client of 2.x: 10,000 at once are answered, one by one."""
        async with Poller(server, 3) as eve:
            await eve.begin()
            await eve.says("1:2" * 10_000)
            assert (await eve.fetches()).count("1:3") == 10_000

    async def test_many_that_begin(self, server: Talking) -> None:
        """Of this machine nobody is counted; all of them end by themselves."""
        async with httpx.AsyncClient(base_url=server.address) as http:
            asked = [http.get("/socket.io/?EIO=4&transport=polling") for _ in range(200)]
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
            assert len(server.socketio) == 201

    async def test_ids_that_are_guessed(self, server: Talking) -> None:
        dice = random.Random(7)
        async with httpx.AsyncClient(base_url=server.address) as http:
            for _ in range(200):
                sid = "".join(dice.choices("abcdefgh_-01\u00e9\x00/%&", k=dice.randrange(40)))
                params = {"EIO": "4", "transport": "polling", "sid": sid}
                answer = await http.request(dice.choice(["GET", "POST"]), "/socket.io/", params=params)
                assert problem(answer) == (400, "Session ID unknown")


class TestUnfetched:
    async def test_over_the_budget(self, server: Talking, witness: Poller) -> None:
        """Who does not fetch is given up; nobody waits for that, and it is told when it asks again."""
        async with Poller(server) as eve:
            await eve.entered("Eve")
            await witness.fetches()
            for _ in range(30):
                await witness.says('421["say","%s"]' % ("x" * 3_900))
                await witness.fetches()
            slow = next(each for each in server.socketio if each.sid == eve.sid)
            assert (slow.is_open, slow.unsent_bytes) == (False, 0)
            assert await eve.fetches() == "1"
            assert problem(await eve.get()) == (400, "Session ID unknown")
            assert server.world.hub.counts.slow == 1

    async def test_over_a_websocket(self, server: Talking, witness: Poller) -> None:
        """Frames too large, attachments that add up, and bytes that nobody announced."""
        address = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
        attached = f'4510-["echo",{",".join([PLACEHOLDER] * 10)}]'
        for code, frames in (
            (1009, ["40", '42["echo","' + "x" * 70_000 + '"]']),
            (1009, ["40", attached, *[b"x" * 9_000] * 8]),
            (1002, ["40", b"x"]),
            (1002, ["40", f'451-["echo",{PLACEHOLDER}]', '42["echo"]']),
            (1002, ["42[]"]),
        ):
            async with connect(address, close_timeout=1) as eve:
                with contextlib.suppress(ConnectionClosed):
                    for frame in frames:
                        await eve.send(frame)
                    while True:
                        await asyncio.wait_for(eve.recv(), PATIENCE_S)
                assert eve.close_code == code


class TestSoak:
    async def test_nothing_stays(self, clock: LoopedClock) -> None:
        """Hundreds of lives at random, on both revisions and transports, ended in every way there is."""
        dice = random.Random(3)
        limits = Limits(connections_per_address=0, asks_per_second=0)
        async with talking(clock=clock, limits=limits) as server:
            for _ in range(20):
                await asyncio.gather(*(_life(server, random.Random(dice.random())) for _ in range(10)))
                clock.advance(dice.choice([0.1, 5.0, 31.0]))
            clock.advance(200)
            await until(lambda: not len(server.socketio))
            clock.advance(200)
            hub = server.world.hub
            assert (len(hub.sessions), server.socketio.recoverable, len(server.websockets.connections)) == (0, 0, 0)
            assert not hub.presence.roster(LOBBY)
            assert clock.pending == 0
        gc.collect()
        kinds = EngineSession, MainNamespace, SocketConversation
        assert [type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds)] == []


async def _life(server: Talking, dice: random.Random) -> None:
    revision = dice.choice([3, 4])
    if dice.random() < 0.5:
        address = f"ws://127.0.0.1:{server.port}/socket.io/?EIO={revision}&transport=websocket"
        async with connect(address, close_timeout=1) as client:
            await client.send("40")
            await client.send(f'42["enter","Guest {dice.randrange(99)}"]')
            for _ in range(dice.randrange(5)):
                await client.send(dice.choice(['42["say","hi"]', '42["echo"]', "41", "40", "4nonsense", b"\x04x"]))
            if dice.random() < 0.3:
                client.transport.abort()
        return
    async with Poller(server, revision) as client:
        await client.begin()
        for packet in ("40", '42["enter","Guest"]', '42["say","hi"]', "41", "1")[: dice.randrange(6)]:
            await client.post(packet if revision == 4 else f"{len(packet)}:{packet}")
            if dice.random() < 0.5 and any(each.unsent_bytes for each in server.socketio if each.sid == client.sid):
                await client.get()
        if dice.random() < 0.3:
            address = f"ws://127.0.0.1:{server.port}/socket.io/?EIO={revision}&transport=websocket&sid={client.sid}"
            with contextlib.suppress(InvalidStatus, ConnectionClosed):  # it may be over, or end meanwhile
                async with connect(address, close_timeout=1) as socket:
                    await socket.send("2probe")
                    if dice.random() < 0.5:
                        await socket.send("5")
                        await socket.send('42["say","hi"]')
