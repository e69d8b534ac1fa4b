"""How a session of Socket.IO lives on: heartbeats, the change to a WebSocket, coming back, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from tests.fakes import LOBBY
from tests.transports.engine_client import ended, heard, socket, until
from tests.transports.talk import LoopedClock, Poller, Talking, fault, talking
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from palaver.core.disconnects import KICKED
from palaver.core.rooms import LeaveReason
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits


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
            await until(lambda: any(each.is_asked for each in server.socketio))
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
            await until(lambda: any(each.is_asked for each in server.socketio))
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
            await until(lambda: any(each.is_asked for each in server.socketio))
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
            await until(lambda: any(each.is_asked for each in server.socketio))
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
