"""What the original server let happen (docs/dialects/barertc.md §10.2, §10.3) and this one does not; one test for each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dialects.barertc.talk import Caller, Frame, Talk, names, notices, of
from tests.fakes import LOBBY, World
from tests.transcripts.calls import SECRET

from palaver.core.ids import ChannelId
from palaver.core.rooms import Channel, Life, Room
from palaver.dialects.barertc.interpret import READINGS
from palaver.dialects.barertc.wire import MAX_WORDS_BYTES, Asked
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import RENEWED_FOR_S, SiteTokens

NASTY = '<img src=x onerror="alert(1)">'

# -- crashes and races (§10.2) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["/nsfw", "/cut", "/nsfw ", "/cut @"])
def test_hole_a_command_without_a_name_ends_the_server(line: str) -> None:
    talk = Talk()
    op = talk.enter("op", op=True)
    assert notices(op.says({"action": "message", "message": line}))[0].startswith("Usage:")
    assert of(op.posts("alive"), "message")


def test_hole_a_file_for_nobody_ends_the_server() -> None:
    ana = Talk().enter("ana")
    assert notices(ana.says({"action": "file", "channel": "@nobody", "message": "x.png", "bytes": [1]})) == [
        "nobody is not online."
    ]


def test_hole_a_second_login_kicks_oneself_out() -> None:
    talk = Talk()
    token = mint({"sub": "ana"}, SECRET, ttl_s=300, now=talk.world.clock.now())
    ana = talk.connect()
    ana.says({"action": "login", "jwt": token})
    told = ana.says({"action": "login", "jwt": token})
    assert [frame["action"] for frame in told] == ["error"]
    assert of(ana.posts("still here"), "message")


def test_hole_a_ghost_stays_listed_after_a_kick() -> None:
    talk = Talk()
    op, ana = talk.enter("op", op=True), talk.enter("ana")
    cas = talk.enter("cas")
    talk.quiet(op, ana, cas)
    op.says({"action": "message", "message": "/kick ana"})
    assert names(cas.hears()) == ["cas", "op"]


def test_hole_a_server_that_changes_a_status_loops_with_the_page() -> None:
    """A page sends `me` again whenever its own row says something else than itself."""
    talk = Talk()
    ana = talk.enter("ana")
    mine = {"action": "me", "status": "gaming", "video": 21, "dnd": True}
    for _ in range(3):
        talk.world.clock.advance(5)
        ana.says(mine)
        row = of(ana.says({**mine, "dnd": False}), "who")[-1]["whoList"][0]
        assert (row["status"], row["video"]) == ("gaming", 21)


def test_hole_a_name_that_is_empty_matches_those_who_left() -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    bob.parts()
    for frame in (
        {"action": "message", "channel": "@", "message": "x"},
        {"action": "open"},
        {"action": "sdp", "description": "{}"},
        {"action": "watch"},
    ):
        assert of(ana.says(frame), "ring") == []
    assert of(ana.posts("alive"), "message")


def test_hole_a_takeover_races_with_the_end_of_the_older_connection() -> None:
    talk = Talk()
    older, cas = talk.enter("ana", nick="Ana"), talk.enter("cas")
    newer = talk.enter("ana", nick="Ana")
    talk.quiet(cas)
    older.parts(clean=False)
    talk.world.clock.advance(60)
    assert of(cas.hears(), "presence") == []
    assert of(newer.posts("here"), "message")


# -- weaknesses (§10.3) ----------------------------------------------------------------------------------------------------


def test_hole_without_a_secret_anybody_is_an_operator() -> None:
    world = World()
    world.hub.tokens = None
    caller = Talk(world).connect()
    told = caller.says({"action": "login", "username": "ana", "jwt": forged("")})
    assert of(told, "who")[0]["whoList"][0]["op"] is False
    with pytest.raises(ValueError, match=r"empty|key|secret"):
        shared_key("")


def forged(key: str, **claims: Any) -> str:
    import base64
    import hashlib
    import hmac

    def part(value: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    body = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"sub": "eve", "op": True, "exp": 1 << 33, **claims})
    signed = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return (body + b"." + base64.urlsafe_b64encode(signed).rstrip(b"=")).decode()


def test_hole_tokens_are_renewed_without_end() -> None:
    talk = Talk()
    eve = talk.enter("eve", op=True)
    talk.world.clock.advance(RENEWED_FOR_S - 60)
    assert of(eve.hears(), "ping")[-1]["jwt"]
    talk.world.clock.advance(120)
    assert "jwt" not in of(eve.hears(), "ping")[-1]


@pytest.mark.parametrize("username", ["ChatServer", "CHATSERVER", "@ana", NASTY, "Op"])
def test_hole_guests_call_themselves_what_they_like(username: str) -> None:
    talk = Talk()
    talk.enter("op", op=True)
    told = talk.connect().says({"action": "login", "username": username})
    shown = [frame["username"] for frame in of(told, "me")]
    assert shown in ([], ["Op 2"])


@pytest.mark.parametrize("action", ["open", "kick", "message", "dance", "file", "report", "ban", "nick"])
def test_hole_what_users_say_is_html_in_notices(action: str) -> None:
    talk = Talk()
    op = talk.enter("op", op=True)
    eve = talk.enter("eve", nick="Eve")
    frames: dict[str, list[Frame]] = {
        "open": [{"action": "open", "username": NASTY}],
        "kick": [{"action": "message", "message": f"/kick '{NASTY}'"}],
        "ban": [{"action": "message", "message": f"/ban '{NASTY}'"}, {"action": "message", "message": "/bans"}],
        "message": [{"action": "message", "channel": f"@{NASTY}", "message": "x"}],
        "dance": [{"action": NASTY}],
        "file": [{"action": "file", "channel": "main", "message": NASTY, "bytes": [1]}],
        "report": [{"action": "report", "username": NASTY, "reason": NASTY, "comment": NASTY, "channel": "main"}],
        "nick": [{"action": "mute", "username": "op"}],
    }
    said = [text for frame in frames[action] for text in notices((op if "message" in frame else eve).says(frame))]
    said += notices(op.hears()) + notices(eve.hears())
    assert said or action == "nick"
    assert not any("<img" in text for text in said)


@pytest.mark.parametrize(
    "source", ['<b id="messageBox">x</b>', '<a name="x" href="https://example.org">x</a>', "<b><i>x"]
)
def test_hole_ids_and_loose_tags_reach_into_the_page(source: str) -> None:
    shown = of(Talk().enter("ana").posts(source), "message")[0]["message"]
    assert " id=" not in shown
    assert " name=" not in shown
    for tag in ("b", "i", "a", "p"):
        assert shown.count(f"<{tag}>") + shown.count(f"<{tag} ") == shown.count(f"</{tag}>")


def test_hole_pictures_of_other_servers_tell_them_who_reads() -> None:
    shown = of(
        Talk().enter("ana").posts("![x](https://spy.example/x.png) <img src='https://spy.example/y.png'>"), "message"
    )
    assert "<img" not in shown[0]["message"]


@pytest.mark.parametrize(
    "action", ["react", "me", "report", "open", "sdp", "candidate", "watch", "unwatch", "takeback", "block"]
)
def test_hole_strangers_act(action: str) -> None:
    talk = Talk()
    ana = talk.enter("ana")
    talk.quiet(ana)
    assert len(notices(talk.connect().says({"action": action, "username": "ana", "msgID": 1, "message": "👍"}))) == 1
    assert ana.hears() == []


@pytest.mark.parametrize("deed", ["mute", "boot", "block", ""])
@pytest.mark.parametrize("action", ["sdp", "candidate", "watch", "unwatch"])
def test_hole_signals_pass_a_mute_a_boot_and_a_block(deed: str, action: str) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    ana.says({"action": "me", "video": 1, "status": "online"})
    if deed:
        bob.says({"action": "open", "username": "ana"})
        ana.says({"action": deed, "username": "bob"})
    talk.quiet(ana, bob)
    bob.says({"action": action, "username": "ana", "description": "{}", "candidate": "{}"})
    assert ana.hears() == []


@pytest.mark.parametrize("where", ["@bob", "vips"])
@pytest.mark.parametrize("deed", ["react", "takeback"])
def test_hole_reactions_and_takebacks_of_what_is_private_go_to_everybody(where: str, deed: str) -> None:
    talk = Talk(World(rooms=[ROOM], tokens=SiteTokens(TokenVerifier([shared_key(SECRET)]))))
    ana, bob, cas = talk.enter("ana", vip=True), talk.enter("bob", vip=True), talk.enter("cas")
    (said,) = of(ana.posts("psst", where), "message")
    talk.quiet(ana, bob, cas)
    ana.says({"action": deed, "msgID": said["msgID"], "message": "👍"})
    assert of(bob.hears(), deed)
    assert cas.hears() == []


ROOM = Room(
    LOBBY,
    life=Life.PERMANENT,
    channels=(
        Channel(ChannelId("main"), newcomers_see=10),
        Channel(ChannelId("vips"), vip_only=True, newcomers_see=10),
    ),
)


def test_hole_the_nudge_names_its_sender_to_everybody() -> None:
    talk = Talk()
    ana, bob, cas = talk.enter("ana"), talk.enter("bob"), talk.enter("cas")
    ana.says({"action": "me", "video": 1, "status": "online"})
    talk.quiet(ana, bob, cas)
    assert bob.says({"action": "react", "msgID": -451, "message": "ana"}) == []
    assert "bob" not in str(ana.hears())
    assert cas.hears() == []


def test_hole_vip_channels_are_read_and_written_by_anybody() -> None:
    talk = Talk(World(rooms=[ROOM], tokens=SiteTokens(TokenVerifier([shared_key(SECRET)]))))
    vip, guest = talk.enter("vip", vip=True), talk.enter("guest")
    vip.posts("for few", "vips")
    assert of(guest.hears(), "message") == []
    refused, unknown = notices(guest.posts("let me in", "vips")), notices(guest.posts("let me in", "invented"))
    assert [text.replace("vips", "invented") for text in refused] == unknown
    told = talk.connect().says({"action": "login", "username": "new"})
    assert of(told, "echo") == [{"action": "echo"}]
    assert of(vip.hears(), "message") == []


AWAY = ["nobody is not online."]


@pytest.mark.parametrize("promise", ["hidden", "block"])
@pytest.mark.parametrize(
    "probe",
    [
        {"action": "open", "username": "ana"},
        {"action": "message", "channel": "@ana", "message": "x"},
        {"action": "sdp", "username": "ana", "description": "{}"},
        {"action": "watch", "username": "ana"},
        {"action": "react", "msgID": -451, "message": "ana"},
        {"action": "file", "channel": "@ana", "message": "x.png", "bytes": [1]},
    ],
    ids=lambda frame: frame["action"],
)
def test_hole_who_is_out_of_sight_can_be_found_by_asking(promise: str, probe: Frame) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana", **({"op": True} if promise == "hidden" else {})), talk.enter("bob")
    ana.says({"action": "me", "video": 1, "status": "hidden" if promise == "hidden" else "online"})
    if promise == "block":
        ana.says({"action": "block", "username": "bob"})
    talk.quiet(ana, bob)
    absent = json.loads(json.dumps(probe).replace("ana", "nobody"))
    for told, expected in zip(bob.says(probe), bob.says(absent), strict=True):
        assert json.dumps({**told, "msgID": 0}).replace("ana", "nobody") == json.dumps({**expected, "msgID": 0})
    assert ana.hears() == []


@pytest.mark.parametrize("deed", ["mute", "boot"])
def test_hole_who_was_turned_away_can_tell_that_from_a_camera_that_is_off(deed: str) -> None:
    talk = Talk()
    ana, bob, cas = talk.enter("ana"), talk.enter("bob"), talk.enter("cas")
    ana.says({"action": "me", "video": 1, "status": "online"})
    ana.says({"action": deed, "username": "bob"})
    talk.quiet(ana, bob, cas)
    shut, off = bob.says({"action": "open", "username": "ana"}), bob.says({"action": "open", "username": "cas"})
    assert shut == off


@pytest.mark.parametrize("what", ["messages", "opens", "reports", "statuses"])
def test_hole_nothing_is_limited(what: str) -> None:
    talk = Talk()
    ana, bob = talk.enter("ana"), talk.enter("bob")
    bob.says({"action": "me", "video": 1, "status": "online"})
    frames: dict[str, Frame] = {
        "messages": {"action": "message", "channel": "main", "message": "x"},
        "opens": {"action": "open", "username": "bob"},
        "reports": {"action": "report", "username": "bob", "reason": "r", "channel": "main"},
        "statuses": {"action": "me", "status": "away"},
    }
    said = [text for _ in range(200) for text in notices(ana.says(frames[what]))]
    assert any("wait" in text.lower() or "slow" in text.lower() or "too" in text.lower() for text in said)


def test_hole_frames_of_strangers_may_be_of_any_size() -> None:
    caller = Talk().connect(limit=64 * 1024)
    assert caller.says("x" * (256 * 1024 + 1)) == [{"closed": 1009}]


def test_hole_frames_without_a_file_are_as_large_as_those_with_one() -> None:
    talk = Talk()
    ana = talk.enter("ana")
    names = ["ab"] * (MAX_WORDS_BYTES // 5)
    for action in ("blocklist", "message", "who knows"):
        told = ana.says({"action": action, "channel": "lobby", "message": "x", "usernames": names})
        assert notices(told) == ["This is too large: 1048576 bytes is the limit."]
    told = ana.says(
        {"action": "file", "channel": "lobby", "username": None, "message": "x", "bytes": [0] * MAX_WORDS_BYTES}
    )
    assert "too large" not in str(notices(told)), "which is judged as a picture"
    assert alive(ana)


# -- whatever else comes (§3.1) --------------------------------------------------------------------------------------------

WRONG = [5, 1.5, True, "x", [], {}, [[]], None, "\ud800", -1, 1 << 70, "x" * 5000]


@pytest.mark.parametrize("action", sorted(READINGS))
def test_no_value_of_any_field_is_a_fault_of_the_server(action: str) -> None:
    talk = Talk()
    caller = talk.enter("ana")
    for name in Asked.__struct_encode_fields__[1:]:
        for value in WRONG:
            told = caller.says({"action": action, "username": "bob", "channel": "main", "message": "x", name: value})
            assert not any("went wrong" in said for said in notices(told)), (name, value)
        talk.world.clock.advance(60)
        caller.hears()
    assert alive(caller)


def alive(caller: Caller) -> bool:
    return "anything more?" in str(caller.says({"action": "anything more?"}))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=60)
    | st.fixed_dictionaries(
        {"action": st.sampled_from(sorted(READINGS)) | st.text(max_size=10)},
        optional=dict.fromkeys(Asked.__struct_encode_fields__[1:], _json),
    )
)
def test_whatever_comes_is_done_or_refused(frame: Any) -> None:
    caller = Talk().connect()
    for who in ("", "ana"):
        if who:
            caller.says({"action": "login", "username": who})
        payload = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        caller.connection.take(payload, False)
        assert not any("went wrong" in said for said in notices(caller.hears()))
    assert alive(caller)
