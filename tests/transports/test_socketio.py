"""Sessions of Engine.IO and Socket.IO over real requests: what the wire says, whose a session is, and how each ends."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.fakes import LOBBY
from tests.transports.talk import LoopedClock, Poller, Talking, talking
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from palaver.core.disconnects import KICKED
from palaver.core.rooms import LeaveReason
from palaver.hub.ports import Admission, Limits
from palaver.transports.engine_settings import EngineSettings

PATIENCE_S = 20.0


@pytest.fixture
async def clock() -> LoopedClock:
    return LoopedClock()


@pytest.fixture
async def server(clock: LoopedClock) -> AsyncIterator[Talking]:
    async with talking(clock=clock) as running:
        yield running


@contextlib.asynccontextmanager
async def socket(server: Talking, revision: int = 4, **query: str) -> AsyncIterator[ClientConnection]:
    said = {"EIO": str(revision), "transport": "websocket", **query}
    asked = "&".join(f"{name}={value}" for name, value in said.items())
    async with connect(f"ws://127.0.0.1:{server.port}/socket.io/?{asked}", close_timeout=1) as client:
        yield client


async def heard(client: ClientConnection) -> Any:
    return await asyncio.wait_for(client.recv(), PATIENCE_S)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def ended(client: ClientConnection) -> int:
    """Return the code with which the server closes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await heard(client)
    assert client.close_code is not None
    return client.close_code


def fault(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


class TestBytes:
    async def test_polling_of_revision_3(self, clock: LoopedClock) -> None:
        """The conversation of §F3: lengths in UTF-16 units, `40` unasked behind the open packet, pings by the client."""
        async with talking(clock=clock, new_id=lambda: "rT4kQ0aVxw1mB2cDAAAB") as server, Poller(server, 3) as ana:
            assert await ana.begin(t="N1") == (
                b'96:0{"sid":"rT4kQ0aVxw1mB2cDAAAB","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40'
            )
            answer = await ana.post('17:42["enter","Zoë"]')
            assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "ok", "text/html")
            assert await ana.fetches() == '21:42["welcome",["Zoë"]]'
            await ana.says('20:420["echo","Zoë 😀"]')
            assert await ana.fetches() == '13:430["Zoë 😀"]'
            await ana.says("1:2")
            assert await ana.fetches() == "1:3"

    async def test_polling_of_revision_4(self, server: Talking) -> None:
        """The client connects, and says so itself; packets are joined by 0x1E."""
        async with Poller(server) as ana:
            assert json.loads((await ana.begin())[1:]) == {
                "sid": ana.sid,
                "upgrades": ["websocket"],
                "pingInterval": 25000,
                "pingTimeout": 20000,
                "maxPayload": 1_000_000,
            }
            await ana.says("40")
            said = json.loads((await ana.fetches())[2:])
            assert said.keys() == {"sid", "pid"}
            assert len({ana.sid, said["sid"], said["pid"]}) == 3, "what is public must not open what is secret"
            await ana.says('42["enter","Ana"]\x1e427["echo",{"_placeholder":false}]')
            assert [each[:5] for each in (await ana.fetches()).split("\x1e")] == ['42["w', "437[{"]

    async def test_websocket(self, server: Talking) -> None:
        async with socket(server, 3) as old, socket(server, 4) as new:
            assert json.loads((await heard(old))[1:])["upgrades"] == []
            assert await heard(old) == "40"
            assert (await heard(new))[0] == "0"
            await new.send("40")
            assert (await heard(new)).startswith("40{")
            await old.send("2probe")
            assert await heard(old) == "3", "not 3probe: nothing is probed on a session's own WebSocket"
            await old.send('51-["echo",{"_placeholder":true,"num":0}]'.replace("51", "451", 1))
            await old.send(b"\x04\x01\x02")
            assert await heard(old) == '451-["echo",{"_placeholder":true,"num":0}]'
            assert await heard(old) == b"\x04\x01\x02"
            await new.send('451-["echo",{"_placeholder":true,"num":0}]')
            await new.send(b"\x01\x02")
            assert await heard(new) == '451-["echo",{"_placeholder":true,"num":0}]'
            assert await heard(new) == b"\x01\x02"

    @pytest.mark.parametrize(
        ("query", "content_type", "answer"),
        [
            ({}, "application/octet-stream", b"\x01\x03\xff\x04\x01\x02"),
            ({"b64": "1"}, "text/plain; charset=UTF-8", b"6:b4AQI="),
        ],
    )
    async def test_bytes_over_polling_of_revision_3(
        self, server: Talking, query: dict[str, str], content_type: str, answer: bytes
    ) -> None:
        """As bytes, or as base64 for clients that ask for that."""
        async with Poller(server, 3) as ana:
            await ana.begin(**query)
            packet = b'451-["echo",{"_placeholder":true,"num":0}]'
            length = bytes(int(digit) for digit in str(len(packet)))
            body = b"\x00" + length + b"\xff" + packet + b"\x01\x03\xff\x04\x01\x02"
            assert (await ana.post(body, "application/octet-stream")).text == "ok"
            fetched = await ana.get()
            assert fetched.headers["content-type"] == content_type
            assert fetched.content.endswith(answer)


class TestHandshakes:
    @pytest.mark.parametrize(
        ("method", "query", "expected"),
        [
            ("GET", "EIO=4", (400, 0)),
            ("GET", "EIO=4&transport=flashsocket", (400, 0)),
            ("GET", "EIO=4&transport=polling&sid=nobody", (400, 1)),
            ("POST", "EIO=4&transport=polling&sid=nobody", (400, 1)),
            ("POST", "EIO=4&transport=polling", (400, 2)),
            ("GET", "EIO=4&transport=websocket", (400, 3)),
            ("GET", "EIO=3&transport=polling&j=0", (400, 3)),
            ("GET", "transport=polling", (400, 5)),
            ("GET", "EIO=2&transport=polling", (400, 5)),
            ("GET", "EIO=x&transport=polling", (400, 5)),
        ],
    )
    async def test_refused(self, server: Talking, method: str, query: str, expected: tuple[int, int]) -> None:
        """Each with the number that clients know, and words."""
        async with httpx.AsyncClient() as http:
            answer = await http.request(method, f"{server.address}/socket.io/?{query}")
        assert expected == fault(answer)
        assert answer.json()["message"]
        assert len(server.socketio) == 0

    @pytest.mark.parametrize("path", ["/socket.io/", "/socket.io", "/talk/socket.io/", "/talk/socket.io"])
    async def test_addresses(self, server: Talking, path: str) -> None:
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{server.address}{path}?EIO=4&transport=polling")).text.startswith("0{")

    async def test_other_methods(self, server: Talking) -> None:
        async with Poller(server) as ana:
            await ana.begin()
            answer = await ana.http.delete("/socket.io/", params=ana.query)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, OPTIONS")

    async def test_credentials_across_origins(self, server: Talking) -> None:
        """Clients of 2.x always send them, so an asterisk would not do."""
        server.access.origins = ["https://site.example"]
        async with Poller(server, Origin="https://site.example") as ana:
            await ana.begin()
            answer = await ana.post("40")
            assert answer.headers["access-control-allow-origin"] == "https://site.example"
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert answer.headers["vary"] == "Origin"
            asked = {"Access-Control-Request-Headers": "x-own"}
            allowed = await ana.http.options("/socket.io/", params=ana.query, headers=asked)
            assert (allowed.status_code, allowed.headers["access-control-allow-headers"]) == (204, "x-own")

    async def test_foreign_origins(self, server: Talking) -> None:
        """Neither by polling, nor by WebSocket, nor with a session that exists."""
        async with Poller(server, Origin="https://evil.example") as eve, Poller(server) as ana:
            assert fault(await eve.get()) == (403, 4)
            assert (await eve.http.options("/socket.io/", params=eve.query)).status_code == 403
            await ana.begin()
            assert fault(await eve.get(sid=ana.sid)) == (403, 4)
            with pytest.raises(InvalidStatus) as refused:
                await connect(
                    f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket", origin="https://evil.example"
                )
            assert refused.value.response.status_code == 403

    async def test_too_many_connections(self, clock: LoopedClock) -> None:
        """Of one address, whichever way they come; a session that ended counts no more."""
        async with talking(clock=clock, limits=Limits(connections_per_address=2)) as server:
            server.access.trusted = [ipaddress.ip_network("127.0.0.1/32")]
            first, second, third = (Poller(server, X_Forwarded_For="192.0.2.7") for _ in range(3))
            async with first, second, third, Poller(server, X_Forwarded_For="192.0.2.8") as other:
                await first.begin()
                await second.begin()
                assert (await third.get()).status_code == 429
                with pytest.raises(InvalidStatus) as refused:
                    await connect(
                        f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket",
                        additional_headers={"X-Forwarded-For": "192.0.2.7"},
                    )
                assert refused.value.response.status_code == 429
                await other.begin()
                await second.says("1")
                await third.begin()


class TestWhoseSession:
    async def test_of_another_address(self, server: Talking) -> None:
        """Whoever learns the id of a session elsewhere cannot take it over (§D)."""
        server.access.trusted = [ipaddress.ip_network("127.0.0.1/32")]
        async with (
            Poller(server, X_Forwarded_For="192.0.2.7") as ana,
            Poller(server, X_Forwarded_For="192.0.2.66") as eve,
        ):
            await ana.begin()
            assert fault(await eve.get(sid=ana.sid)) == (400, 1)
            assert fault(await eve.post("1", sid=ana.sid)) == (400, 1)
            with pytest.raises(InvalidStatus):
                await connect(
                    f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket&sid={ana.sid}",
                    additional_headers={"X-Forwarded-For": "192.0.2.66"},
                )
            await ana.says("40")
            assert (await ana.fetches()).startswith("40{")

    async def test_ids_cannot_be_guessed(self, clock: LoopedClock) -> None:
        """They come from the operating system's randomness, 120 bits each."""
        async with talking(clock=clock) as server:
            sids = set()
            for _ in range(20):
                async with Poller(server) as ana:
                    await ana.begin()
                    sids.add(ana.sid)
            assert {len(sid) for sid in sids} == {20}
            assert len(sids) == 20

    async def test_of_another_revision(self, server: Talking) -> None:
        async with Poller(server) as ana:
            await ana.begin()
            assert fault(await ana.get(EIO="3")) == (400, 3)

    async def test_polling_after_the_upgrade(self, server: Talking) -> None:
        async with socket(server) as ana:
            sid = json.loads((await heard(ana))[1:])["sid"]
            async with Poller(server) as poller:
                assert fault(await poller.get(sid=sid)) == (400, 3)
                assert fault(await poller.post("40", sid=sid)) == (400, 3)
            with pytest.raises(InvalidStatus):
                async with socket(server, sid=sid):
                    pass


class TestNamespaces:
    async def test_unknown(self, server: Talking) -> None:
        async with socket(server, 3) as old, socket(server) as new:
            await heard(old), await heard(old), await heard(new)
            await old.send("40/chat?token=x,")
            assert await heard(old) == '44/chat?token=x,"Invalid namespace"'
            await new.send('40/chat,{"token":"x"}')
            assert await heard(new) == '44/chat,{"message":"Invalid namespace"}'
            await new.send('42/chat,["enter","Ana"]')
            await new.send("40")
            assert (await heard(new)).startswith("40{"), "what is said where nobody is has no effect"

    @pytest.mark.parametrize(("revision", "expected"), [(3, '44"The token'), (4, '44{"message":"The token')])
    async def test_turned_away(self, server: Talking, revision: int, expected: str) -> None:
        """By what it says of itself: in the query, or in the packet."""
        async with socket(server, revision, **({"token": "bad"} if revision == 3 else {})) as client:
            await heard(client)
            if revision == 4:
                await client.send('40{"token":"bad"}')
            refusal = await heard(client)
            assert refusal.startswith(expected)
            if revision == 4:
                assert json.loads(refusal[2:])["data"]["code"] == "token_invalid"
                await client.send('40{"token":"good"}')
                assert (await heard(client)).startswith("40{")

    async def test_a_goodbye_and_a_return(self, server: Talking) -> None:
        """Disconnecting ends the session; the engine's may connect again."""
        async with socket(server) as ana:
            await heard(ana)
            for _ in range(2):
                await ana.send("40")
                assert (await heard(ana)).startswith("40{")
                await ana.send('42["enter","Ana"]')
                assert "welcome" in await heard(ana)
                await ana.send("41")
                await until(lambda: not len(server.world.hub.sessions))

    async def test_nobody_connects(self, server: Talking, clock: LoopedClock) -> None:
        async with socket(server) as ana:
            await heard(ana)
            clock.advance(44)
            await ana.send("3")
            await until(lambda: all(each._quiet == 0 for each in server.socketio))
            clock.advance(2)
            assert await ended(ana) == 1008


class TestHeartbeats:
    async def test_of_revision_4(self, server: Talking, clock: LoopedClock) -> None:
        """The server pings; whoever does not answer within interval and timeout is gone."""
        async with socket(server) as ana:
            await heard(ana)
            await ana.send("40")
            await heard(ana)
            for _ in range(4):
                clock.advance(26)
                assert await heard(ana) == "2"
                await ana.send("3")
                await until(lambda: all(each._quiet == 0 for each in server.socketio))
            clock.advance(56)
            assert await ended(ana) in (1006, None)
            await until(lambda: not len(server.socketio))

    async def test_of_revision_3(self, server: Talking, clock: LoopedClock) -> None:
        """The client pings, and is dropped after interval and timeout of silence."""
        async with Poller(server, 3) as ana:
            await ana.entered("Ana")
            for _ in range(4):
                clock.advance(25)
                await ana.says("1:2")
                assert await ana.fetches() == "1:3"
            clock.advance(36)
            assert fault(await ana.get()) == (400, 1)
            assert (len(server.socketio), len(server.world.hub.sessions)) == (0, 0)

    async def test_of_a_client_that_waits(self, server: Talking, clock: LoopedClock) -> None:
        """A ping ends the poll of a client that waits for something to happen."""
        async with Poller(server) as ana:
            await ana.entered("Ana")
            poll = asyncio.ensure_future(ana.fetches())
            await until(lambda: any(each._polled for each in server.socketio))
            clock.advance(26)
            assert await poll == "2"

    async def test_while_nothing_is_read(self, server: Talking, clock: LoopedClock) -> None:
        """Whoever sent too much is still told that we are here, and is not taken for silent."""
        async with socket(server) as ana:
            await heard(ana)
            await ana.send("40")
            await heard(ana)
            (session,) = server.socketio
            session.pause_reading()
            for _ in range(4):
                clock.advance(26)
                assert await heard(ana) == "2"
            session.resume_reading()
            await ana.send('420["echo"]')
            assert await heard(ana) == "430[]"

    @pytest.mark.parametrize("wrong", ["2", "0{}", "5", "6", "7", ""])
    async def test_what_no_client_sends(self, server: Talking, wrong: str) -> None:
        async with socket(server) as ana:
            await heard(ana)
            await ana.send(wrong)
            assert await ended(ana) == 1002


class TestUpgrade:
    async def test_nothing_is_lost(self, server: Talking) -> None:
        """What was told while the client changed over comes by the WebSocket, in order."""
        async with Poller(server) as ana, Poller(server) as bob:
            await ana.entered("Ana")
            await bob.entered("Bob")
            await ana.fetches()
            poll = asyncio.ensure_future(ana.fetches())
            await until(lambda: any(each._polled for each in server.socketio))
            async with socket(server, sid=ana.sid) as client:
                await client.send("2probe")
                assert await heard(client) == "3probe"
                assert await poll == "6"
                await bob.says('42["say","one"]')
                await bob.says('42["say","two"]')
                await client.send("5")
                assert (await heard(client)).startswith('42["said","Bob","one"')
                assert (await heard(client)).startswith('42["said","Bob","two"')
                await client.send('421["say","three"]')
                assert [(await heard(client))[:20] for _ in range(2)] == ['42["said","Ana","thr', '431[{"ok":true}]']
                assert fault(await ana.get()) == (400, 3)
            await until(lambda: len(server.socketio) == 1)

    async def test_half_open(self, server: Talking, clock: LoopedClock) -> None:
        """A WebSocket that never changes over is closed in time, and polling goes on."""
        async with Poller(server) as ana:
            await ana.entered("Ana")
            for said in ([], ["2probe"]):
                async with socket(server, sid=ana.sid) as client:
                    for each in said:
                        await client.send(each)
                        await heard(client)
                    with pytest.raises(InvalidStatus):
                        async with socket(server, sid=ana.sid):
                            pass
                    clock.advance(11)
                    assert await ended(client) == 1008
                await until(lambda: all(each.may_upgrade for each in server.socketio))
            await ana.says('421["say","still here"]')
            assert "still here" in await ana.fetches()

    @pytest.mark.parametrize("wrong", ["5", "3probe", '42["say","hi"]', b"2probe"])
    async def test_without_a_probe(self, server: Talking, wrong: str | bytes) -> None:
        async with Poller(server) as ana:
            await ana.entered("Ana")
            async with socket(server, sid=ana.sid) as client:
                await client.send(wrong)
                assert await ended(client) == 1002
            await ana.says('421["say","still here"]')
            assert "still here" in await ana.fetches()

    async def test_two_at_once(self, server: Talking) -> None:
        async with Poller(server) as ana:
            await ana.entered("Ana")
            async with socket(server, sid=ana.sid) as client:
                with pytest.raises(InvalidStatus) as refused:
                    async with socket(server, sid=ana.sid):
                        pass
                assert refused.value.response.status_code == 400
                await client.send("2probe")
                assert await heard(client) == "3probe"


class TestRecovery:
    async def test_position_behind_every_event(self, server: Talking) -> None:
        """Clients of 4.x are told where they stand, also by the snapshot on arrival; answers and others' wires are not."""
        async with socket(server) as ana, socket(server, 3) as old:
            await heard(ana), await heard(old), await heard(old)
            await ana.send("40")
            await heard(ana)
            await ana.send('421["enter","Ana"]')
            welcome, answer = await heard(ana), await heard(ana)
            assert json.loads(welcome[2:])[2].startswith("e1.")
            assert answer == '431[{"ok":true}]'
            await old.send('42["enter","Old"]')
            assert await heard(old) == '42["welcome",["Ana","Old"]]'
            assert json.loads((await heard(ana))[2:])[:2] == ["joined", "Old"]

    @pytest.mark.parametrize(("hello", "query"), [("40{}", {}), ("40", {"recovery": "0"})])
    async def test_clients_that_cannot(self, server: Talking, hello: str, query: dict[str, str]) -> None:
        """One argument more is one too many for some."""
        async with socket(server, 4, **query) as ana:
            await heard(ana)
            await ana.send(hello)
            assert json.loads((await heard(ana))[2:]).keys() == {"sid"}
            await ana.send('42["enter","Ana"]')
            assert await heard(ana) == '42["welcome",["Ana"]]'

    async def _lost(self, server: Talking) -> tuple[str, str, str]:
        """Lose a connection on which somebody was; return the two ids and the last position."""
        async with socket(server) as ana:
            await heard(ana)
            await ana.send("40")
            said = json.loads((await heard(ana))[2:])
            await ana.send('42["enter","Ana"]')
            offset = json.loads((await heard(ana))[2:])[-1]
            ana.transport.abort()
        await until(lambda: all(each.sink is None for each in server.world.hub.sessions))
        return said["sid"], said["pid"], offset

    async def _back(self, client: ClientConnection, pid: str, offset: Any) -> dict[str, Any]:
        await heard(client)
        await client.send("40" + json.dumps({"pid": pid, "offset": offset}))
        return dict(json.loads((await heard(client))[2:]))

    async def test_missed_events_come_first(self, server: Talking) -> None:
        sid, pid, offset = await self._lost(server)
        async with Poller(server) as bob, socket(server) as ana:
            await bob.entered("Bob")
            await bob.says('42["say","hello"]')
            await heard(ana)
            await ana.send(f'40{{"pid":"{pid}","offset":"{offset}"}}')
            assert json.loads((await heard(ana))[2:])[:2] == ["joined", "Bob"]
            assert json.loads((await heard(ana))[2:])[:3] == ["said", "Bob", "hello"]
            assert json.loads((await heard(ana))[2:]) == {"sid": sid, "pid": pid}
            await bob.says('42["say","again"]')
            assert json.loads((await heard(ana))[2:])[:3] == ["said", "Bob", "again"]
            assert len(server.world.hub.presence.roster(LOBBY)) == 2

    @pytest.mark.parametrize("offset", [None, "", "e1", "e1.x", "e1.-1", "e0.3", "e1." + "9" * 30, 7, {}, "418230975"])
    async def test_no_such_position(self, server: Talking, offset: Any) -> None:
        """The client begins anew, and meets no ghost of itself."""
        _sid, pid, _offset = await self._lost(server)
        async with socket(server) as ana:
            said = await self._back(ana, pid, offset)
            assert said["pid"] != pid
            assert len(server.world.hub.sessions) == 0

    async def test_an_unknown_id(self, server: Talking) -> None:
        _sid, pid, offset = await self._lost(server)
        async with socket(server) as eve:
            assert (await self._back(eve, pid[:-1], offset))["pid"] != pid
        async with socket(server) as ana:
            assert (await self._back(ana, pid, offset))["pid"] == pid

    async def test_too_late(self, server: Talking, clock: LoopedClock) -> None:
        _sid, pid, offset = await self._lost(server)
        assert server.socketio.recoverable == 1
        clock.advance(31)
        assert (server.socketio.recoverable, len(server.world.hub.sessions)) == (0, 0)
        async with socket(server) as ana:
            assert (await self._back(ana, pid, offset))["pid"] != pid

    async def test_whoever_was_removed_meanwhile(self, server: Talking) -> None:
        _sid, pid, offset = await self._lost(server)
        hub = server.world.hub
        hub.end(next(iter(hub.sessions)), KICKED, LeaveReason.KICKED)
        async with socket(server) as ana:
            assert (await self._back(ana, pid, offset))["pid"] != pid

    async def test_before_the_loss_was_noticed(self, server: Talking) -> None:
        """The newer connection takes over, and the older is told that it was replaced."""
        async with socket(server) as first, socket(server) as second:
            await heard(first)
            await first.send("40")
            pid = json.loads((await heard(first))[2:])["pid"]
            await first.send('42["enter","Ana"]')
            offset = json.loads((await heard(first))[2:])[-1]
            assert (await self._back(second, pid, offset))["pid"] == pid
            assert await heard(first) == "41"
            assert await ended(first) == 4001
            await second.send('42["say","here"]')
            assert json.loads((await heard(second))[2:])[:3] == ["said", "Ana", "here"]
        assert len(server.world.hub.sessions) <= 1

    async def test_switched_off(self, clock: LoopedClock) -> None:
        async with talking(clock=clock, admission=Admission(resume_s=0)) as server, socket(server) as ana:
            await heard(ana)
            await ana.send("40")
            assert json.loads((await heard(ana))[2:]).keys() == {"sid"}


class TestEnds:
    async def test_the_server_restarts(self, server: Talking) -> None:
        """Whoever polls is told, whether waiting or not; nobody is told not to come back."""
        async with Poller(server) as ana, Poller(server, 3) as bob:
            await ana.entered("Ana")
            await bob.entered("Bob")
            await ana.fetches()
            poll = asyncio.ensure_future(ana.fetches())
            await until(lambda: any(each._polled for each in server.socketio))
            await server.socketio.close_all()
            assert await poll == "1"
            assert await bob.fetches() == "1:1"
            assert fault(await bob.get()) == (400, 1)
            assert len(server.socketio) == 0

    async def test_the_goodbye_is_not_fetched(self, server: Talking, clock: LoopedClock) -> None:
        async with Poller(server) as ana:
            await ana.entered("Ana")
            await server.socketio.close_all()
            assert len(server.socketio) == 1
            clock.advance(11)
            assert len(server.socketio) == 0

    async def test_somebody_is_removed(self, server: Talking) -> None:
        """A final end is said in the namespace, so that clients do not come back by themselves."""
        async with Poller(server) as ana, socket(server, 3) as bob:
            await ana.entered("Ana")
            await heard(bob), await heard(bob)
            await bob.send('42["enter","Bob"]')
            await heard(bob)
            await ana.fetches()
            hub = server.world.hub
            for session in hub.sessions:
                hub.end(session, KICKED, LeaveReason.KICKED)
            assert (await ana.fetches()).split("\x1e")[-1] == "41"
            assert await ana.fetches() == "1"
            assert "41" in [await heard(bob) for _ in range(3)]
            assert await ended(bob) == KICKED.code

    async def test_a_waiting_client_goes_away(self, server: Talking) -> None:
        """The connection of its poll is gone, and so is it; its person may come back."""
        async with Poller(server) as ana:
            await ana.entered("Ana")
            poll = asyncio.ensure_future(ana.fetches())
            await until(lambda: any(each._polled for each in server.socketio))
            poll.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await poll
        await until(lambda: not len(server.socketio))
        assert (server.socketio.recoverable, len(server.world.hub.sessions)) == (1, 1)

    async def test_a_bug_of_the_dialect(self, server: Talking) -> None:
        """It ends the one session, by either transport."""
        async with Poller(server) as ana, socket(server) as bob, Poller(server) as cem:
            await ana.entered("Ana")
            await cem.entered("Cem")
            await heard(bob)
            await bob.send("40")
            await heard(bob)
            await ana.post('42["break"]')
            await bob.send('42["break"]')
            assert await ended(bob) == 1011
            assert "1" in [await ana.fetches() for _ in range(2)]
            await cem.says('427["say","fine"]')
            assert "fine" in await cem.fetches()

    async def test_a_bug_at_the_beginning(self, clock: LoopedClock) -> None:
        """Clients of 2.x are judged within their first request; nothing stays of one that fails, of its place neither."""
        limits = Limits(connections_per_address=1)
        async with talking(clock=clock, limits=limits) as server, Poller(server, 3, X_Forwarded_For="192.0.2.7") as ana:
            assert (await ana.get(token="break")).status_code == 500
            async with socket(server, 3, token="break") as bob:
                assert await ended(bob) == 1011
            await until(lambda: not len(server.socketio))
            await ana.begin()


def test_settings_hold_every_revision() -> None:
    """A timeout is known for each that is served."""
    assert dict(EngineSettings().ping_timeout_s).keys() == {3, 4}
