"""Who takes back what, who is told of a reaction, what a newcomer reads (docs/dialects/barertc.md §3.5, §3.6)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.barertc.talk import Caller, Talk, notices, of
from tests.fakes import LOBBY, World
from tests.transcripts.calls import SECRET

from palaver.core.ids import ChannelId
from palaver.core.rooms import Channel, Life, Room
from palaver.dialects.barertc.wire import NUDGE
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import SiteTokens

NOT_YOURS = "That is not your message to take back."


def talk_with(*channels: Channel) -> Talk:
    room = Room(LOBBY, life=Life.PERMANENT, channels=channels)
    return Talk(World(rooms=[room], tokens=SiteTokens(TokenVerifier([shared_key(SECRET)]))))


MAIN = Channel(ChannelId("main"), newcomers_see=10)
VIPS = Channel(ChannelId("vips"), vip_only=True, newcomers_see=10)


@pytest.mark.parametrize(
    ("who", "where", "allowed"),
    [
        ("ana", "main", True),
        ("ana elsewhere", "main", True),
        ("bob", "main", False),
        ("op", "main", True),
        ("ana", "@bob", True),
        ("bob", "@bob", False),
        ("cas", "@bob", False),
        ("op", "@bob", False),
        ("nobody", "main", False),
    ],
)
def test_who_may_take_a_message_back(who: str, where: str, allowed: bool) -> None:
    talk = Talk()
    people = {name: talk.enter(name, **claims) for name, claims in _PEOPLE.items()}
    (said,) = of(people["ana"].posts("one", where), "message")
    if who == "ana elsewhere":
        people[who] = talk.enter("ana", **_PEOPLE["ana"])
    if who == "nobody":
        people[who] = talk.connect()
    for each in people.values():
        each.hears()
    told = people[who].says({"action": "takeback", "msgID": said["msgID"]})
    expected = [{"action": "takeback", "msgID": said["msgID"]}] if allowed else []
    assert of(told, "takeback") == expected
    if not allowed:
        assert notices(told) == ["You must log in first." if who == "nobody" else NOT_YOURS]
    readers = {"bob"} if where == "@bob" else {"bob", "cas", "op"}
    for name in {"bob", "cas", "op"} - {who}:
        assert of(people[name].hears(), "takeback") == (expected if name in readers else [])


_PEOPLE: dict[str, dict[str, Any]] = {"ana": {"nick": "Ana"}, "bob": {}, "cas": {}, "op": {"op": True}}


@pytest.mark.parametrize("number", [12345, 0, -1, NUDGE, 1 << 53, 1 << 62])
@pytest.mark.parametrize("op", [False, True])
def test_what_is_not_there_cannot_be_taken_back(number: int, op: bool) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana", op=op), talk.enter("bob")
    talk.quiet(ana, bob)
    assert len(notices(ana.says({"action": "takeback", "msgID": number}))) == 1
    assert bob.hears() == []


def test_a_takeback_reaches_those_who_mute_its_author() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    (said,) = of(bob.posts("one"), "message")
    ana.says({"action": "mute", "username": "bob"})
    bob.says({"action": "takeback", "msgID": said["msgID"]})
    assert of(ana.hears(), "takeback")


def test_what_was_taken_back_is_not_told_to_newcomers() -> None:
    talk = talk_with(MAIN)
    ana = talk.enter("ana")
    for text in ("one", "two"):
        (said,) = of(ana.posts(text), "message")
    ana.says({"action": "takeback", "msgID": said["msgID"]})
    assert echoed(talk) == ["<p>one</p>"]


def echoed(talk: Talk, **claims: Any) -> list[str]:
    caller = talk.connect()
    token = mint({"sub": "new", **claims}, SECRET, ttl_s=60, now=talk.world.clock.now()) if claims else ""
    (echo,) = of(caller.says({"action": "login", "username": "new", "jwt": token}), "echo")
    return [each["message"] for each in echo.get("messages", [])]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [({}, ["<p>for all</p>"]), ({"vip": True}, ["<p>for all</p>", "<p>for few</p>"]), ({"op": True}, None)],
)
def test_what_is_said_in_a_vip_channel_is_for_vips_and_operators(
    claims: dict[str, bool], expected: list[str] | None
) -> None:
    talk = talk_with(MAIN, VIPS)
    vip, reader, other = talk.enter("vip", vip=True), talk.enter("reader", **claims), talk.enter("other")
    vip.posts("for all", "main")
    (said,) = of(vip.posts("for few", "vips"), "message")
    shown = [each["message"] for each in of(reader.hears(), "message")]
    assert shown == (expected or ["<p>for all</p>", "<p>for few</p>"])
    assert echoed(talk, **claims) == shown
    vip.says({"action": "react", "msgID": said["msgID"], "message": "👍"})
    assert len(of(reader.hears(), "react")) == len(shown) - 1
    vip.says({"action": "takeback", "msgID": said["msgID"]})
    assert len(of(reader.hears(), "takeback")) == len(shown) - 1
    assert [each["action"] for each in of(other.hears(), "react")] == []
    assert bool(notices(other.posts("let me in", "vips")))
    assert of(vip.hears(), "message") == []


def test_a_channel_that_is_not_there_is_named_and_nobody_is_told() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    talk.quiet(ana, bob)
    for channel in ("invented", "", "<b>", "x" * 500):
        told = ana.posts("hello?", channel)
        assert of(told, "message") == []
        assert len(notices(told)) == 1
        assert "<b>" not in notices(told)[0]
    assert bob.hears() == []


def test_a_newcomer_is_told_what_was_said_but_not_by_whom_they_will_not_hear() -> None:
    talk = talk_with(MAIN)
    talk.enter("ana").posts("from ana")
    talk.enter("bob").posts("from bob")
    cas = talk.connect()
    cas.says({"action": "mute", "username": "bob"})
    told = cas.says({"action": "login", "username": "cas"})
    assert [each["message"] for each in of(told, "echo")[0]["messages"]] == ["<p>from ana</p>"]


def test_a_newcomer_is_told_no_reactions_since_a_page_that_comes_back_would_undo_them() -> None:
    talk = talk_with(MAIN)
    ana = talk.enter("ana")
    (said,) = of(ana.posts("one"), "message")
    ana.says({"action": "react", "msgID": said["msgID"], "message": "👍"})
    told = talk.connect().says({"action": "login", "username": "bob"})
    assert [each["action"] for each in told] == ["me", "who", "echo", "presence"]


@pytest.mark.parametrize("where", ["main", "@bob"])
def test_a_reaction_is_for_those_who_could_read_the_message(where: str) -> None:
    talk = Talk()
    ana, bob, cas = (talk.enter(name) for name in ("ana", "bob", "cas"))
    (said,) = of(ana.posts("one", where), "message")
    talk.quiet(ana, bob, cas)
    for _ in range(2):  # clients toggle
        told = bob.says({"action": "react", "msgID": said["msgID"], "message": "👍"})
        expected = {"action": "react", "username": "bob", "msgID": said["msgID"], "message": "👍"}
        assert told == [expected]
        assert of(ana.hears(), "react") == [expected]
        assert of(cas.hears(), "react") == ([expected] if where == "main" else [])
    told = cas.says({"action": "react", "msgID": said["msgID"], "message": "👍"})
    assert bool(notices(told)) == (where == "@bob")


@pytest.mark.parametrize(
    ("camera", "deed", "told"), [(1, "", True), (3, "", False), (0, "", False), (1, "mute", False), (1, "block", False)]
)
def test_a_nudge_is_for_its_addressee_alone_and_bears_no_name(camera: int, deed: str, told: bool) -> None:
    talk = Talk()
    ana, bob, cas = (talk.enter(name) for name in ("ana", "bob", "cas"))
    ana.says({"action": "me", "video": camera, "status": "online"})
    if deed:
        ana.says({"action": deed, "username": "bob"})
    talk.quiet(ana, bob, cas)
    assert bob.says({"action": "react", "msgID": NUDGE, "message": "ana"}) == []
    assert ana.hears() == ([{"action": "react", "msgID": NUDGE, "message": "ana"}] if told else [])
    assert cas.hears() == []


@pytest.mark.parametrize("text", ["   ", "\n\n", "<script></script>", "<script>alert(1)</script>", "<!-- x -->"])
def test_nothing_to_show_is_nothing_said(text: str) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    talk.quiet(ana, bob)
    assert ana.posts(text) == []
    assert bob.hears() == []


def test_a_text_that_is_too_long_is_refused_with_a_word() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    talk.quiet(ana, bob)
    assert len(notices(ana.posts("x" * 20_000))) == 1
    assert bob.hears() == []


LINKS = [
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", True),
    ("https://youtube.com/watch?t=1&v=dQw4w9WgXcQ", True),
    ("http://m.youtube.com/watch?v=dQw4w9WgXcQ&t=5", True),
    ("https://youtu.be/dQw4w9WgXcQ", True),
    ("https://youtu.be/dQw4w9WgXcQ?t=3", True),
    ("https://www.youtube.com/embed/dQw4w9WgXcQ", True),
    ("https://www.youtube-nocookie.com/v/dQw4w9WgXcQ", True),
    ("https://www.youtube.com/e/dQw4w9WgXcQ", True),
    ("https://youtu.be/dQw4w9WgXcB", False),
    ("https://youtu.be/dQw4w9WgXcQQ", False),
    ("https://youtu.be/short", False),
    ("https://youtu.be.example.org/dQw4w9WgXcQ", False),
    ("https://example.org/?u=https://youtu.be/dQw4w9WgXcQ", False),
    ("youtu.be/dQw4w9WgXcQ", False),
]


@pytest.mark.parametrize(("link", "shown"), LINKS)
def test_the_video_of_a_link_is_shown_below_it(link: str, shown: bool) -> None:
    html = of(one(Talk()).posts(f"look: {link}"), "message")[0]["message"]
    assert html.count("<iframe") == shown
    assert ('src="https://www.youtube.com/embed/dQw4w9WgXcQ"' in html) == shown


def test_only_the_first_video_is_shown() -> None:
    html = of(one(Talk()).posts("https://youtu.be/dQw4w9WgXcQ https://youtu.be/aaaaaaaaaaA"), "message")[0]["message"]
    assert html.count("<iframe") == 1
    assert html.index("dQw4w9WgXcQ") < html.index("<iframe") < html.rindex("dQw4w9WgXcQ")


def one(talk: Talk) -> Caller:
    return talk.enter("ana")
