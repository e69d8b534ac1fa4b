"""What a site may call with its key (BareRTC §1.5 to §1.10)."""

from __future__ import annotations

import pytest
from tests.fakes import LOBBY, NOW
from tests.web.barertc.conftest import SECRET, BareDesk, answered, token
from tests.web.conftest import KEY

from palaver.core import errors
from palaver.core.chat import PostMessage, ToPerson
from palaver.core.media import SetMedia
from palaver.core.participants import ByHandle, CameraRules, Media, Rule
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.web.barertc.by_key import SHUTDOWN_S

CLAIMS = {
    "sub": "ana",
    "op": True,
    "nick": "Ana",
    "img": "/a.png",
    "url": "/u/ana",
    "emoji": "🙂 happy",
    "gender": "f",
    "vip": True,
    "rules": ["noimage", "redcam"],
}


@pytest.mark.parametrize("path", ["/api/authentication", "/api/authenticate"])
async def test_both_spellings_sign_a_token_for_five_minutes(desk: BareDesk, path: str) -> None:
    found = answered(await desk.site(path, Claims={**CLAIMS, "exp": 1, "iat": 2, "nbf": 3, "shoe": 43}))
    claims = TokenVerifier([shared_key(SECRET)]).verify(found["JWT"], now=NOW)

    assert found.keys() == {"OK", "JWT"}
    assert claims.profile() | {"rules": list(claims.rules)} == {**CLAIMS, "device": ""}
    assert (claims.iat, claims.nbf, claims.exp) == (NOW, NOW, NOW + 300)


async def test_tokens_are_signed_even_while_they_are_ignored_here(desk: BareDesk) -> None:
    desk.world.hub.tokens = None
    assert answered(await desk.site("/api/authentication", Claims={"sub": "ana"}))["JWT"]


async def test_a_token_for_nobody_is_not_signed(desk: BareDesk) -> None:
    for claims in ({}, {"sub": ""}, {"nick": "Ana"}):
        assert "sub" in answered(await desk.site("/api/authentication", Claims=claims), 400)["Error"]
    assert answered(await desk.site("/api/authentication", Claims={"sub": 7}), 400)["Error"]


async def test_shutdown_answers_first_and_restarts_after_two_seconds(desk: BareDesk) -> None:
    assert answered(await desk.site("/api/shutdown")) == {"OK": True}
    assert desk.restarts == 0
    desk.world.clock.advance(SHUTDOWN_S)
    assert desk.restarts == 1


async def test_shutdown_asks_nothing_that_chat_or_storage_can_hold(desk: BareDesk) -> None:
    for port in ("messages", "moderation", "room_store", "presence", "broker", "sessions", "rooms", "changing"):
        setattr(desk.world.hub, port, None)
    answered(await desk.site("/api/shutdown"))
    desk.world.clock.advance(SHUTDOWN_S)
    assert desk.restarts == 1


async def test_everybody_is_told_of_a_shutdown_before_it(desk: BareDesk) -> None:
    ana = desk.world.open("ana", "lobby")
    answered(await desk.site("/api/shutdown"))
    assert ana.sink.words == ["restart_announced"]
    assert desk.restarts == 0


async def test_people_are_kept_apart_in_both_directions_at_once(desk: BareDesk) -> None:
    ana, bob, cleo = (desk.world.open(name, "lobby", verified=name == "ana") for name in ("ana", "bob", "cleo"))
    assert answered(await desk.site("/api/block/now", Usernames=["ana", "BOB", "gone", "ana", "bob"])) == {"OK": True}

    assert [event["name"] for event in ana.hears() if event["type"] == "block_imposed"] == ["bob", "gone"]
    assert [event["name"] for event in bob.hears() if event["type"] == "block_imposed"] == ["ana", "gone"]
    assert cleo.hears() == []
    for one, other in ((ana, "name:bob"), (bob, "user:site:ana")):
        assert one.session.declared.blocks == one.session.declared.ignores == {other, "name:gone"}
    with pytest.raises(errors.NoSuchParticipant):
        bob.ask(PostMessage(ToPerson(ByHandle("ana")), "hello"))
    gone = desk.world.open("gone", "lobby")
    with pytest.raises(errors.NoSuchParticipant):
        gone.ask(PostMessage(ToPerson(ByHandle("bob")), "hello"))
    answered(await desk.site("/api/block/now", Usernames=[f"n{number}" for number in range(101)]), 413)


async def test_people_are_sent_away_in_order_and_absent_ones_passed_over(desk: BareDesk) -> None:
    ana, bob, cleo = (desk.world.open(name, "lobby") for name in ("ana", "bob", "cleo"))
    found = answered(
        await desk.site("/api/disconnect/now", Usernames=["bob", "nobody", "ana"], Message="Time to <b>go</b>.")
    )

    assert found == {"OK": True, "Removed": 2}
    assert [
        event["participant"]["handle"] if "participant" in event else event["session"] for event in cleo.hears()
    ] == [
        bob.id,
        ana.id,
    ]
    assert ana.sink.events[-1]["text"] == "Time to <b>go</b>."
    assert ana.sink.disconnect
    assert not ana.sink.disconnect.may_return
    assert answered(await desk.site("/api/disconnect/now", Usernames=["bob"]))["Removed"] == 0
    desk.world.open("ana", "lobby")


async def test_who_is_kicked_is_kept_out_for_a_minute(desk: BareDesk) -> None:
    desk.world.open("ana", "lobby", verified=True)
    answered(await desk.site("/api/disconnect/now", Usernames=["ana"], Kick=True))
    assert "user:site:ana" in desk.world.hub.kicked


@pytest.mark.parametrize("body", [{"Username": "ana"}, {"Username": "ana", "JWTToken": "a.b.c"}])
async def test_amending_with_no_good_token_is_401(desk: BareDesk, body: dict[str, str]) -> None:
    assert "JWT token is not valid" in answered(await desk.site("/api/amend-jwt", **body), 401)["Error"]


async def test_amending_somebody_who_is_not_here_is_404(desk: BareDesk) -> None:
    found = answered(await desk.site("/api/amend-jwt", Username="ana", JWTToken=token("ana")), 404)
    assert "ana" in found["Error"]


async def test_a_guest_has_nothing_to_amend(desk: BareDesk) -> None:
    ana = desk.world.open("ana", "lobby")
    answered(await desk.site("/api/amend-jwt", Username="ana", JWTToken=token("ana", op=True)))
    assert not ana.seat().operator


async def test_amended_claims_hold_at_once_and_everybody_is_told(desk: BareDesk) -> None:
    ana, bob = desk.world.open("ana", "lobby", verified=True), desk.world.open("bob", "lobby")
    ana.ask(SetMedia(camera=True))
    bob.hears()
    amended = token("ana", op=True, vip=True, nick="Queen Ana", img="/q.png", rules=["redcam"])
    answered(await desk.site("/api/amend-jwt", Username="ANA", JWTToken=amended))

    seat = ana.seat()
    assert (seat.operator, seat.vip, seat.display_name, seat.profile.avatar) == (True, True, "Queen Ana", "/q.png")
    assert seat.media == Media(camera=True, rules=CameraRules(explicit=True))
    assert (ana.session.identity.name, ana.session.identity.rules) == ("ana", {Rule.CAMERA_ALWAYS_EXPLICIT})
    assert [event["participant"]["display_name"] for event in bob.hears()] == ["Queen Ana"]
    assert "identity_amended" in ana.sink.words


async def test_a_rule_against_video_ends_a_broadcast(desk: BareDesk) -> None:
    ana = desk.world.open("ana", "lobby", verified=True)
    ana.ask(SetMedia(camera=True))
    answered(await desk.site("/api/amend-jwt", Username="ana", JWTToken=token("ana", rules=["nobroadcast"])))
    assert not ana.seat().media.camera
    assert "camera_stopped" in ana.sink.words


async def test_nobody_is_renamed_by_a_token_of_somebody_else(desk: BareDesk) -> None:
    ana = desk.world.open("ana", "lobby", verified=True)
    found = answered(await desk.site("/api/amend-jwt", Username="ana", JWTToken=token("eve", op=True)), 409)
    assert "eve" in found["Error"]
    assert not ana.session.identity.operator
    assert ana.seat().handle == "ana"


async def test_a_blocklist_is_kept_for_the_page_of_its_user(desk: BareDesk) -> None:
    assert answered(await desk.site("/api/blocklist", Username="ana", Blocklist=["bob", "eve", "bob", ""])) == {
        "OK": True
    }
    page = await desk.asks("GET", "/", bearer="", params={"jwt": token("ana")})
    assert '"blocklist":["bob","eve"]' in page.text
    for other in (token("bob"), ""):
        page = await desk.asks("GET", "/", bearer="", params={"jwt": other} if other else {})
        assert '"blocklist":[]' in page.text


async def test_the_next_blocklist_replaces_the_one_before(desk: BareDesk) -> None:
    await desk.site("/api/blocklist", Username="ana", Blocklist=["bob"])
    await desk.site("/api/blocklist", Username="ana", Blocklist=["eve"])
    assert desk.world.hub.blocklists.names(desk.world.open("ana", verified=True).session.identity.user) == ("eve",)
    await desk.site("/api/blocklist", Username="ana")
    assert desk.world.hub.blocklists.names(desk.world.open("ana", verified=True).session.identity.user) == ()


async def test_a_list_that_is_too_long_is_refused_and_changes_nothing(desk: BareDesk) -> None:
    for names in ([f"n{number}" for number in range(5001)], ["x" * 129]):
        answered(await desk.site("/api/blocklist", Username="ana", Blocklist=names), 413)
    answered(await desk.site("/api/disconnect/now", Usernames=["x"] * 1001), 413)


async def test_the_seed_example_with_a_comma_too_many_is_refused_with_a_clear_error(desk: BareDesk) -> None:
    """T23."""
    body = b'{"APIKey": "%s", "Username": "soandso", "Blocklist": ["usernames"],}' % KEY.encode()
    assert "JSON is malformed" in answered(await desk.calls("/api/blocklist", body), 400)["Error"]


def test_a_token_of_another_algorithm_than_hs256_is_none(desk: BareDesk) -> None:
    import jwt as pyjwt

    body = {"sub": "ana", "exp": NOW + 60}
    tokens = desk.world.hub.tokens
    assert tokens
    assert tokens.identity(mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW), now=NOW).name == "ana"
    for algorithm, key in (("HS384", SECRET * 2), ("HS512", SECRET * 2), ("none", "")):
        bad = pyjwt.encode(body, key, algorithm=algorithm)
        with pytest.raises(Exception, match=r"token"):
            tokens.identity(bad, now=NOW)
    assert LOBBY
