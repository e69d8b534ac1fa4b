"""Sessions of Engine.IO and Socket.IO over real requests: what the wire says, whose a session is, and how each ends."""

from __future__ import annotations

import ipaddress
import json

import httpx
import pytest
from tests.transports.engine_client import ended, heard, socket, until
from tests.transports.talk import LoopedClock, Poller, Talking, fault, talking
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from palaver.hub.limits import Limits
from palaver.transports.engine_settings import EngineSettings


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

    async def test_no_revision_is_the_third(self, server: Talking) -> None:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{server.address}/socket.io/?transport=polling")
        assert answer.text.endswith("2:40")

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

    async def test_said_in_the_query_by_a_later_client(self, server: Talking) -> None:
        """As `query` of socket.io-client 3 and later; its `auth` goes before."""
        async with socket(server, 4, token="bad") as client:
            await heard(client)
            await client.send("40")
            assert json.loads((await heard(client))[2:])["data"]["code"] == "token_invalid"
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


def test_settings_hold_every_revision() -> None:
    """A timeout is known for each that is served."""
    assert dict(EngineSettings().ping_timeout_s).keys() == {3, 4}
