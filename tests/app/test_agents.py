"""Programs on a real NATS server beside a whole server: what they are told, and the sessions that they open."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
import uvicorn
from nats.aio.subscription import Subscription
from tests.nats_server import NatsServer, subscribed
from websockets.asyncio.client import ClientConnection, connect

from palaver.app import opened

PATIENCE_S = 20.0
SETTINGS = """
[Spreed.app]
pipelinesEnabled = true
[Spreed.users]
enabled = true
sharedsecret_secret = "a secret of these tests"
[Spreed.nats]
channelling_trigger = true
url = "{url}"
client_id = "one"
"""


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    found = NatsServer()
    found.start()
    yield found
    found.stop()


class Town:
    """A server, and a program on its bus."""

    def __init__(self, port: int, bus: nats.NATS, told: Subscription) -> None:
        self.port = port
        self.bus = bus
        self._told = told
        self.ids: dict[str, str] = {}

    async def is_told(self, name: str) -> dict[str, Any]:
        """Return the next thing that is told, which bears this name."""
        message = await self._told.next_msg(PATIENCE_S)
        assert message.subject == f"channelling.trigger.{name}"
        found: dict[str, Any] = json.loads(message.data)
        return found

    async def asks(self, subject: str, payload: Any) -> dict[str, Any]:
        answer = await self.bus.request(subject, json.dumps(payload).encode(), timeout=PATIENCE_S)
        found: dict[str, Any] = json.loads(answer.data)
        if found.get("Id"):
            self.ids[payload["Id"]] = found["Id"]
        return found

    async def says(self, subject: str, payload: Any) -> None:
        await self.bus.publish(subject, json.dumps(payload).encode())

    async def hears(self, subject: str) -> Subscription:
        return await subscribed(self.bus, subject)

    @contextlib.asynccontextmanager
    async def caller(self) -> AsyncIterator["Caller"]:
        async with connect(f"ws://127.0.0.1:{self.port}/spreed/ws") as socket:
            me = json.loads(await socket.recv())["Data"]
            yield Caller(socket, me["Id"])


class Caller:
    """A client of the wire."""

    def __init__(self, socket: ClientConnection, name: str) -> None:
        self._socket = socket
        self.id = name

    async def says(self, word: str, document: Any) -> None:
        whole = document if word == "Hello" else {"Type": word, **document}
        await self._socket.send(json.dumps({"Type": word, word: whole}))

    async def hears(self, word: str) -> dict[str, Any]:
        """Return the next document of a type."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found: dict[str, Any] = json.loads(await self._socket.recv())
                if found["Data"]["Type"] == word:
                    return found


@pytest.fixture
async def town(tmp_path: Path, server: NatsServer) -> AsyncIterator[Town]:
    (tmp_path / "settings.toml").write_text(SETTINGS.format(url=server.url))
    bus = await nats.connect(server.url)
    last = await subscribed(bus, "channelling.trigger.disconnect")
    told = await subscribed(bus, "channelling.trigger.*")
    async with opened(tmp_path) as app:
        serving = uvicorn.Server(uvicorn.Config(app, port=0, ws="websockets-sansio", log_config=None, lifespan="off"))
        task = asyncio.create_task(serving._serve())
        while not serving.started:
            await asyncio.wait([task], timeout=0.01)
        found = Town(serving.servers[0].sockets[0].getsockname()[1], bus, told)
        # Once that is told, the server listens, too.
        assert await found.is_told("startup") == {"Id": "one", "Name": "startup", "From": "one"}
        yield found
        serving.should_exit = True
        await task
        await found.asks("channelling.session.create", {"Id": "still here"})
    # A session on the bus ends with the server, and that is told, too.
    while json.loads((await last.next_msg(PATIENCE_S)).data)["From"] != found.ids["still here"]:
        pass
    await bus.close()


def offer(to: str, **more: str) -> dict[str, Any]:
    return {"To": to, "Offer": {"type": "offer", "sdp": "v=0", **more}}


async def next_of(out: Subscription, word: str) -> dict[str, Any]:
    """Return the next thing that a session of the bus hears of a type; its own Welcome may come at any time before."""
    while True:
        found: dict[str, Any] = json.loads((await out.next_msg(PATIENCE_S)).data)
        if found["Outgoing"]["Data"]["Type"] == word:
            return found


async def test_programs_are_told_of_sessions_and_calls(town: Town) -> None:
    async with town.caller() as ann, town.caller() as bob:
        for each in (ann, bob):
            assert await town.is_told("connect") == {"Id": "one", "Name": "connect", "From": each.id}
            assert await town.is_told("session") == {"Id": "one", "Name": "session", "From": each.id}
        await ann.says("Offer", offer(bob.id, _token="a file"))
        await ann.says("Offer", offer(bob.id))
        call = {"Id": "one", "Payload": bob.id, "From": ann.id, "Pipeline": f"call.{ann.id}.{bob.id}"}
        assert await town.is_told("offer") == {**call, "Name": "offer"}
        await ann.says("Candidate", {"To": bob.id, "Candidate": {"candidate": ""}})
        await ann.says("Bye", {"To": bob.id, "Bye": {"Reason": "busy"}})
        assert await town.is_told("bye") == {**call, "Name": "bye"}
        await bob.says("Answer", {"To": ann.id, "Answer": {"type": "answer", "sdp": "v=0"}})
        assert (await town.is_told("answer"))["Payload"] == ann.id
        await ann.says("Self", {"Self": {}})
        assert (await town.is_told("session"))["From"] == ann.id
    gone = {(await town.is_told("disconnect"))["From"] for _ in range(2)}
    assert gone == {ann.id, bob.id}


async def test_a_program_opens_a_session_that_is_called_and_answers(town: Town) -> None:
    async with town.caller() as ann:
        await ann.says("Hello", {"Name": "garden"})
        await ann.hears("Welcome")
        created = await town.asks(
            "channelling.session.create",
            {"Id": "robot", "Session": {"Userid": "robot@local", "Ua": "Robot 1", "Status": {"displayName": "Robot"}},
             "Room": {"Name": "garden"}},
        )  # fmt: skip
        assert created["SubjectOut"].startswith("channelling.trigger.sink.")
        joined = (await ann.hears("Joined"))["Data"]
        assert (joined["Id"], joined["Userid"], joined["Ua"]) == (created["Id"], "robot@local", "Robot 1")
        out = await town.hears(created["SubjectOut"])
        await ann.says("Offer", offer(created["Id"]))
        heard = await next_of(out, "Offer")
        assert heard["Outgoing"]["Data"]["Offer"] == {"type": "offer", "sdp": "v=0"}
        assert heard["Outgoing"]["From"] == ann.id
        assert (heard["ToUserid"], heard["Pipe"]) == ("robot@local", f"call.{ann.id}.{created['Id']}")
        answer = {"To": ann.id, "Type": "Answer", "Answer": {"type": "answer", "sdp": "v=0"}}
        await town.says(created["SubjectIn"], {"Type": "Answer", "Answer": answer})
        assert (await ann.hears("Answer"))["From"] == created["Id"]
        await town.says("channelling.session.close", "robot")
        assert (await ann.hears("Left"))["Data"]["Id"] == created["Id"]


async def test_one_program_takes_what_was_sent_to_nobody(town: Town) -> None:
    created = await town.asks("channelling.session.create", {"Id": "rest", "SetAsDefault": True})
    out = await town.hears(created["SubjectOut"])
    async with town.caller() as ann:
        async with town.caller() as bob:
            pass
        await ann.says("Alive", {"Alive": 1})
        await ann.hears("Alive")
        await ann.says("Offer", offer(bob.id))
        heard = await next_of(out, "Offer")
        assert heard["Outgoing"]["To"] == bob.id
        assert heard["Pipe"] == f"call.{ann.id}.{bob.id}"
        async with httpx.AsyncClient() as client:
            address = f"http://127.0.0.1:{town.port}/api/v1/pipelines/{heard['Pipe']}"
            kept = (await client.get(address)).json()
            assert (kept["Seq"], kept["Msg"]) == (0, heard["Outgoing"])
            answer = {"To": ann.id, "Type": "Answer", "Answer": {"type": "answer", "sdp": "v=0"}}
            said = await client.post(address, json={"Type": "Answer", "Answer": answer})
            assert said.json() == {"Data": None, "From": ann.id}
        assert (await ann.hears("Answer"))["From"] == created["Id"]


async def test_a_program_sets_the_type_of_a_room_and_clears_it(town: Town) -> None:
    for kind, shown in (("Conference", "Conference"), ("Nonsense", "Conference"), ("", "Room")):
        await town.says("channelling.config.roomtype", {"path": "daily", "type": kind})
        # What is asked for after it on the same bus is done after it.
        await town.asks("channelling.session.create", {"Id": "probe"})
        async with town.caller() as ann:
            await ann.says("Hello", {"Name": "daily"})
            assert (await ann.hears("Welcome"))["Data"]["Room"]["Type"] == shown


@pytest.mark.parametrize("payload", [{}, {"Id": ""}, {"Id": 7}, [], {"Id": "x", "Session": {"Userid": "a:b"}}])
async def test_what_cannot_be_a_session_is_refused_in_json(town: Town, payload: Any) -> None:
    assert (await town.asks("channelling.session.create", payload))["success"] is False
