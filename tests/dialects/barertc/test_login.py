"""Coming in (docs/dialects/barertc.md §2.4, §2.6, §3.1, §3.5): names, tokens, order, and what goes before it."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from tests.dialects.barertc.talk import Frame, Talk, notices, of
from tests.fakes import LOBBY, World
from tests.transcripts.calls import SECRET
from tests.transcripts.connections import LIMIT_BEFORE_SESSION

from palaver.core.ids import ChannelId
from palaver.core.rooms import Channel, Life, Room
from palaver.dialects.barertc.interpret import READINGS
from palaver.hub.admission import Admission
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import SiteTokens

TOKENS = SiteTokens(TokenVerifier([shared_key(SECRET)]))

LOGGED_IN = ["me", "who", "echo", "presence"]
EARLY = {"blocklist", "mute", "unmute", "boot", "unboot", "video-invite"}


def actions(frames: list[Frame]) -> list[str]:
    return [frame.get("action", "closed") for frame in frames]


def login(talk: Talk, **fields: Any) -> list[Frame]:
    return talk.connect().says({"action": "login", **fields})


def token(talk: Talk, subject: str, **claims: Any) -> str:
    return mint({"sub": subject, **claims}, SECRET, ttl_s=300, now=talk.world.clock.now())


def named(frames: list[Frame]) -> str:
    return str(of(frames, "me")[0]["username"])


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("ana", "ana"),
        ("", "anonymous"),
        ("  ana  ", "ana"),
        ("Ana B. 7", "Ana B. 7"),
        ("bob", "bob 2"),
        ("BOB", "BOB 2"),
        ("anonymous", "anonymous"),
        ("Ünïcödé 🦊", "Ünïcödé 🦊"),
    ],
)
def test_which_name_a_guest_gets(wanted: str, given: str) -> None:
    talk = Talk()
    talk.enter("bob")
    assert named(login(talk, username=wanted)) == given


def test_taken_names_are_numbered_in_the_original_s_way() -> None:
    talk = Talk()
    assert [named(login(talk, username="bob")) for _ in range(4)] == ["bob", "bob 2", "bob 3", "bob 4"]


@pytest.mark.parametrize(
    "username", ["ChatServer", "chatserver", "ChatClient", "@bob", "<b>x</b>", "a\nb", "\u202ebob", "x" * 300]
)
def test_a_name_that_nobody_may_bear_is_refused_with_a_notice_and_another_may_be_tried(username: str) -> None:
    caller = Talk().connect()
    told = caller.says({"action": "login", "username": username})
    assert actions(told) == ["error"]
    assert "<b>" not in told[0]["message"]
    assert actions(caller.says({"action": "login", "username": "bob"})) == LOGGED_IN


@pytest.mark.parametrize(
    ("mode", "sent", "expected"),
    [
        ("off", "none", "guest"),
        ("off", "good", "guest"),
        ("off", "forged", "guest"),
        ("off", "empty key", "guest"),
        ("optional", "none", "guest"),
        ("optional", "good", "user"),
        ("optional", "forged", "refused"),
        ("optional", "late", "refused"),
        ("optional", "without end", "refused"),
        ("optional", "empty key", "refused"),
        ("strict", "none", "refused"),
        ("strict", "good", "user"),
        ("strict", "late", "refused"),
    ],
)
def test_what_a_token_opens(mode: str, sent: str, expected: str) -> None:
    world = World(tokens=TOKENS, admission=Admission(guests=mode != "strict"))
    if mode == "off":
        world.hub.tokens = None
    talk = Talk(world)
    now = int(world.clock.now())
    claims = {"sub": "eve", "op": True, "iat": now, "exp": now + 60}
    sent_token = {
        "none": "",
        "good": jwt.encode(claims, SECRET),
        "forged": jwt.encode(claims, SECRET + "x"),
        "late": jwt.encode({**claims, "exp": now - 1}, SECRET),
        "without end": jwt.encode({"sub": "eve", "op": True}, SECRET),
        "empty key": ".".join(jwt.encode(claims, "k" * 32).split(".")[:2]) + ".",
    }[sent]
    caller = talk.connect()
    told = caller.says({"action": "login", "username": "testbot", "jwt": sent_token})
    if expected == "refused":
        assert actions(told) == ["error"], "no `disconnect`, and the connection stays"
        assert actions(caller.says({"action": "message", "channel": "main", "message": "x"})) == ["error"]
        return
    row = of(told, "who")[0]["whoList"][0]
    assert (row["username"], row["op"]) == (("eve", True) if expected == "user" else ("testbot", False))


def test_the_order_of_what_a_newcomer_is_told() -> None:
    channels = (
        Channel(ChannelId("main"), newcomers_see=5, welcomes=("one", "**two**", " ")),
        Channel(ChannelId("vips"), vip_only=True, welcomes=("for VIPs",)),
        Channel(ChannelId("other"), welcomes=("three",)),
    )
    talk = Talk(World(rooms=[Room(LOBBY, life=Life.PERMANENT, channels=channels)], tokens=TOKENS))
    told = login(talk, username="ana")
    assert actions(told) == [*LOGGED_IN, "error", "error", "error"]
    assert [(each["channel"], each["username"], each["message"]) for each in of(told, "error")] == [
        ("main", "ChatServer", "<p>one</p>"),
        ("main", "ChatServer", "<p><strong>two</strong></p>"),
        ("other", "ChatServer", "<p>three</p>"),
    ]
    assert told[1]["whoList"][0] == {
        "username": "ana",
        "status": "online",
        "video": 0,
        "loginAt": int(talk.world.clock.now()),
        "op": False,
    }
    assert told[2] == {"action": "echo"}
    vip = login(talk, jwt=token(talk, "vip", vip=True))
    assert "<p>for VIPs</p>" in notices(vip)


@pytest.mark.parametrize("action", sorted(READINGS.keys() - EARLY - {"login", "ping"}))
def test_nothing_is_done_for_who_is_not_logged_in(action: str) -> None:
    talk = Talk()
    ana = talk.enter("ana")
    ana.says({"action": "me", "video": 1, "status": "online"})
    talk.quiet(ana)
    fields = {"username": "ana", "channel": "main", "message": "x", "msgID": 1, "bytes": [1], "reason": "r"}
    assert notices(talk.connect().says({"action": action, **fields})) == ["You must log in first."]
    assert ana.hears() == []


@pytest.mark.parametrize("action", sorted(EARLY | {"ping"}))
def test_what_pages_say_before_they_log_in_is_taken_in_silence(action: str) -> None:
    caller = Talk().connect()
    assert caller.says({"action": action, "username": "bob", "usernames": ["bob"]}) == []
    assert actions(caller.says({"action": "login", "username": "ana"})) == LOGGED_IN


def test_what_was_said_before_a_refused_login_holds_for_the_next() -> None:
    talk = Talk()
    bob = talk.enter("bob")
    caller = talk.connect()
    caller.says({"action": "mute", "username": "bob"})
    caller.says({"action": "login", "username": "ana", "jwt": "no token"})
    caller.says({"action": "login", "username": "ana"})
    bob.posts("hello")
    assert of(caller.hears(), "message") == []


def test_everybody_gets_a_sign_of_life_every_half_minute_and_users_a_token() -> None:
    talk = Talk()
    stranger, guest, user = talk.connect(), talk.enter("guest"), talk.enter("eve", op=True, rules=["redcam", "novideo"])
    talk.world.clock.advance(29)
    assert [of(each.hears(), "ping") for each in (guest, user)] == [[], []]
    talk.world.clock.advance(1)
    assert of(guest.hears(), "ping") == [{"action": "ping"}]
    (ping,) = of(user.hears(), "ping")
    assert ping["jwtRules"] == {
        "IsRedCamRule": True,
        "IsNoVideoRule": True,
        "IsNoBroadcastRule": True,
        "IsNoImageRule": False,
        "IsNoDarkVideoRule": False,
    }
    claims = jwt.decode(ping["jwt"], SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert (claims["sub"], claims["op"]) == ("eve", True)
    assert claims["exp"] - talk.world.clock.now() == 300
    assert actions(stranger.hears())[-2:] == ["disconnect", "closed"], "who does not log in is let go, for good"
    talk.world.clock.advance(30)
    assert len(of(guest.hears(), "ping")) == 1


def test_the_token_of_a_ping_is_the_way_back_after_a_restart() -> None:
    talk = Talk()
    user = talk.enter("eve", nick="Eve", op=True, vip=True, emoji="🦊")
    row = of(user.says({"action": "me", "status": "away"}), "who")[0]["whoList"][0]
    talk.world.clock.advance(30)
    (ping,) = of(user.hears(), "ping")
    again = Talk(World(tokens=TOKENS))
    again.world.clock.advance(60)
    told = login(again, username="whatever", jwt=ping["jwt"])
    back = of(told, "who")[0]["whoList"][0]
    assert {**back, "loginAt": 0, "status": ""} == {**row, "loginAt": 0, "status": ""}


def test_an_operator_made_here_is_none_in_the_next_token() -> None:
    talk = Talk()
    op, user = talk.enter("op", op=True), talk.enter("eve", nick="Eve")
    op.says({"action": "message", "message": "/op eve"})
    talk.world.clock.advance(30)
    (ping,) = of(user.hears(), "ping")
    claims = jwt.decode(ping["jwt"], SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert "op" not in claims or claims["op"] is False


def test_a_second_login_on_one_connection_takes_nothing_away() -> None:
    talk = Talk()
    for claims in ({}, {"nick": "Ana"}):
        ana = talk.enter("ana", **claims)
        again = ana.says({"action": "login", "username": "other", "jwt": token(talk, "ana") if claims else ""})
        assert actions(again) == ["error"]
        assert of(ana.posts("still me"), "message")[0]["username"].startswith("ana")


def test_do_not_disturb_at_the_login_is_shown_from_the_first_list_on() -> None:
    told = login(Talk(), username="ana", dnd=True)
    assert of(told, "who")[0]["whoList"][0]["dnd"] is True


def test_a_list_of_five_thousand_names_may_be_the_very_first_frame() -> None:
    talk = Talk()
    bob = talk.enter("bob")
    for path in ("/barertc/ws", "/ws"):
        caller = talk.connect(path, limit=LIMIT_BEFORE_SESSION)
        names = ["bob", *(f"somebody with a long name {number}" for number in range(4_999))]
        assert caller.says({"action": "blocklist", "usernames": names}) == []
        told = caller.says({"action": "login", "username": "ana", "jwt": token(talk, "ana")})
        assert [row["username"] for row in of(told, "who")[0]["whoList"]] == [named(told)]
        caller.parts()
    assert of(bob.hears(), "presence") == []


@pytest.mark.parametrize("let_in", [True, False])
def test_who_waits_is_told_what_becomes_of_it(let_in: bool) -> None:
    rooms = [Room(LOBBY, life=Life.PERMANENT, waiting_room=True)]
    talk = Talk(World(tokens=SiteTokens(TokenVerifier([shared_key(SECRET)])), rooms=rooms))
    host = talk.connect("/native/ws")
    host.says({"id": 1, "ask": {"type": "identify", "token": token(talk, "olga", op=True)}})
    host.says({"id": 2, "ask": {"type": "join_room", "room": LOBBY}})
    ana = talk.connect()
    assert notices(ana.says({"action": "login", "username": "ana"})) == ["Somebody who runs this room will let you in."]
    (waiting,) = [each["event"]["participant"] for each in host.hears()]
    host.says(
        {"id": 3, "ask": {"type": "decide_waiting", "room": LOBBY, "session": waiting["session"], "admit": let_in}}
    )
    talk.world.clock.advance(2)
    told = ana.hears()
    if let_in:
        assert {"me", "who", "echo", "presence"} <= set(actions(told))
    else:
        assert notices(told) == ["You were not let in."]
