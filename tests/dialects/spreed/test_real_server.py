"""A real server and programs that speak Spreed's wire: conversations of §6 over sockets, and calls that carry pictures."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient
from tests.browser.python_peer import PythonPeer
from tests.browser.visitor import until
from tests.client.serving import Server, serving
from tests.dialects.spreed.peer import PATIENCE_S, NativePeer, SpreedClient, SpreedPeer

from palaver.client import Client
from palaver.core.calls import Answer, Candidate, Offer, SendSignal, SignalSent
from palaver.core.chat import InChannel, MarkMessages, MessagePosted, PostMessage, ReceiptState, ToPerson
from palaver.core.ids import RoomId
from palaver.core.participants import BySession, ParticipantUpdated
from palaver.core.rooms import JoinRoom, ParticipantJoined, ParticipantLeft
from palaver.core.sessions import Joined

SETTINGS = """
[Spreed.app]
globalRoom = "tower"
[Spreed.users]
enabled = true
mode = "sharedsecret"
sharedsecret_secret = "for tests: accounts of Spreed"
allowRegistration = true
[Spreed.roomtypes]
"^conf/.+" = "Conference"
"""
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("spreed")
    with serving(home, after=SETTINGS) as found:
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


@pytest.fixture
async def native(server: Server) -> AsyncIterator[NativePeer]:
    peer = NativePeer(server.url, "ned", "crossroads")
    running = asyncio.ensure_future(peer.run())
    async with asyncio.timeout(PATIENCE_S):
        await peer.arrived.wait()
    yield peer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_spreed_client_calls_a_native_user_and_both_see_each_other(server: Server, native: NativePeer) -> None:
    async with SpreedPeer(server.url, "Ann") as ann:
        welcome = await ann.enter("crossroads")
        (ned,) = [each["Id"] for each in welcome["Users"] if each["Id"] != ann.id]
        await ann.call(ned)
        (session,) = native._connections
        await asyncio.gather(ann.sees(ned), native.sees(session))
        await ann.hang_up(ned)
        async with asyncio.timeout(PATIENCE_S):
            await native.parted.wait()


async def test_a_native_user_calls_a_spreed_client_and_both_see_each_other(server: Server, native: NativePeer) -> None:
    async with SpreedPeer(server.url, "Ann") as ann:
        welcome = await ann.enter("crossroads")
        (ned,) = [each["Id"] for each in welcome["Users"] if each["Id"] != ann.id]
        session = await native.meets("Ann")
        await native.call(session)
        await asyncio.gather(ann.sees(ned), native.sees(session))


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


# -- the conversations of section 6 that are not above ----------------------------------------------------------------


async def test_credentials_are_refreshed_and_a_sign_of_life_is_answered(server: Server) -> None:
    async with SpreedClient(server.url, "Ann") as ann:
        await ann.say("Alive", 1_700_000_005_000)
        assert (await ann.hears("Alive"))["Data"]["Alive"] == 1_700_000_005_000
        await ann.say("Self", {})
        again = (await ann.hears("Self"))["Data"]
        assert (again["Id"], again["Sid"]) == (ann.id, ann.me["Sid"])
        assert again["Token"]  # that it is a new one, a transcript shows, whose clock moves


async def test_a_connection_that_is_replaced_is_closed_and_nobody_hears_that_it_left(server: Server) -> None:
    async with SpreedClient(server.url, "Bob") as bob, SpreedClient(server.url, "Ann") as ann:
        await bob.enter("orchard")
        await ann.enter("orchard")
        await bob.hears("Joined", Id=ann.id)
        async with SpreedClient(server.url, "Ann", path="/ws", token=ann.me["Token"]) as again:
            await ann._reading
            await again.enter("orchard")
            await bob.hears("Joined", Id=ann.id)
            assert not [frame for frame in bob.told if frame["Data"]["Type"] == "Left"]


async def test_rooms_are_left_and_switched_and_their_pins_asked_for(server: Server) -> None:
    async with SpreedClient(server.url, "Ann") as ann, SpreedClient(server.url, "Bob") as bob:
        await ann.enter("vault", Credentials={"PIN": "4711"})
        assert await bob.refused("Hello", {"Name": "vault"}) == "authorization_required"
        assert await bob.refused("Hello", {"Name": "vault", "Credentials": {"PIN": "1"}}) == "invalid_credentials"
        assert await bob.refused("Users", {}) == "not_in_room"
        await bob.enter("vault", Credentials={"PIN": "4711"})
        await ann.hears("Joined", Id=bob.id)
        assert (await ann.ask("Room", {"Type": "Room", "Name": "vault", "Credentials": {"PIN": ""}}))["Type"] == "Room"
        assert (await bob.hears("Room"))["Data"]["Credentials"] == {"PIN": ""}
        assert await bob.refused("Room", {"Name": "other"}) == "not_in_room"
        await bob.enter("shed")
        assert (await ann.hears("Left", Id=bob.id))["Data"]["Status"] == "soft"
        refused = {"Name": "vault", "Credentials": {"PIN": "4711"}}
        assert await bob.refused("Hello", refused) == "authorization_not_required"


async def test_a_message_is_sent_delivered_and_seen(server: Server) -> None:
    async with SpreedClient(server.url, "Ann") as ann, SpreedClient(server.url, "Bob") as bob:
        await ann.chat("hi", bob.id, Mid="9f0c")
        said = (await bob.hears("Chat"))["Data"]["Chat"]
        assert (said["Message"], said["Mid"]) == ("hi", "9f0c")
        for status in ({"State": "delivered", "Mid": "9f0c"}, {"SeenMids": ["9f0c"]}, {"Typing": "start"}):
            await bob.chat("", ann.id, Status=status)
        told = [(await ann.hears("Chat"))["Data"]["Chat"]["Status"] for _ in range(4)]
        assert told == [
            {"State": "sent"},
            {"State": "delivered", "Mid": "9f0c"},
            {"SeenMids": ["9f0c"]},
            {"Typing": "start"},
        ]


async def test_a_picture_is_fetched_under_the_address_that_its_status_became(server: Server) -> None:
    async with (
        SpreedClient(server.url, "Ann") as ann,
        SpreedClient(server.url, "Bob") as bob,
        AsyncClient(base_url=server.url, trust_env=False) as web,
    ):
        await bob.enter("gallery")
        await ann.enter("gallery")
        url = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
        await ann.say("Status", {"displayName": "Ann", "buddyPicture": url, "message": "away"})
        await bob.hears("Status", Rev=2)
        shown = (await bob.hears("Status", Id=ann.id))["Data"]["Status"]
        assert shown["message"] == "away"
        found = await web.get("/static/img/buddy/s46/" + shown["buddyPicture"].removeprefix("img:"))
        assert (found.status_code, found.headers["content-type"], found.content) == (200, "image/png", PICTURE)


async def _with_account(client: SpreedClient, web: AsyncClient) -> str:
    """Make an account, and log in with its nonce."""
    made = (await web.post("/api/v1/users", json={"id": client.id, "sid": client.me["Sid"]})).json()
    myself = await client.ask("Authentication", {"Userid": made["userid"], "Nonce": made["nonce"]})
    assert myself["Userid"] == made["userid"]
    client.me = {**myself, "proof": made}
    userid: str = made["userid"]
    return userid


async def test_an_account_is_made_and_used_again_and_its_contacts_are_found(server: Server) -> None:
    async with AsyncClient(base_url=server.url, trust_env=False) as web, SpreedClient(server.url, "Bob") as bob:
        async with SpreedClient(server.url, "Ann") as ann:
            ann_user, bob_user = await _with_account(ann, web), await _with_account(bob, web)
            await ann.chat("Contact request", bob.id, Status={"ContactRequest": {"Id": "r1", "Success": False}})
            asked = (await bob.hears("Chat"))["Data"]["Chat"]["Status"]["ContactRequest"]
            assert asked["Userid"] == ann_user
            accepted = {"ContactRequest": {**asked, "Success": True}}
            await bob.chat("Contact request answer", ann.id, Status=accepted)
            answer = (await ann.hears("Chat"))["Data"]["Chat"]["Status"]["ContactRequest"]
            assert answer == {"Id": "r1", "Success": True, "Userid": bob_user, "Token": asked["Token"]}
        secret, proof = ann.me["Suserid"], ann.me["proof"]

        async with SpreedClient(server.url, "Ann") as later:
            assert later.me["Userid"] == ""
            stored = {**proof, "id": later.id, "sid": later.me["Sid"]}
            nonce = (await web.patch(f"/api/v1/sessions/{later.id}/", json=stored)).json()["nonce"]
            myself = await later.ask("Authentication", {"Userid": ann_user, "Nonce": nonce})
            assert (myself["Userid"], myself["Suserid"]) == (ann_user, secret)
            found = await later.ask("Sessions", {"Type": "contact", "Token": answer["Token"]})
            assert [each["Id"] for each in found["Users"]] == [bob.id]
            await bob.__aexit__()
            assert (await later.hears("Left", Id=bob.id))["Data"]["Status"] == "hard"


async def test_an_attestation_shows_whose_it_is(server: Server) -> None:
    async with SpreedClient(server.url, "Ann") as ann, SpreedClient(server.url, "Cem") as cem:
        await ann.enter("lookup")
        await cem.enter("lookup")
        shown = (await ann.hears("Status", Id=cem.id))["A"]
        found = await ann.ask("Sessions", {"Type": "session", "Token": shown})
        assert [(each["Id"], each["Status"]["displayName"]) for each in found["Users"]] == [(cem.id, "Cem")]
        assert await ann.refused("Sessions", {"Type": "session", "Token": "x" + shown[1:]}) == "bad_attestation"


async def test_whoever_is_in_a_call_gathers_others(server: Server) -> None:
    async with (
        SpreedPeer(server.url, "Ann") as ann,
        SpreedPeer(server.url, "Bob") as bob,
        SpreedPeer(server.url, "Cem") as cem,
    ):
        for each in (ann, bob, cem):
            await each.enter("yard")
        low, high = sorted((bob, cem), key=lambda each: each.id)
        await ann.say("Conference", [bob.id, cem.id, ann.id], Id="adhoc_1")
        for each in (bob, cem):
            told = (await each.hears("Conference"))["Data"]
            assert (told["Id"], told["Conference"]) == ("adhoc_1", [bob.id, cem.id, ann.id])
        await low.call(high.id, _conference="adhoc_1")
        await asyncio.gather(low.sees(high.id), high.sees(low.id))


async def test_the_global_room_is_heard_everywhere(server: Server) -> None:
    async with SpreedClient(server.url, "Ann") as ann, SpreedClient(server.url, "Eve") as eve:
        await ann.enter("corner")
        await eve.enter("tower")
        await ann.hears("Joined", Id=eve.id)
        await eve.chat("we close at ten")
        assert (await ann.hears("Chat"))["Data"]["Chat"]["Message"] == "we close at ten"
