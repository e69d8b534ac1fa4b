"""BareRTC's wire without a connection: what a poll is answered, who may poll, and who is gone (BareRTC §3.14)."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes import Person
from tests.web.barertc.conftest import BareDesk, token

from palaver.core.chat import InChannel, PostMessage
from palaver.core.ids import ChannelId, RoomId
from palaver.core.rooms import MAIN_CHANNEL
from palaver.dialects.barertc import poll
from palaver.dialects.barertc.api import CallRefused
from palaver.dialects.barertc.poll import WORDS
from palaver.dialects.barertc.surface import DIALECT
from palaver.hub.limits import Limits
from palaver.transports import polled
from palaver.transports.access import Access
from palaver.transports.polled import PollingTransport

MAIN = InChannel(RoomId("lobby"), MAIN_CHANNEL)


class PollDesk(BareDesk):
    """A desk with the polling address."""

    def __init__(self, **world: Any) -> None:
        super().__init__(**world)
        self.polling = PollingTransport(self.world.hub, DIALECT, WORDS, lambda: Access(trusted=()))
        self.rebuild(polling=self.polling)

    async def polls(self, body: Any, **options: Any) -> httpx.Response:
        return await self.calls("/poll", body, **options)

    async def enters(self, name: str = "ana", **fields: Any) -> Poller:
        answer = await self.polls({"msg": {"action": "login", "username": name, **fields}})
        assert answer.status_code == 200
        return Poller(self, answer.json())


class Poller:
    """A client that polls."""

    def __init__(self, desk: PollDesk, entered: dict[str, Any]) -> None:
        self.desk = desk
        self.name, self.session_id = entered["username"], entered["session_id"]
        self.first: list[dict[str, Any]] = entered["messages"]

    async def says(self, action: str, **fields: Any) -> list[dict[str, Any]]:
        answer = await self.desk.polls(
            {"username": self.name, "session_id": self.session_id, "msg": {"action": action, **fields}}
        )
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["username"], found["session_id"]) == (self.name, self.session_id)
        messages: list[dict[str, Any]] = found["messages"]
        return messages

    async def hears(self) -> list[dict[str, Any]]:
        return await self.says("ping")


@pytest.fixture
def desk() -> PollDesk:
    return PollDesk()


def refused(answer: httpx.Response, status: int = 400) -> list[dict[str, Any]]:
    """Return the messages of a refusal, of which the first is a notice."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    found = answer.json()
    assert found.keys() == {"messages"}
    assert (found["messages"][0]["action"], found["messages"][0]["username"]) == ("error", "ChatServer")
    messages: list[dict[str, Any]] = found["messages"]
    return messages


def words(messages: list[dict[str, Any]]) -> list[str]:
    return [message["action"] for message in messages]


async def test_a_login_is_answered_with_a_session_and_all_that_a_newcomer_is_told(desk: PollDesk) -> None:
    ana = await desk.enters("ana")
    assert uuid.UUID(ana.session_id).version == 4
    assert words(ana.first) == ["me", "who", "echo", "presence"]
    assert await ana.hears() == []


async def test_what_waits_is_handed_over_once_in_order(desk: PollDesk) -> None:
    ana, bob = await desk.enters("ana"), desk.world.open("bob", "lobby")
    for text in ("one", "two"):
        bob.ask(PostMessage(MAIN, text))
    desk.world.clock.advance(2)
    heard = await ana.says("message", channel="main", message="three")
    assert [message.get("message") for message in heard if message["action"] == "message"] == [
        "<p>one</p>",
        "<p>two</p>",
        "<p>three</p>",
    ]
    assert [event["message"]["text"] for event in bob.hears() if event["type"] == "message_posted"][-1] == "three"
    assert words(await ana.hears()) == []


async def test_a_signed_in_user_has_the_name_of_the_token_and_gets_fresh_ones(desk: PollDesk) -> None:
    ana = await desk.enters("whoever", jwt=token("ana"))
    assert ana.name == "ana"
    desk.world.clock.advance(31)
    await ana.hears()
    desk.world.clock.advance(31)
    assert words(await ana.hears()).count("ping") == 1


async def test_who_is_refused_gets_no_session(desk: PollDesk) -> None:
    answer = await desk.polls({"msg": {"action": "login", "username": "ana", "jwt": "not.a.token"}})
    assert answer.status_code == 200
    assert answer.json().keys() == {"messages"}
    assert words(answer.json()["messages"])[0] == "error"
    assert len(desk.polling) == 0
    assert len(desk.world.hub.sessions) == 0


@pytest.mark.parametrize("message", [None, {}, {"action": "message", "message": "hello"}, {"action": "ping"}])
async def test_without_a_session_only_a_login_is_heard(desk: PollDesk, message: Any) -> None:
    body = {} if message is None else {"msg": message}
    assert refused(await desk.polls(body))[0]["message"] == "Not logged in."


async def test_half_of_what_names_a_session_is_not_enough(desk: PollDesk) -> None:
    ana = await desk.enters("ana")
    for half in ({"username": "ana"}, {"session_id": ana.session_id}):
        for message in ({"action": "ping"}, {"action": "login", "username": "ana"}):
            assert "required" in refused(await desk.polls({**half, "msg": message}))[0]["message"]


async def test_a_wrong_session_evicts_nobody(desk: PollDesk) -> None:
    """§10.3: it threw the user of that name out, on a WebSocket, too."""
    ana, bob = await desk.enters("ana"), desk.world.open("bob", "lobby")
    for name, session_id in (("ana", str(uuid.uuid4())), ("bob", ana.session_id), ("bob", "x"), ("nobody", "ü")):
        answer = await desk.polls({"username": name, "session_id": session_id, "msg": {"action": "ping"}})
        assert words(refused(answer)) == ["error", "disconnect"]
    assert not [event for event in bob.hears() if event["type"] == "participant_left"]
    await ana.hears()
    assert desk.world.hub.presence.named(RoomId("lobby"), "bob")


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
async def test_only_posts_of_json_are_read(desk: PollDesk, method: str) -> None:
    assert refused(await desk.asks(method, "/poll", bearer=""))[0]["message"] == "Only POST methods allowed"
    answer = await desk.polls({}, headers={"Content-Type": "application/json; charset=utf-8"})
    assert refused(answer)[0]["message"] == "Only application/json content-types allowed"
    assert (await desk.calls("/barertc/poll", {})).status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[" * 50_000, b'{"username": 7}', b'{"msg": [1]}', b'{"msg": {"action": 1}}']
)
async def test_what_cannot_be_read_is_a_notice(desk: PollDesk, body: bytes) -> None:
    refused(await desk.polls(body))


async def test_a_frame_that_cannot_be_read_disturbs_nobody(desk: PollDesk) -> None:
    ana = await desk.enters("ana")
    await ana.says("message", channel=7)
    assert words(await ana.says("nonsense")) == ["error"]
    assert await ana.hears() == []


async def test_a_stranger_may_send_little_and_somebody_who_polls_a_picture(desk: PollDesk) -> None:
    large = {"msg": {"action": "login", "username": "ana", "comment": "x" * polled.BYTES_BEFORE_SESSION}}
    refused(await desk.polls(large), 413)
    ana = await desk.enters("ana")
    assert await ana.says("ping", comment="x" * 200_000) == []
    refused(await desk.polls(large, address="198.51.100.8"), 413)


async def test_who_polls_has_not_timed_out_where_the_clock_was_set(desk: PollDesk) -> None:
    await desk.enters("ana")
    bob = desk.world.open("bob", "lobby")
    in_an_hour = desk.world.clock.now() + 3600
    desk.world.clock.now = lambda: in_an_hour
    desk.world.clock.advance(59)
    assert not left(bob)
    desk.world.clock.advance(11)
    assert left(bob) == ["timed_out"]


async def test_who_does_not_poll_for_a_minute_has_timed_out(desk: PollDesk) -> None:
    ana, bob = await desk.enters("ana"), desk.world.open("bob", "lobby")
    desk.world.clock.advance(50)
    await ana.hears()
    desk.world.clock.advance(59)
    assert not left(bob)
    desk.world.clock.advance(11)
    assert left(bob) == ["timed_out"]
    answer = await desk.polls({"username": "ana", "session_id": ana.session_id, "msg": {"action": "ping"}})
    assert words(refused(answer)) == ["error", "disconnect"]
    assert (len(desk.polling), desk.world.hub.addresses.enter("198.51.100.7")) == (0, True)


def left(person: Person) -> list[str]:
    return [event["reason"] for event in person.hears() if event["type"] == "participant_left"]


async def test_others_who_poll_are_told_in_the_words_of_the_wire(desk: PollDesk) -> None:
    await desk.enters("ana")
    bob = await desk.enters("bob")
    heard = []
    for _ in range(7):
        desk.world.clock.advance(10)
        heard += await bob.hears()
    assert {"action": "presence", "username": "ana", "message": "has timed out!"} in heard


async def test_of_rosters_and_signs_of_life_only_the_newest_waits(desk: PollDesk) -> None:
    ana = await desk.enters("ana")
    for number in range(5):
        desk.world.open(f"guest{number}", "lobby")
        desk.world.clock.advance(5)
    heard = await ana.hears()
    assert words(heard).count("who") == 1
    rows = next(message for message in heard if message["action"] == "who")["whoList"]
    assert len(rows) == 6


async def test_who_is_sent_away_reads_why_at_the_next_poll_and_nothing_after(desk: PollDesk) -> None:
    ana = await desk.enters("ana")
    await desk.site("/api/disconnect/now", Usernames=["ana"], Message="Enough.")
    heard = await ana.hears()
    assert words(heard)[-1] == "disconnect"
    assert any("Enough." in message.get("message", "") for message in heard)
    answer = await desk.polls({"username": "ana", "session_id": ana.session_id, "msg": {"action": "ping"}})
    assert words(refused(answer)) == ["error", "disconnect"]
    assert len(desk.polling) == 0


async def test_a_user_who_comes_again_takes_the_place_of_the_one_before(desk: PollDesk) -> None:
    first = await desk.enters("x", jwt=token("ana"))
    second = await desk.enters("x", jwt=token("ana"))
    assert second.name == "ana"
    assert words(await first.hears())[-1] == "disconnect"
    await second.hears()


async def test_who_is_too_far_behind_is_closed(desk: PollDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polled, "QUEUED_FRAMES", 32)
    await desk.enters("ana")
    bob = desk.world.open("bob", "lobby")
    for number in range(40):
        bob.ask(PostMessage(MAIN, str(number)))
    desk.world.clock.advance(31)
    assert [each.unsent_bytes for each in desk.polling] == [0]
    assert desk.world.hub.presence.named(RoomId("lobby"), "ana") is None
    assert desk.world.hub.counts.slow == 1


async def test_the_bytes_that_wait_are_bounded_too(desk: PollDesk) -> None:
    desk.polling.budget_bytes = 5_000
    ana, bob = await desk.enters("ana"), desk.world.open("bob", "lobby")
    for _ in range(10):
        bob.ask(PostMessage(MAIN, "x" * 1_000))
    answer = await desk.polls({"username": "ana", "session_id": ana.session_id, "msg": {"action": "ping"}})
    assert (answer.status_code, answer.json()["messages"]) == (200, [])
    assert (await desk.polls({"username": "ana", "session_id": ana.session_id})).status_code == 400


async def test_polls_over_the_rate_wait_and_few_may_wait_at_once() -> None:
    desk = PollDesk(limits=Limits(frames_per_second=1, frames_burst=2))
    entering = {"msg": {"action": "login", "username": "ana"}}
    entered = (await desk.polls(entering, address="127.0.0.1")).json()
    body = {**{key: entered[key] for key in ("username", "session_id")}, "msg": {"action": "ping"}}
    assert (await desk.polls(body, address="127.0.0.1")).status_code == 200
    waiting = [asyncio.ensure_future(desk.polls(body, address="127.0.0.1")) for _ in range(polled.POLLS_AT_ONCE)]
    for _ in range(50):
        await asyncio.sleep(0)
    assert not any(each.done() for each in waiting)
    refused(await desk.polls(body, address="127.0.0.1"), 429)
    for _ in range(50):
        desk.world.clock.advance(1)
        await asyncio.sleep(0)
    assert {(await each).status_code for each in waiting} == {200}


async def test_an_address_that_tries_sessions_is_slowed_down(desk: PollDesk) -> None:
    ana = await desk.enters("ana")
    statuses = set()
    for _ in range(500):
        body = {"username": "ana", "session_id": str(uuid.uuid4()), "msg": {"action": "ping"}}
        statuses.add((await desk.polls(body, address="198.51.100.66")).status_code)
    assert statuses == {400, 429}
    await ana.hears()


async def test_an_address_may_have_so_many_sessions(desk: PollDesk) -> None:
    desk.world.hub.addresses.limit = 2
    await desk.enters("ana")
    await desk.enters("bob")
    refused(await desk.polls({"msg": {"action": "login", "username": "cleo"}}), 429)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["username", "session_id", "msg", "action", "login", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_poll_is_read_or_refused(body: bytes) -> None:
    try:
        found = poll.read(body)
    except CallRefused as problem:
        assert problem.error  # noqa: PT017
    else:
        assert isinstance(found.name, str)
        assert isinstance(found.frame, bytes)


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2), max_size=3), st.text(max_size=5))
def test_every_answer_is_json(messages: list[dict[str, str]], name: str) -> None:
    frames = [json.dumps(message).encode() for message in messages]
    found = json.loads(poll.answer(frames, username=name, session_id=name).body)
    assert found["messages"] == messages
    assert found.get("username", "") == name
    assert ChannelId("x")
