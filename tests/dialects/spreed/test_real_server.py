"""A real server and programs that speak Spreed's wire: conversations of §6 over sockets, and calls that carry pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.browser.python_peer import PythonPeer
from tests.browser.visitor import until
from tests.client.serving import Server, serving
from tests.dialects.spreed.peer import PATIENCE_S, SpreedClient, SpreedPeer

from palaver.client import Client
from palaver.core.calls import Answer, Candidate, Offer, SendSignal, SignalSent
from palaver.core.chat import InChannel, MarkMessages, MessagePosted, PostMessage, ReceiptState, ToPerson
from palaver.core.ids import RoomId
from palaver.core.participants import BySession, ParticipantUpdated
from palaver.core.rooms import JoinRoom, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Joined

CONFERENCES = '[Spreed.roomtypes]\n"^conf/.+" = "Conference"\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("spreed")
    with serving(home, after=CONFERENCES) as found:
        yield found


async def test_two_peers_negotiate_and_see_each_other(server: Server) -> None:
    async with SpreedPeer(server.url, "Ann") as ann, SpreedPeer(server.url, "Bob", path="/ws") as bob:
        await ann.enter("cinema")
        await bob.enter("cinema")
        joined = await ann.hears("Joined", Id=bob.id)
        assert joined["From"] == bob.id
        assert joined["A"]
        await ann.call(bob.id)
        await asyncio.gather(ann.sees(bob.id), bob.sees(ann.id))
        assert bob.candidates + ann.candidates > 0
        await ann.hang_up(bob.id, "unload")
        bye = await bob.hears("Bye")
        assert (bye["From"], bye["Data"]["Bye"]) == (ann.id, {"Reason": "unload"})


async def test_a_conference_room_gathers_everybody(server: Server) -> None:
    """Of two, the one with the lower Id offers, as clients of this wire do; a native program takes part by its own rule."""
    async with SpreedPeer(server.url, "Ann") as ann, SpreedPeer(server.url, "Bob") as bob:
        welcome = await ann.enter("conf/daily")
        assert welcome["Room"]["Type"] == "Conference"
        await bob.enter("conf/daily")
        gathered = [await each.hears("Conference") for each in (ann, bob)]
        assert {tuple(sorted(frame["Data"]["Conference"])) for frame in gathered} == {tuple(sorted((ann.id, bob.id)))}
        low, high = sorted((ann, bob), key=lambda each: each.id)
        await low.call(high.id, _conference="Conference:conf/daily")
        await asyncio.gather(ann.sees(bob.id), bob.sees(ann.id))

        robot = PythonPeer(server.url, "robot", "conf/daily")
        running = asyncio.ensure_future(robot.run())
        try:
            frame = await ann.hears("Conference")
            (native,) = set(frame["Data"]["Conference"]) - {ann.id, bob.id}
            lower = [each for each in (ann, bob) if each.id < native]
            await asyncio.gather(*(each.call(native, _conference="Conference:conf/daily") for each in lower))
            await asyncio.gather(ann.sees(native), bob.sees(native))

            async def decodes() -> bool:
                return len([count for count in robot.frames.values() if count > 10]) == 2

            await until(decodes, "the native program decodes the pictures of both")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_spreed_and_a_native_client_talk_and_signal_both_ways(server: Server) -> None:
    room = RoomId("crossing")
    async with Client(server.url, name="ned") as ned, SpreedClient(server.url, "Ann") as ann:
        news = ned.events()
        joined = await ned.ask(JoinRoom(room, create=True))
        assert isinstance(joined, Joined)
        welcome = await ann.enter(room)
        ned_id = next(each["Id"] for each in welcome["Users"] if each["Id"] != ann.id)
        assert next(each for each in welcome["Users"] if each["Id"] == ned_id)["Status"]["displayName"] == "ned"
        arrived = await _next(news, ParticipantJoined)
        assert arrived.participant.media.camera, "who calls by its own wire counts as having a camera"
        named = await _next(news, ParticipantUpdated)
        assert (named.participant.handle, named.participant.session) == ("Ann", arrived.participant.session)

        await ann.chat("hello from Spreed")
        assert (await _next(news, MessagePosted)).message.text == "hello from Spreed"
        await ned.ask(PostMessage(InChannel(room), "hello from native", echo=False))
        said = await ann.hears("Chat", To="")
        assert (said["From"], said["Data"]["Chat"]["Message"]) == (ned_id, "hello from native")

        await ann.chat("psst", to=ned_id, Mid="m1")
        receipt = await ann.hears("Chat", To=ned_id)
        assert receipt["Data"]["Chat"]["Status"] == {"State": "sent"}
        direct = (await _next(news, MessagePosted)).message
        assert direct.text == "psst"
        await ned.ask(MarkMessages((direct.id,), ReceiptState.SEEN))
        assert (await ann.hears("Chat", To=ann.id))["Data"]["Chat"]["Status"] == {"SeenMids": ["m1"]}
        await ned.ask(PostMessage(ToPerson(BySession(direct.author.session)), "yes?", echo=False))
        answer = await ann.hears("Chat", To=ann.id)
        assert (answer["From"], answer["Data"]["Chat"]["Message"]) == (ned_id, "yes?")

        await _signal_both_ways(ann, ned, ned_id, news)
        await ann.say("Leave", {})
        assert not (await _next(news, ParticipantLeft)).gone


async def _signal_both_ways(ann: SpreedClient, ned: Client, ned_id: str, news: Any) -> None:
    """Offer, answer and candidate, from either side."""

    await ann.say("Offer", {"type": "offer", "sdp": "v=0 one"}, To=ned_id)
    offered = await _next(news, SignalSent)
    assert isinstance(offered.signal, Offer)
    assert msgspec.json.decode(offered.signal.description) == {"type": "offer", "sdp": "v=0 one"}
    back = BySession(offered.sender.session)
    await ned.ask(SendSignal(back, Answer(msgspec.Raw(b'{"type":"answer","sdp":"v=0 two"}')), offered.about))
    assert (await ann.hears("Answer"))["Data"]["Answer"] == {"type": "answer", "sdp": "v=0 two"}
    held = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
    await ned.ask(SendSignal(back, Candidate(msgspec.Raw(msgspec.json.encode(held))), offered.about))
    await ned.ask(SendSignal(back, Candidate(msgspec.Raw(b"null")), offered.about))
    assert (await ann.hears("Candidate"))["Data"]["Candidate"] == {"type": "candidate", **held}
    await ann.say("Candidate", {"type": "candidate", **held}, To=ned_id)
    candidate = await _next(news, SignalSent)
    assert isinstance(candidate.signal, Candidate)
    assert msgspec.json.decode(candidate.signal.candidate)["candidate"] == held["candidate"]

    await ned.ask(SendSignal(back, Offer(msgspec.Raw(b'{"type":"offer","sdp":"v=0 three"}'))))
    offer = await ann.hears("Offer")
    assert (offer["From"], offer["Data"]["Offer"]) == (ned_id, {"type": "offer", "sdp": "v=0 three"})
    await ann.say("Answer", {"type": "answer", "sdp": "v=0 four"}, To=ned_id)
    answered = await _next(news, SignalSent)
    assert isinstance(answered.signal, Answer)
    assert msgspec.json.decode(answered.signal.description)["sdp"] == "v=0 four"


async def _next(news: Any, kind: type[Any]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        async for event in news:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"no {kind.__name__}")


async def test_a_lost_session_comes_back_under_its_id_and_nobody_hears_that_it_left(server: Server) -> None:
    async with SpreedClient(server.url, "Bob") as bob:
        ann = SpreedClient(server.url, "Ann")
        await ann.__aenter__()
        await ann.enter("garden")
        await bob.enter("garden")
        await ann.hears("Joined", Id=bob.id)
        ann._socket.transport.abort()
        await ann._reading
        async with SpreedClient(server.url, "Ann", path="/ws", token=ann.me["Token"]) as again:
            assert (again.id, again.me["Sid"]) == (ann.id, ann.me["Sid"])
            welcome = await again.enter("garden")
            assert {each["Id"] for each in welcome["Users"]} == {ann.id, bob.id}
            await bob.hears("Joined", Id=ann.id)
            assert not [frame for frame in bob.told if frame["Data"]["Type"] == "Left"]
        assert (await bob.hears("Left", Id=ann.id))["Data"]["Status"] == "hard"
