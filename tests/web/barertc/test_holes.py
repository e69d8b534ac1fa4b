"""What the original's HTTP let happen (docs/dialects/barertc.md §10.3) and this server does not; one test for each."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt as pyjwt
import msgspec
import pytest
from tests.fakes import NOW, FakeSink
from tests.web.barertc.conftest import SECRET, BareDesk, answered
from tests.web.conftest import KEY

from palaver.app.composition import Application
from palaver.config import Settings
from palaver.config.tables import TURN, DirectMessageHistory, PublicChannel, Webhook
from palaver.core.chat import Direct, Message
from palaver.core.ids import SITE_REALM, MessageId, RoomId, SessionId, user_id
from palaver.core.moderation import bars
from palaver.core.participants import Author, Identity
from palaver.core.rooms import History, JoinRoom
from palaver.hub import seats
from palaver.integrations.jwt import MAX_TTL_S
from palaver.storage.stores import open_stores
from palaver.web import callers
from palaver.web.barertc.routes import CALLS

SCRIPT = "<script>alert(1)</script>"
SETTINGS = Settings(
    title=SCRIPT,
    branding=f'{SCRIPT}<b onclick="x">Our</b> chat',
    admin_api_key=KEY,
    server_secret="another secret of the server",
    webhook_urls=(Webhook(name="report", enabled=True, url="https://site.example/hook/very-secret"),),
    turn=TURN(urls=("turn:turn.example", "turns:turn.example"), username="relay", credential="a relay's password"),
    direct_message_history=DirectMessageHistory(enabled=True, disclaimer_message=f"{SCRIPT}Kept."),
    public_channels=(PublicChannel(id="lobby"),),
)


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    application = Application(SETTINGS, tmp_path, await open_stores("sqlite://"))
    await application.begin()
    yield application
    await application.close()
    await application.stores.close()


async def asks(application: Application, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(application.asgi, client=("198.51.100.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://chat.example") as client:
        return await client.request(method, path, **options)


async def test_hole_an_empty_key_admits_whoever_gives_none(desk: BareDesk) -> None:
    desk.change(admin_key="")
    for number, call in enumerate(CALLS):
        for body in ({}, {"APIKey": ""}, {"APIKey": None}):
            answer = await desk.calls(call.path, body, address=f"198.51.100.{number}")
            assert (answer.status_code, answer.json()["OK"]) in ((400, False), (401, False))


async def test_hole_a_key_is_found_letter_by_letter(desk: BareDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    really = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return really(one, other)

    monkeypatch.setattr(callers.hmac, "compare_digest", compare)
    statuses = [(await desk.calls("/api/blocklist", {"APIKey": KEY[:-1]})).status_code for _ in range(11)]
    assert compared == [KEY[:-1].encode()] * 10
    assert statuses == [401] * 10 + [429]


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": "ana", "op": True, "exp": NOW + 60, **more}


@pytest.mark.parametrize(
    "bad",
    [
        pyjwt.encode(claims(), SECRET * 2, algorithm="HS384"),
        pyjwt.encode(claims(), SECRET * 2, algorithm="HS512"),
        pyjwt.encode(claims(), "", algorithm="none"),
        pyjwt.encode({"sub": "ana", "op": True}, SECRET, algorithm="HS256"),
        pyjwt.encode(claims(exp=NOW + MAX_TTL_S + 1), SECRET, algorithm="HS256"),
        pyjwt.encode(claims(nbf=NOW + 30), SECRET, algorithm="HS256"),
    ],
    ids=["HS384", "HS512", "none", "without an end", "for more than a day", "not yet"],
)
async def test_hole_any_algorithm_and_tokens_without_an_end_are_taken(desk: BareDesk, bad: str) -> None:
    assert (await desk.asks("GET", "/", bearer="", params={"jwt": bad})).status_code == 403
    for path in ("/api/profile", "/api/message/history"):
        assert "token" in answered(await desk.calls(path, {"JWTToken": bad}), 400)["Error"]
    assert "token" in answered(await desk.site("/api/amend-jwt", Username="ana", JWTToken=bad), 401)["Error"]


async def test_hole_the_page_shows_webhooks_and_credentials_to_everybody(application: Application) -> None:
    for path in ("/", "/r/den", "/about", "/api/statistics"):
        text = (await asks(application, path)).text
        for secret in ("very-secret", "a relay's password", "turn.example", KEY, SETTINGS.server_secret):
            assert secret not in text


async def test_hole_texts_of_the_site_are_raw_html(application: Application) -> None:
    for path in ("/", "/about", "/logout"):
        assert SCRIPT not in (await asks(application, path)).text
    text = (await asks(application, "/")).text
    told = json.loads(text.split('id="palaver-constants">')[1].split("</script>")[0])
    assert (told["branding"], told["disclaimer"]) == ("Our chat", "Kept.")


async def test_hole_pages_need_scripts_and_frames_of_their_own(application: Application) -> None:
    for path in ("/", "/about", "/logout"):
        policy = (await asks(application, path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe" not in policy


async def test_hole_the_token_of_a_visitor_stays_in_the_address(application: Application) -> None:
    """The page takes it out of the address bar; nothing else may see it on the way: no cache, no other site."""
    answer = await asks(application, "/", "POST", data={"jwt": "token of somebody"})
    assert answer.status_code == 200
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")


async def test_hole_a_poll_with_a_name_throws_its_user_out(application: Application) -> None:
    hub = application.hub
    bob, _ = hub.open(Identity("bob"), FakeSink())
    await hub.handle(bob, JoinRoom(RoomId("lobby")))
    body = {"username": "bob", "session_id": "a guess", "msg": {"action": "ping"}}
    answer = await asks(application, "/poll", "POST", json=body)
    assert answer.status_code == 400
    assert hub.presence.named(RoomId("lobby"), "bob")


@pytest.mark.parametrize("path", ["/poll", *(call.path for call in CALLS)])
async def test_hole_bodies_have_no_end(application: Application, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"APIKey": "'
        for _ in range(1000):
            sent += 1 << 16
            yield b"x" * (1 << 16)

    answer = await asks(application, path, "POST", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert sent <= (1 << 20) + (1 << 16)


async def test_hole_names_are_patterns_that_reach_the_threads_of_others() -> None:
    stores = await open_stores("sqlite://")

    async def say(number: int, one: str, other: str) -> None:
        author, to = (Author(SessionId(name), name, user=user_id(SITE_REALM, name)) for name in (one, other))
        await stores.messages.append(
            Message(MessageId(number), author, Direct(to), "a secret", number), History.DURABLE
        )

    await say(1, "axb", "cleo")
    await say(2, "a_b", "dan")
    one, cleo = user_id(SITE_REALM, "a_b"), user_id(SITE_REALM, "cleo")
    assert await stores.messages.thread_page(one, cleo, before=None, limit=9) == ((), False)
    assert [each.other for each in await stores.messages.threads_of(one)] == [user_id(SITE_REALM, "dan")]
    for pattern in ("%", "a%", "_xb", "axb:%"):
        assert await stores.messages.erase_user(user_id(SITE_REALM, pattern)) == 0
    assert await stores.messages.erase_user(one) == 1
    await stores.close()


async def test_hole_anybody_with_a_token_asks_about_anybody_from_outside(desk: BareDesk) -> None:
    async def ask(_: str) -> tuple[int, dict[str, Any]]:
        raise AssertionError("the site is not asked")

    desk.barertc = type(desk.barertc)(desk.barertc.room, SECRET, 90, ask)
    for path in ("/api/profile", "/api/message/history", "/api/message/usernames"):
        assert answered(await desk.user("ana", path, Username="bob"), 400)["Error"].startswith("You are not logged in")
    desk.world.open("ana", "other", verified=True)
    answered(await desk.user("ana", "/api/profile", Username="bob"), 400)


async def test_hole_folders_are_listed(application: Application) -> None:
    for path in ("/static/", "/static", "/static/net/", "/v1/pictures/", "/barertc/static/"):
        answer = await asks(application, path)
        assert "<a " not in answer.text
        assert path == "/static" or answer.status_code == 404


async def test_hole_pages_of_other_sites_make_calls(application: Application) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/poll", *(call.path for call in CALLS)):
        for method in ("OPTIONS", "POST"):
            answer = await asks(application, path, method, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_hole_relays_over_tls_get_no_credentials(application: Application) -> None:
    (server,) = application.hub.ice.servers(SessionId("s"), now=NOW).servers
    assert server.urls == ("turn:turn.example", "turns:turn.example")
    assert (server.username, server.credential) == ("relay", "a relay's password")


async def test_hole_bans_are_lost_at_a_restart_and_hold_for_one_spelling(
    application: Application, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert (await asks(application, "/v1/bans", "POST", json={"name": "Mallory"}, headers=headers)).status_code == 201
    again = Application(SETTINGS, tmp_path, application.stores)
    await again.begin()
    (ban,), now = again.hub.bans, again.hub.clock.now()
    for who in (Identity("mALLORY"), Identity("mallory", user=user_id(SITE_REALM, "MALLORY"))):
        assert bars(ban, who, RoomId("lobby"), now=now)
    await again.close()


async def test_hole_a_token_of_a_user_says_who_is_out_of_sight(desk: BareDesk) -> None:
    """Neither the statistics nor the calls of users tell an operator who hides from somebody who is not there."""
    desk.world.open("ana", "lobby", verified=True)
    op = desk.world.open("op", "lobby", verified=True, operator=True)
    seats.change_seat(desk.world.hub, desk.barertc.room, msgspec.structs.replace(op.seat(), status="hidden"))
    assert answered(await desk.asks("GET", "/api/statistics", bearer=""))["Usernames"] == ["ana"]
    hidden, absent = [await desk.user("ana", "/api/message/history", Username=name) for name in ("op", "nobody")]
    assert hidden.text == absent.text
