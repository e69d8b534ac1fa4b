"""The chat page's answers to tokens, the statistics, and the two plain pages (BareRTC §1.1, §1.2, §1.4)."""

from __future__ import annotations

import base64
import hashlib
import re

import msgspec
import pytest
from structlog.testing import capture_logs
from tests.fakes import NOW
from tests.web.barertc.conftest import SECRET, BareDesk, answered, token
from tests.web.conftest import STRANGER

from palaver.core.participants import CameraRules, Media
from palaver.hub import seats
from palaver.integrations.jwt import mint
from palaver.web.barertc.site import BareRTCSite

FRIEND = "http://localhost:8080"
PAGES = ["/", "/barertc/", "/den"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_bad_token_is_403_with_the_reason(desk: BareDesk, path: str, method: str) -> None:
    if path == "/den" and method == "POST":
        return  # a form goes to the root
    for bad in ("nonsense", token("ana")[:-2] + "xx", mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW - 60)):
        sent = {"params": {"jwt": bad}} if method == "GET" else {"data": {"jwt": bad}}
        answer = await desk.asks(method, path, bearer="", **sent)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")
        assert answer.text.startswith("Error parsing your JWT token: ")
        assert bad not in answer.text


async def test_the_log_says_which_page_a_bad_token_was_brought_to_and_by_whom(desk: BareDesk) -> None:
    with capture_logs() as logged:
        await desk.asks("GET", "/den", bearer="", params={"jwt": mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW - 90)})
    (told,) = [entry for entry in logged if entry["event"] == "token_refused"]
    assert (told["reason"], told["address"], told["brought_to"]) == ("expired", STRANGER, "/den")


@pytest.mark.parametrize("path", PAGES)
async def test_strict_mode_sends_whoever_has_no_token_away(desk: BareDesk, path: str) -> None:
    desk.change(strict=True)
    for sent in ({}, {"params": {"jwt": ""}}):
        answer = await desk.asks("GET", path, bearer="", **sent)
        assert (answer.status_code, answer.text) == (403, "Authentication denied. Please go back and try again.")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"

    desk.change(landing_url="https://www.example.com/login")
    answer = await desk.asks("GET", path, bearer="")
    assert (answer.status_code, answer.headers["location"], answer.text) == (302, "https://www.example.com/login", "")
    bad = await desk.asks("GET", path, bearer="", params={"jwt": "bad"})
    assert bad.status_code == 403
    good = await desk.asks("GET", path, bearer="", params={"jwt": token("ana")})
    assert (good.status_code, good.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_a_form_lets_somebody_in_and_goes_before_the_address(desk: BareDesk) -> None:
    desk.change(strict=True)
    good = token("ana")
    for sent in (
        {"data": {"jwt": good}},
        {"data": {"jwt": good}, "params": {"jwt": "bad"}},
        {"params": {"jwt": good}, "data": {}},
    ):
        answer = await desk.asks("POST", "/", bearer="", **sent)  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert good in answer.text
    files = {"jwt": (None, good)}
    assert (await desk.asks("POST", "/", bearer="", files=files)).status_code == 200


async def test_a_token_is_ignored_where_tokens_are_off(desk: BareDesk) -> None:
    desk.world.hub.tokens = None
    assert (await desk.asks("GET", "/", bearer="", params={"jwt": "bad"})).status_code == 200


async def test_a_room_of_ones_own_address_can_be_reloaded_in_strict_mode(desk: BareDesk) -> None:
    desk.change(strict=True)
    assert (await desk.asks("GET", "/r/den", bearer="")).status_code == 200


async def test_a_page_is_told_the_rules_of_its_visitor(desk: BareDesk) -> None:
    page = await desk.asks("GET", "/", bearer="", params={"jwt": token("ana", rules=["redcam", "nodvd"])})
    assert '"rules":["nodvd","redcam"]' in page.text


async def test_the_room_is_counted_and_who_hides_is_not(desk: BareDesk) -> None:
    ana, bob = (desk.world.open(name, "lobby") for name in ("ana", "bob"))
    hidden, _ = desk.world.open("op", "lobby", operator=True), desk.world.open("else", "other")
    for person, media in (
        (ana, Media(camera=True)),
        (bob, Media(camera=True, rules=CameraRules(explicit=True))),
        (hidden, Media(camera=True)),
    ):
        status = "hidden" if person is hidden else "online"
        changed = msgspec.structs.replace(person.seat(), media=media, status=status)
        seats.change_seat(desk.world.hub, desk.barertc.room, changed)

    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        found = answered(await desk.asks(method, "/api/statistics", bearer=""))
        assert found == {"UserCount": 2, "Usernames": ["ana", "bob"], "Cameras": {"Blue": 1, "Red": 1}}


async def test_nobody_is_an_empty_list(desk: BareDesk) -> None:
    found = answered(await desk.asks("GET", "/api/statistics", bearer=""))
    assert found == {"UserCount": 0, "Usernames": [], "Cameras": {"Blue": 0, "Red": 0}}


async def test_a_page_of_a_friend_may_read_the_statistics(desk: BareDesk) -> None:
    desk.change(origins=frozenset({FRIEND}))
    friend = await desk.asks("GET", "/api/statistics", bearer="", headers={"Origin": FRIEND})
    assert friend.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in friend.headers
    for origin in (FRIEND + "0", "http://localhost", "null", "*", FRIEND.upper()):
        stranger = await desk.asks("GET", "/api/statistics", bearer="", headers={"Origin": origin})
        assert stranger.status_code == 200
        assert "access-control-allow-origin" not in stranger.headers
        assert stranger.headers["vary"] == friend.headers["vary"] == "Origin"


async def test_the_help_page_says_what_is_kept_and_escapes_the_title(desk: BareDesk) -> None:
    desk.change(title="<script>alert(1)</script>")
    for days, words in ((90, "kept for 90 days"), (0, "signed in are kept."), (None, "are not kept")):
        desk.barertc = BareRTCSite(desk.barertc.room, history_days=days)
        answer = await desk.asks("GET", "/about", bearer="")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert words in answer.text
        assert "<script>" not in answer.text
        assert "script-src 'none'" in answer.headers["content-security-policy"]


async def test_the_page_after_logging_out_closes_its_window_after_five_seconds(desk: BareDesk) -> None:
    answer = await desk.asks("GET", "/logout", bearer="")
    scripts = re.findall(r"<script>(.*?)</script>", answer.text)
    assert scripts == ["setTimeout(() => window.close(), 5000);"]
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


async def test_static_files_have_no_directory_listings(desk: BareDesk) -> None:
    for path in ("/static/", "/static/net/", "/static/nothing.js"):
        assert (await desk.asks("GET", path, bearer="")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_plain_request_where_a_websocket_is_expected_is_426(desk: BareDesk, method: str) -> None:
    answer = await desk.asks(method, "/ws", bearer="")
    assert (answer.status_code, answer.headers["connection"], answer.headers["upgrade"]) == (
        426,
        "Upgrade",
        "websocket",
    )
