"""The Python client against a real server: asks, events, and what a lost connection does to them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.client.serving import Server, Wire, serving
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from palaver.client import Client, Ended, Lost, Missed
from palaver.client.endings import is_final, refusal_of
from palaver.core import disconnects, errors
from palaver.core.chat import FetchHistory, InChannel, MessagePosted, Posted, PostMessage
from palaver.core.disconnects import Disconnect
from palaver.core.ids import RoomId
from palaver.core.moderation import Kick, SessionEnded
from palaver.core.participants import BySession, ParticipantUpdated, SetStatus
from palaver.core.rooms import JoinRoom, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Identified, Joined, Position, RenewToken, Resumed
from palaver.dialects.native.wire import RefusalDetail
from palaver.dialects.spreed import refusals

PATIENCE_S = 60
_numbers = itertools.count(1)


@pytest.fixture
def room() -> RoomId:
    """A room that no other test knows."""
    return RoomId(f"client-{next(_numbers)}")


async def heard(news: AsyncIterator[Any], kind: type[Any], fits: Callable[[Any], bool] = lambda _: True) -> Any:
    """Read on to the next news of this kind."""
    async with asyncio.timeout(PATIENCE_S):
        async for one in news:
            if isinstance(one, kind) and fits(one):
                return one
    raise AssertionError(f"the session ended before {kind.__name__}")


async def seated(client: Client, room: RoomId) -> Joined:
    joined = await client.ask(JoinRoom(room, create=True))
    assert isinstance(joined, Joined)
    return joined


async def test_two_clients_talk(server: Server, room: RoomId) -> None:
    """A message comes back to its author and to the other, with the id that the answer gave."""
    async with Client(server.url, name="ana") as ana, Client(server.url, name="bob") as bob:
        await seated(ana, room)
        snapshot = (await seated(bob, room)).snapshot
        assert {seat.handle for seat in snapshot.participants} == {"ana", "bob"}

        posted = await ana.ask(PostMessage(InChannel(room), "hello, *bob*"))

        told = await heard(bob.events(), MessagePosted)
        assert (told.message.id, told.message.author.handle, told.message.text) == (
            posted.message,
            "ana",
            "hello, *bob*",
        )
        assert (await heard(ana.events(), MessagePosted)).message == told.message
        page = await bob.ask(FetchHistory(InChannel(room)))
        assert [message.text for message in page.messages] == ["hello, *bob*"]


async def test_first_news_is_the_session(server: Server) -> None:
    """So that a program can take its seats in one place, whenever a session is opened."""
    async with Client(server.url, name="ana") as ana:
        assert await heard(ana.events(), Identified) == ana.me
        assert ana.me.name == "ana"


async def test_refusal_has_its_class_and_parameters(server: Server, room: RoomId) -> None:
    async with Client(server.url, name="ana") as ana:
        with pytest.raises(errors.NoSuchRoom) as refused:
            await ana.ask(JoinRoom(room))
        assert refused.value.text == f"There is no room {room}."
        with pytest.raises(errors.NotInRoom):
            await ana.ask(PostMessage(InChannel(room), "hello"))


async def test_refused_at_the_door(server: Server) -> None:
    """A refusal that cannot change is raised at once instead of being tried again."""
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(errors.TokenInvalid):
            await Client(server.url, token="nonsense").__aenter__()


class Impatient:
    """A clock whose owner goes after so many waits."""

    def __init__(self, waits: int) -> None:
        self._left = waits

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self._left -= 1
        if not self._left:
            raise ImpatientError


class ImpatientError(Exception):
    """Waited long enough."""


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://{}", "/native/ws"),
        ("http://{}/chat/?k=secret", "/chat/native/ws?k=secret"),
        ("http://{}/chat/native/ws", "/chat/native/ws"),
        ("ws://{}/elsewhere", "/elsewhere"),
    ],
)
async def test_why_there_is_no_connection_is_logged_once(
    given: str, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    paths: list[str] = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        paths.append(request.path)
        return connection.respond(404, "nothing here")

    async with serve(_never, "127.0.0.1", 0, process_request=refuse) as other:
        host = "{}:{}".format(*next(iter(other.sockets)).getsockname())
        with pytest.raises(ImpatientError):
            await Client(given.format(host), name="ana", clock=Impatient(3)).__aenter__()

    assert paths == [asked] * 3
    (said,) = [record.getMessage() for record in caplog.records if record.name == "palaver.client.client"]
    assert said == (
        f"no connection to ws://{host}{asked.partition('?')[0]}: "
        "server rejected WebSocket connection: HTTP 404; it is tried again"
    )


async def _never(_: ServerConnection) -> None:
    raise AssertionError


@pytest.mark.parametrize("url", ["chat.example.org", "localhost:9000", "https://", "ftp://chat.example.org", ""])
def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r'is not a web address; write it whole, such as "https://chat.example.org"'):
        Client(url, name="ana")


async def test_token_opens_a_verified_session(server: Server) -> None:
    token = server.token("carla", op=True)
    async with Client(server.url, token=token) as carla:
        assert (carla.me.user, carla.me.operator) == ("site:carla", True)


async def test_leaving_ends_the_session_at_once(server: Server, room: RoomId) -> None:
    async with Client(server.url, name="ana") as ana:
        await seated(ana, room)
        news = ana.events()
        async with Client(server.url, name="bob") as bob:
            await seated(bob, room)
            await heard(news, ParticipantJoined, lambda event: event.participant.handle == "bob")
        assert (await heard(news, ParticipantLeft)).reason == "left"
        with pytest.raises(Ended, match="left"):
            await bob.ask(SetStatus("away"))


async def test_lost_connection_resumes_without_a_hole(server: Server, wire: Wire, room: RoomId) -> None:
    """What was told while the connection was away arrives once, in order, and nobody heard of the loss."""
    async with Client(server.url, name="ana") as ana, Client(wire.url, name="bob") as bob:
        await seated(ana, room)
        await seated(bob, room)
        session, news = bob.me.session, bob.events()
        await ana.ask(PostMessage(InChannel(room), "before"))
        await heard(news, MessagePosted)

        wire.cut()
        texts = [f"message {number}" for number in range(20)]
        for text in texts:
            await ana.ask(PostMessage(InChannel(room), text))
        wire.mend()

        told = [(await heard(news, (MessagePosted, Resumed, Identified))).message.text for _ in texts]  # type: ignore[arg-type]
        assert told == texts
        assert bob.me.session == session
        await bob.ask(SetStatus("away"))
        seen = await heard(ana.events(), (ParticipantLeft, ParticipantUpdated))  # type: ignore[arg-type]
        assert (seen.participant.handle, seen.participant.status) == ("bob", "away")


async def test_ask_waits_for_the_connection(server: Server, wire: Wire, room: RoomId) -> None:
    async with Client(wire.url, name="ana") as ana:
        await seated(ana, room)
        wire.cut()
        async with asyncio.timeout(PATIENCE_S):
            while ana.connected:  # noqa: ASYNC110 - the loss comes from outside
                await asyncio.sleep(0.01)
        asked = asyncio.ensure_future(ana.ask(PostMessage(InChannel(room), "later")))
        with pytest.raises(TimeoutError):
            await ana.ask(PostMessage(InChannel(room), "never"), timeout_s=0.05)
        wire.mend()
        assert isinstance(await asked, Posted)
        page = await ana.ask(FetchHistory(InChannel(room)))
        assert [message.text for message in page.messages] == ["later"]


@contextlib.asynccontextmanager
async def pretended(*frames: str, code: int = 1012, reason: str = "") -> AsyncIterator[str]:
    """A server that opens a session, answers the next ask with these frames, and closes with that code and reason."""

    async def converse(socket: ServerConnection) -> None:
        await socket.recv()
        who = '"session":"s","resume_token":"t","resume_s":30,"name":"ana","default_room":"x"'
        await socket.send(f'{{"reply":1,"outcome":{{"type":"identified",{who}}}}}')
        await socket.recv()
        for frame in frames:
            await socket.send(frame)
        await socket.close(code, reason)

    async with serve(converse, "127.0.0.1", 0, subprotocols=[Subprotocol("palaver.v1")]) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"


async def test_who_does_not_wait_for_the_goodbye_leaves_as_well() -> None:
    """A program that is cancelled once more while it leaves has no session that comes back behind its back."""

    async def leave(client: Client) -> None:
        async with client:
            here.set()
            await leaving.wait()

    here, leaving = asyncio.Event(), asyncio.Event()
    async with pretended() as url:
        client = Client(url, name="ana")
        left = asyncio.create_task(leave(client))
        await here.wait()
        leaving.set()
        await asyncio.sleep(0)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert (client.ended, client.connected) == ("left", False)


@pytest.mark.parametrize("code", sorted(one.code for one in (errors.Limited, errors.Unavailable, errors.ServerFault)))
def test_who_is_put_off_comes_again(code: str) -> None:
    """What may be over in a moment, as a restart is, ends no session; what was decided does."""
    assert not is_final(refusal_of(RefusalDetail(code, "later", {})))
    assert is_final(refusal_of(RefusalDetail("banned", "no", {})))


def test_a_code_means_what_the_core_says() -> None:
    """Also in a process that has loaded the server, whose wires have refusals with such codes of their own."""
    assert refusals.NoSuchSession.code == errors.NoSuchSession.code
    assert type(refusal_of(RefusalDetail(errors.NoSuchSession.code, ""))) is errors.NoSuchSession


async def test_unanswered_ask_is_lost(room: RoomId) -> None:
    """A server that hangs up instead of answering leaves open whether it did what was asked; the client says so."""
    async with pretended() as url, Client(url, name="ana") as ana:
        with pytest.raises(Lost):
            await ana.ask(PostMessage(InChannel(room), "hello"))
        assert not ana.ended


@pytest.mark.parametrize("known", [one for one in vars(disconnects).values() if isinstance(one, Disconnect)])
async def test_close_codes_are_honoured(room: RoomId, known: Disconnect) -> None:
    """After some codes one may come back, after others the session is over, for the reason that the code stands for."""
    async with pretended(code=known.code) as url, Client(url, name="ana") as ana:
        with pytest.raises(Lost if known.may_return else Ended):
            await ana.ask(PostMessage(InChannel(room), "hello"))
        assert ana.ended == ("" if known.may_return else known.reason)


class Napping:
    """A clock that stands still, and tells for how long somebody wants to sleep."""

    def __init__(self) -> None:
        self.naps: asyncio.Queue[float] = asyncio.Queue()

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.naps.put_nowait(seconds)
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("reason", "shortest", "longest"), [("restarting;wait_ms=7345", 7.345, 7.345), ("", 0.25, 0.5)]
)
async def test_the_wait_that_a_stopping_server_asks_for_is_kept(
    room: RoomId, reason: str, shortest: float, longest: float
) -> None:
    clock = Napping()
    async with pretended(reason=reason) as url, Client(url, name="ana", clock=clock) as ana:
        with pytest.raises(Lost):
            await ana.ask(PostMessage(InChannel(room), "hello"))
        assert shortest <= await asyncio.wait_for(clock.naps.get(), PATIENCE_S) <= longest


async def test_words_of_a_newer_server(room: RoomId) -> None:
    """An event that is not known is passed over, a refusal keeps its code and sentence, an outcome fails only its ask."""
    event = '{"event":{"type":"moon_rose","over":"hills"},"epoch":"e","seq":7}'
    refusal = '{"reply":2,"refusal":{"code":"too_dark","text":"It is {too} dark.","params":{"lux":3}}}'
    async with pretended(event, refusal) as url, Client(url, name="ana") as ana:
        with pytest.raises(errors.Refusal) as refused:
            await ana.ask(PostMessage(InChannel(room), "hello"))
        assert (refused.value.code, refused.value.text) == ("too_dark", "It is {too} dark.")
        assert ana.position == Position("e", 7)
    async with pretended('{"reply":2,"outcome":{"type":"sung"}}') as url, Client(url, name="ana") as ana:
        with pytest.raises(msgspec.ValidationError):
            await ana.ask(PostMessage(InChannel(room), "hello"))
        assert not ana.ended


async def test_server_that_restarted_opens_a_new_session(tmp_path: Path, room: RoomId) -> None:
    """The client comes back by itself, and says that its seats are gone."""
    with serving(tmp_path / "data") as server:
        async with Client(server.url, name="ana") as ana:
            news = ana.events()
            first = await heard(news, Identified)
            await seated(ana, room)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            again = await heard(news, Identified)
            assert again.session != first.session
            assert [seat.handle for seat in (await seated(ana, room)).snapshot.participants] == ["ana"]


async def test_who_has_a_token_of_the_site_is_given_another_for_the_way_back(server: Server) -> None:
    token = server.token("alma")
    async with Client(server.url, token=token) as alma:
        renewed = await alma.ask(RenewToken())
        assert renewed.token != token
        async with Client(server.url, token=renewed.token) as again:
            assert again.me.user == alma.me.user == "site:alma"
    async with Client(server.url, name="gus") as guest:
        assert (await guest.ask(RenewToken())).token == ""


async def test_kicked_client_stays_away(server: Server, room: RoomId) -> None:
    """The close code says that one must not come back: events end, and asks raise."""
    token = server.token("warden", op=True)
    async with Client(server.url, token=token) as warden, Client(server.url, name="guest") as guest:
        await seated(warden, room)
        await seated(guest, room)
        news = guest.events()
        await warden.ask(Kick(room, BySession(guest.me.session), reason="noise"))
        assert (await heard(news, SessionEnded)).text == "noise"
        async with asyncio.timeout(PATIENCE_S):
            assert [one async for one in news] == []
        assert guest.ended == "kicked"
        with pytest.raises(Ended, match="kicked"):
            await guest.ask(SetStatus("away"))


async def test_unread_news_is_bounded(server: Server, room: RoomId, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever never reads keeps the newest, and is told how much is gone."""
    monkeypatch.setattr("palaver.client.client.MOST_UNREAD", 3)
    async with Client(server.url, name="ana") as ana:
        await seated(ana, room)
        for number in range(6):
            await ana.ask(PostMessage(InChannel(room), str(number)))
        news = ana.events()
        first = await heard(news, object)
        assert isinstance(first, Missed)
        assert [(await heard(news, MessagePosted)).message.text for _ in range(3)] == ["3", "4", "5"]


async def test_silent_server_is_tried_until_patience_ends() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5), Client("http://127.0.0.1:9", name="ana"):
            raise AssertionError("nobody listens there")
