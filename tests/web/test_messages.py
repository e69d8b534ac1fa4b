"""Messages over HTTP: the site speaks as one of the room, reads what is kept, takes back and erases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.fakes import LOBBY, World
from tests.web.conftest import Desk, refused

from palaver.core.chat import Direct, InChannel, Message, PostMessage
from palaver.core.errors import Unavailable
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.moderation import Ignore
from palaver.core.participants import Author
from palaver.core.rooms import Channel, History, Life, Room
from palaver.hub import spoken
from palaver.hub.limits import Limits

CHANNELS = (
    Channel(ChannelId("main")),
    Channel(ChannelId("vips"), vip_only=True),
    Channel(ChannelId("mute"), history=History.OFF, pictures=False),
)


@pytest.fixture
def desk() -> Desk:
    return Desk(World(rooms=[Room(LOBBY, life=Life.PERMANENT, channels=CHANNELS)]))


async def said(desk: Desk, text: str = "Welcome!", **message: Any) -> dict[str, Any]:
    answer = await desk.asks("POST", "/v1/rooms/lobby/messages", json={"text": text, **message})
    assert answer.status_code == 201, answer.text
    posted: dict[str, Any] = answer.json()
    return posted


async def test_what_the_site_says_is_told_like_any_message(desk: Desk) -> None:
    ana, bob = desk.world.open("ana", "lobby"), desk.world.open("bob", "lobby")
    ana.hears()

    posted = await said(desk)

    told = {"type": "message_posted", "message": posted}
    assert ana.hears() == [told]
    assert bob.hears() == [told]
    assert posted["author"] == {"session": "0" * 32, "handle": "Palaver", "display_name": "The Site"}
    assert posted["place"] == {"in": "channel", "room": "lobby", "channel": "main"}
    assert posted["text"] == "Welcome!"


async def test_the_site_may_speak_under_another_name_and_answer(desk: Desk) -> None:
    first = await said(desk)
    posted = await said(desk, "Rain.", author="Weather", reply_to=first["id"])
    assert (posted["author"]["display_name"], posted["reply_to"]) == ("Weather", first["id"])
    assert posted["id"] > first["id"]


async def test_nobody_else_can_bear_the_handle_of_the_site(desk: Desk) -> None:
    posted = await said(desk)
    from palaver.core.names import NameProblem, handle

    with pytest.raises(NameProblem):
        handle(posted["author"]["handle"])


async def test_the_site_is_heard_by_those_who_ignore_its_name(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby")
    ana.ask(Ignore(("Palaver",), LOBBY))
    ana.hears()
    await said(desk)
    assert [event["type"] for event in ana.hears()] == ["message_posted"]


async def test_a_channel_of_some_is_told_to_them_alone(desk: Desk) -> None:
    ana, vip = desk.world.open("ana", "lobby"), desk.world.open("vip", "lobby", verified=True, vip=True)
    ana.hears(), vip.hears()
    await said(desk, channel="vips")
    assert (ana.hears(), len(vip.hears())) == ([], 1)


async def test_the_site_may_show_pictures_anywhere(desk: Desk) -> None:
    picture = {"url": "https://site.example/a.png", "mime": "image/png", "name": "a.png"}
    posted = await said(desk, "", channel="mute", attachments=[picture])
    assert posted["attachments"] == [picture]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_text"),
        ({"text": "  "}, 400, "bad_text"),
        ({"text": "hi", "channel": "nowhere"}, 404, "no_such_channel"),
        ({"text": "x" * 101}, 413, "too_large"),
        ({"text": 7}, 400, "malformed"),
        ({"text": "hi", "attachments": [{"url": "javascript:alert(1)"}]}, 400, "bad_text"),
        ({"text": "hi", "attachments": [{"url": "https://a.example/"}] * 11}, 413, "too_large"),
        ({"text": "hi", "attachments": [{}]}, 400, "malformed"),
        ({"text": "hi", "nonce": "n"}, 400, "malformed"),
    ],
)
async def test_what_nobody_may_say_the_site_may_not_say(body: Any, status: int, code: str) -> None:
    desk = Desk(World(limits=Limits(message_chars=100)))
    ana = desk.world.open("ana", "lobby")
    refused(await desk.asks("POST", "/v1/rooms/lobby/messages", json=body), status, code)
    assert ana.hears() == []


async def test_a_channel_is_read_in_pages_oldest_first(desk: Desk) -> None:
    ids = [(await said(desk, f"line {number}"))["id"] for number in range(5)]

    newest = (await desk.asks("GET", "/v1/rooms/lobby/messages?limit=2")).json()
    assert ([message["id"] for message in newest["messages"]], newest["more"]) == (ids[3:], True)
    rest = (await desk.asks("GET", f"/v1/rooms/lobby/messages?before={ids[3]}&channel=main")).json()
    assert ([message["id"] for message in rest["messages"]], rest["more"]) == (ids[:3], False)


async def test_a_channel_that_keeps_nothing_is_empty(desk: Desk) -> None:
    await said(desk, channel="mute")
    assert (await desk.asks("GET", "/v1/rooms/lobby/messages?channel=mute")).json() == {"messages": [], "more": False}


async def test_an_unknown_channel_is_told(desk: Desk) -> None:
    refused(await desk.asks("GET", "/v1/rooms/lobby/messages?channel=nowhere"), 404, "no_such_channel")


async def test_the_site_takes_anybodys_message_back(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby")
    posted: Any = ana.ask(PostMessage(InChannel(LOBBY), "rude"))
    ana.hears()

    answer = await desk.asks("DELETE", f"/v1/messages/{posted.message}")

    assert (answer.status_code, answer.content) == (204, b"")
    (event,) = ana.hears()
    assert (event["type"], event["message"], event["by"]["handle"]) == ("message_retracted", posted.message, "Palaver")
    refused(await desk.asks("DELETE", f"/v1/messages/{posted.message}"), 404, "no_such_message")


@pytest.mark.parametrize("word", ["1", "0", "-1", "x", "9" * 30, "1.0", "%D9%A1", "1e3"])
async def test_a_message_that_is_not_there_is_told(desk: Desk, word: str) -> None:
    refused(await desk.asks("DELETE", f"/v1/messages/{word}"), 404, "no_such_message")


async def test_the_direct_messages_of_a_user_are_erased(desk: Desk) -> None:
    def one(number: int, by: str, to: str) -> Message:
        ends = [Author(SessionId(name), name, user=UserId(f"site:{name}")) for name in (by, to)]
        return Message(MessageId(number), ends[0], Direct(ends[1]), "private", 1)

    store = desk.world.messages
    for number, (by, to) in enumerate([("ana", "bob"), ("bob", "ana"), ("bob", "cleo"), ("ana", "cleo")]):
        await store.append(one(number, by, to), History.DURABLE)

    assert (await desk.asks("DELETE", "/v1/users/ana/messages")).json() == {"erased": 3}
    assert (await desk.asks("DELETE", "/v1/users/ana/messages")).json() == {"erased": 0}
    assert await store.find(MessageId(2)) is not None


async def test_what_is_said_over_http_is_counted(desk: Desk) -> None:
    await said(desk)
    assert desk.world.hub.counts.posted == 1


async def test_rooms_of_people_are_spoken_to_as_well(desk: Desk) -> None:
    from palaver.core.rooms import CreateRoom

    ana = desk.world.open("ana")
    ana.ask(CreateRoom(RoomId("club")))
    answer = await desk.asks("POST", "/v1/rooms/club/messages", json={"text": "hi"})
    assert answer.json()["place"]["room"] == "club"


def named(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def posts(desk: Desk, text: str, key: str, channel: str = "") -> Any:
    body = {"text": text, "channel": channel}
    return await desk.asks("POST", "/v1/rooms/lobby/messages", json=body, headers=named(key))


@pytest.mark.parametrize("channel", ["main", "mute"])
async def test_a_request_that_is_made_again_posts_nothing(desk: Desk, channel: str) -> None:
    ana = desk.world.open("ana", "lobby")
    answers = [await posts(desk, "The quiz begins.", key, channel) for key in ('"q-1"', "q-1", "q-1", "q-2")]
    assert [answer.status_code for answer in answers] == [201] * 4
    first, *again, other = (answer.json() for answer in answers)
    assert again == [first, first]
    assert other["id"] > first["id"]
    assert [event["message"]["id"] for event in ana.hears()] == [first["id"], other["id"]]


async def test_a_message_that_was_taken_back_is_not_posted_again(desk: Desk) -> None:
    first = (await posts(desk, "Oops.", "k")).json()
    await desk.asks("DELETE", f"/v1/messages/{first['id']}")
    ana = desk.world.open("ana", "lobby")
    assert (await posts(desk, "Oops.", "k")).json() == first
    assert ana.hears() == []


async def test_two_requests_at_once_post_one_message(desk: Desk) -> None:
    """A client that lost patience asks again while the first is under way."""
    store, append = desk.world.messages, desk.world.messages.append
    slow = asyncio.Event()

    async def appended(message: Message, history: History) -> None:
        await slow.wait()
        await append(message, history)

    store.append = appended  # type: ignore[method-assign, assignment]
    both = [asyncio.create_task(posts(desk, "Hello.", "k")) for _ in range(2)]
    while not desk.world.hub.changing._held:  # noqa: ASYNC110
        await asyncio.sleep(0)
    slow.set()
    first, second = await asyncio.gather(*both)
    assert first.json() == second.json()
    assert desk.world.hub.counts.posted == 1


async def test_a_key_stands_for_one_body_and_for_one_channel(desk: Desk) -> None:
    first = (await posts(desk, "Hello.", "k")).json()
    refused(await posts(desk, "Goodbye.", "k"), 422, "key_reused")
    assert (await posts(desk, "Hello.", "k", "mute")).json()["id"] != first["id"]
    assert (await posts(desk, "Hello.", "k")).json() == first


async def test_what_was_refused_or_not_recorded_may_be_said_by_the_same_key() -> None:
    desk = Desk(World(limits=Limits(message_chars=10)))
    refused(await posts(desk, "x" * 11, "k"), 413, "too_large")
    append = desk.world.messages.append
    desk.world.messages.append = fails  # type: ignore[method-assign, assignment]
    refused(await posts(desk, "Hello.", "k"), 503, "unavailable")
    desk.world.messages.append = append  # type: ignore[method-assign]
    assert (await posts(desk, "Hello.", "k")).status_code == 201


async def fails(*_: Any) -> None:
    raise Unavailable()


@pytest.mark.parametrize("key", ["", '""', "k" * 256, "\x7f", "\xe9"])
async def test_a_key_that_names_nothing_is_refused(desk: Desk, key: str) -> None:
    refused(await posts(desk, "Hello.", key), 400, "malformed")


async def test_keys_are_remembered_within_bounds(desk: Desk) -> None:
    for number in range(spoken.KEPT + 10):
        await posts(desk, "Hello.", f"k{number}", "mute")
    assert len(desk.world.hub.spoken._by_key) == spoken.KEPT
    again = await posts(desk, "Hello.", "k9", "mute")
    assert desk.world.hub.counts.posted == spoken.KEPT + 11, again.text
