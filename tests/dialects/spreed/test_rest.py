"""Configuration, access codes, random rooms, discovery, figures and pictures over HTTP (docs/dialects/spreed.md §1)."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.dialects.spreed.rest_town import Town

from palaver.core.chat import InChannel, PostMessage
from palaver.core.disconnects import LEFT
from palaver.core.ids import ChannelId, RoomId, SessionId
from palaver.core.rooms import LeaveReason
from palaver.dialects.spreed.pictures import NoPicture, Pictures
from palaver.dialects.spreed.proofs import Proofs
from palaver.integrations.access_codes import AccessCodes

JPEG = b"\xff\xd8\xff\xe0 a picture"
ANA = SessionId("11" * 16)

SEED_KEYS = {
    "Title": str,
    "S": str,
    "B": str,
    "Token": str,
    "StunURIs": list,
    "TurnURIs": list,
    "Tokens": bool,
    "Version": str,
    "UsersEnabled": bool,
    "UsersAllowRegistration": bool,
    "UsersMode": str,
    "Plugin": str,
}


def inline_url(body: bytes = JPEG, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(body).decode()}"


# -- configuration (§1.8) ---------------------------------------------------------------------------------------------


def test_the_configuration_has_every_key_of_the_document_and_of_the_running_server() -> None:
    status, found = Town({"version": "0.17.5", "ver": "x", "title": "Meet"}).says("/api/v1/config")
    assert status == 200
    assert {key: type(found[key]) for key in SEED_KEYS} == SEED_KEYS
    more = {"Renegotiation", "DefaultRoomEnabled", "AuthorizeRoomCreation", "AuthorizeRoomJoin", "Modules"}
    assert found.keys() == SEED_KEYS.keys() | more
    assert (found["Title"], found["S"], found["B"]) == ("Meet", "static/ver=x0175", "/")
    assert found["Modules"] == ["screensharing", "youtube", "presentation", "contacts"]


def test_no_secret_stands_in_the_configuration() -> None:
    options = {"shared_secret": "hush-1", "turn_secret": "hush-2", "global_room": "hush-3", "policy": "hush-4"}
    assert b"hush" not in Town(options).ask("/api/v1/config").body


@pytest.mark.parametrize(
    ("base_path", "asked", "base"),
    [
        ("/", "/api/v1/config", "/"),
        ("/", "/spreed/api/v1/config", "/spreed/"),
        ("/sub/", "/sub/api/v1/config", "/sub/"),
        ("/sub/", "/spreed/api/v1/config", "/spreed/"),
        ("/sub/", "/api/v1/config", "/sub/"),
    ],
)
def test_the_base_is_where_the_client_came(base_path: str, asked: str, base: str) -> None:
    assert Town({"base_path": base_path}).says(asked)[1]["B"] == base


def test_json_is_laid_out_and_safe_inside_a_page() -> None:
    body = Town({"title": "<b>&"}).ask("/api/v1/config").body
    assert b'{\n  "Title": "\\u003cb\\u003e\\u0026"' in body


# -- access codes (§1.9) ----------------------------------------------------------------------------------------------


class Codes:
    def holds(self, code: str) -> bool:
        return code == "open-sesame"


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ({"form": "a=Open-Sesame"}, 200, None),
        ({"form": "a=wrong"}, 403, "invalid_token"),
        ({"form": "a="}, 403, "invalid_token"),
        ({}, 403, "invalid_token"),
        ({"json": {"a": "open-sesame"}}, 403, "invalid_token"),
        ({"form": "a=" + "x" * 100}, 403, "invalid_token"),
        ({"form": "a=" + "x" * 101}, 413, "auth_too_large"),
        ({"form": "a=" + "%C3%BC" * 51}, 413, "auth_too_large"),
        ({"form": "a=%FF"}, 400, "malformed"),
        ({"form": "a=%zz"}, 400, "malformed"),
        ({"form": "a=%"}, 400, "malformed"),
        ({"form": "a=" + "x" * 70_000}, 413, "auth_too_large"),
    ],
)
def test_an_access_code_is_right_wrong_or_too_long(line: dict[str, str], status: int, code: str | None) -> None:
    found, body = Town({"codes": True}, codes=Codes()).says("/api/v1/tokens", "POST", **line)
    assert found == status
    assert body == ({"success": True, "token": "open-sesame"} if code is None else body | {"code": code})
    assert body["success"] is (code is None)


def test_an_access_code_may_stand_in_the_query() -> None:
    assert Town(codes=Codes()).says("/api/v1/tokens?a=OPEN-sesame", "POST")[0] == 200


def test_without_a_token_file_a_code_is_refused_and_nothing_breaks() -> None:
    assert Town().says("/api/v1/tokens", "POST", form="a=x")[1]["code"] == "invalid_token"


def test_codes_are_read_from_a_file_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "codes"
    path.write_text("# comment\n  Alpha:name:more\n\nbeta\n:empty\n")
    codes = AccessCodes(path)
    assert [codes.holds(code) for code in ("alpha", "beta", "# comment", "", "name")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    path.write_text("gamma-gamma\n")
    assert (codes.holds("gamma-gamma"), codes.holds("alpha")) == (True, False)
    path.unlink()
    with capture_logs() as told:
        assert codes.holds("gamma-gamma")
        assert not codes.holds("guessed")
    assert [(each["file"], each["problem"]) for each in told] == [(str(path), "No such file or directory")]


# -- random rooms and discovery (§1.6, §1.10) -------------------------------------------------------------------------


def test_a_random_room_has_name_absolute_address_and_success() -> None:
    headers = {"Host": "meet.example.org", "X-Forwarded-Proto": "https, http"}
    status, found = Town().says("/spreed/api/v1/rooms", "POST", headers=headers)
    assert status == 200
    assert re.fullmatch(r"[A-Za-z0-9]{11}", found["name"])
    assert found == {"success": True, "name": found["name"], "url": f"https://meet.example.org/spreed/{found['name']}"}


@pytest.mark.parametrize(("form", "status"), [("a=%zz", 400), ("x" * 70_000, 413)])
def test_a_random_room_is_not_named_for_what_is_no_form(form: str, status: int) -> None:
    assert Town().says("/api/v1/rooms", "POST", form=form)[0] == status


def test_no_two_random_rooms_are_alike() -> None:
    town = Town()
    assert len({town.says("/api/v1/rooms", "POST")[1]["name"] for _ in range(20)}) == 20


def test_discovery_names_the_base_without_its_slash() -> None:
    headers = {"Host": "meet.example.org:8443"}
    found = Town({"base_path": "/sub/"}).says("/sub/.well-known/spreed-configuration", headers=headers)[1]
    assert found == {"spreed-webrtc_endpoint": "http://meet.example.org:8443/sub"}


def test_a_host_that_cannot_be_one_is_not_repeated() -> None:
    found = Town().says("/.well-known/spreed-configuration", headers={"Host": 'evil"><script>'})[1]
    assert found == {"spreed-webrtc_endpoint": "http://localhost"}


# -- figures (§1.13) --------------------------------------------------------------------------------------------------


def test_figures_are_shown_only_where_they_are_switched_on() -> None:
    assert Town().says("/api/v1/stats")[0] == 404


def test_figures_are_counted_from_what_goes_on() -> None:
    town = Town({"stats": True})
    ana = town.world.open("ana", "lobby", verified=True)
    town.world.open("bob", "lobby")
    ana.ask(PostMessage(InChannel(RoomId("lobby"), ChannelId("")), "hello"))
    answered = town.ask("/api/v1/stats")
    found = json.loads(answered.body)
    assert answered.headers["access-control-allow-origin"] == "*"
    assert found["hub"] == {
        "rooms": 1,
        "connections": 2,
        "sessions": 2,
        "users": 1,
        "count": 2,
        "broadcastchatmessages": 1,
        "unicastchatmessages": 0,
    }
    assert set(found["runtime"]) == {"goroutines", "alloc", "mallocs", "frees", "pauses", "heap", "stack"}
    assert (found["Hub"], found["Runtime"]) == (found["hub"], found["runtime"])


def test_details_name_sessions_rooms_and_users_and_foreign_pages_cannot_read_them() -> None:
    town = Town({"stats": True})
    ana = town.world.open("ana", "lobby", verified=True)
    town.world.hub.end(town.world.open("cem").session, LEFT, LeaveReason.LEFT)
    bob = town.world.open("bob")
    answered = town.ask("/api/v1/stats?details=1")
    hub = json.loads(answered.body)["hub"]
    made: Proofs = town.site.proofs
    ana_id, bob_id = made.ids.id_of(ana.id), made.ids.id_of(bob.id)
    assert hub["idsinroom"] == {"lobby": [ana_id]}
    shown = {"displayName": "ana", "buddyPicture": None, "message": None}
    assert hub["sessionsbyid"] == {
        ana_id: {"Type": "", "Id": ana_id, "Prio": 100, "Userid": "site:ana", "Status": shown},
        bob_id: {"Type": "", "Id": bob_id, "Prio": 100, "Status": {**shown, "displayName": "bob"}},
    }
    assert hub["connectionsbyidx"] == {"1": ana_id, "3": bob_id}
    assert hub["usersbyid"] == {"site:ana": {"Id": "site:ana", "Sessions": 1}}
    assert "access-control-allow-origin" not in answered.headers


def test_stats_with_ids_are_not_for_everybody() -> None:
    town = Town({"stats": True})
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert town.says("/api/v1/stats?details=1", headers=headers)[0] == 403
    assert town.says("/api/v1/stats", headers=headers)[0] == 200


# -- pictures (§1.15, §3.8) -------------------------------------------------------------------------------------------


def shown(town: Town, url: str) -> str:
    ana = town.world.open("ana", "lobby").id
    return "/static/img/buddy/s46/" + town.site.pictures.keep(ana, url, now=town.world.clock.now()).removeprefix("img:")


def test_a_picture_is_served_with_headers_to_keep_it() -> None:
    town = Town()
    path = shown(town, inline_url())
    assert re.fullmatch(r"/static/img/buddy/s46/[\w-]{20}/[\w-]{12}/picture\.jpg", path)
    town.world.clock.advance(90)
    for prefix in ("", "/spreed"):
        answered = town.ask(prefix + path)
        assert (answered.status, answered.body) == (200, JPEG)
        assert answered.headers["content-type"] == "image/jpeg"
        assert answered.headers["cache-control"] == "public, no-transform, max-age=86400"
        assert answered.headers["age"] == "90"
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch(r'"[\w-]{12}"', answered.headers["etag"])
        assert answered.headers["expires"].endswith(" GMT")
    for held in (
        {"If-None-Match": answered.headers["etag"]},
        {"If-Modified-Since": answered.headers["last-modified"]},
    ):
        assert town.ask(path, headers=held).status == 304
    assert town.ask(path, headers={"If-None-Match": '"other"'}).status == 200


def test_flags_and_index_of_a_picture_are_ignored() -> None:
    town = Town()
    image = shown(town, inline_url()).split("/")[5]
    assert town.ask(f"/static/img/buddy/s0/{image}/any/thing/at/all").body == JPEG


def test_a_picture_ends_with_its_session() -> None:
    town = Town()
    path = shown(town, inline_url())
    town.world.hub.end(next(iter(town.world.hub.sessions)), LEFT, LeaveReason.LEFT)
    assert town.ask(path).status == 404
    assert town.site.pictures.size_bytes == 0


@pytest.mark.parametrize("path", ["nope/x/y", "nope/x"])
def test_an_unknown_picture_is_a_text(path: str) -> None:
    answered = Town().ask(f"/static/img/buddy/s46/{path}")
    assert (answered.status, answered.body) == (404, b"Unknown image\n")
    assert answered.headers["content-type"].startswith("text/plain")


def test_a_changed_picture_has_another_name_and_the_same_one_keeps_its() -> None:
    pictures = Pictures(b"secret")
    first = pictures.keep(ANA, inline_url(), now=0)
    assert pictures.keep(ANA, inline_url(), now=9) == first != pictures.keep(ANA, inline_url(JPEG + b"!"), now=9)
    assert pictures.size_bytes == len(JPEG) + 1


@pytest.mark.parametrize(
    "url",
    [
        inline_url(b"<script>alert(1)</script>", "text/html"),
        inline_url(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        inline_url(b"<script>", "image/png"),
        inline_url(b"\x89PNG\r\n\x1a\n", "image/jpeg"),
        "data:image/png,raw",
        "data:image/png;charset=x;base64,iVBORw0KGgo=",
        "data:image/jpeg;base64,/9j/4",
        "data:image/jpeg;base64,",
        inline_url(JPEG + b"x" * 600_000),
        "http://elsewhere/x.png",
    ],
)
def test_an_arbitrary_mime_is_not_served_from_the_origin(url: str) -> None:
    with pytest.raises(NoPicture):
        Pictures(b"secret").keep(ANA, url, now=0)


def test_pictures_have_a_budget_and_the_one_unused_longest_goes_first() -> None:
    pictures = Pictures(b"secret", budget_bytes=3 * len(JPEG))
    sessions = [SessionId(f"{number:032x}") for number in range(4)]
    for each in sessions[:3]:
        pictures.keep(each, inline_url(), now=0)
    pictures.find(pictures.image_of(sessions[0]))
    pictures.keep(sessions[3], inline_url(), now=0)
    held = []
    for each in sessions:
        try:
            held.append(pictures.find(pictures.image_of(each)).session == each)
        except Exception:
            held.append(False)
    assert held == [True, False, True, True]
    for each in sessions:
        pictures.drop(each)
    assert pictures.size_bytes == 0


# -- what every answer has in common (§1.1, §1.7) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/config"),
        ("GET", "/api/v1/tokens"),
        ("DELETE", "/api/v1/rooms"),
        ("OPTIONS", "/api/v1/config"),
        ("PUT", "/spreed/api/v1/stats"),
    ],
)
def test_another_method_is_json_too_and_names_those_there_are(method: str, path: str) -> None:
    answered = Town().ask(path, method)
    assert answered.status == 405
    assert json.loads(answered.body)["success"] is False
    assert answered.headers["allow"] in ("GET", "POST")
    assert "access-control-allow-origin" not in answered.headers
