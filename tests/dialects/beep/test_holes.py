"""Each hole of the original (docs/dialects/beep.md §5 and §9) is closed; the tests bear the names of the holes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.fakes import World, driven
from tests.transcripts.http import Answered, Asked, PureHttp

from palaver.core.moderation import Relations
from palaver.core.participants import name_key
from palaver.hub.limits import Limits

PHONE = {"userid": "u-2", "clientid": "phone"}
WEB = {"userid": "u-1", "clientid": "web"}
TO = "/user/u-2/device/phone"


class Town:
    """A server behind a gateway, and shorthands for asking it."""

    def __init__(self, *, limits: Limits | None = None, **options: Any) -> None:
        self.world = World(limits=limits)
        self.http = PureHttp(self.world, {"beep": {"trust_claim_header": True, **options}})

    def ask(self, path: str, who: str = "web", **line: Any) -> Answered:
        return driven(self.http.ask(who, Asked.of({"path": path, **line})))

    def post(self, claim: Any = WEB, path: str = TO, **line: Any) -> int:
        return self.ask(path, method="POST", claim=claim, **line).status

    def subscribe(self, who: str, claim: Any) -> None:
        answer = self.ask("/subscribe", who, claim=claim)
        assert answer.status == 200
        assert self.reads(who) == ":\n\n"

    def reads(self, who: str) -> str:
        return driven(self.http.read(who)).decode()

    def devices(self, user: str) -> list[str]:
        found: list[str] = json.loads(self.ask(f"/user/{user}/devices").body)
        return found


@pytest.fixture
def town() -> Town:
    found = Town()
    found.subscribe("phone", PHONE)
    return found


@pytest.mark.parametrize("event", ["offer\ndata: x", "a\r\nid: u-9:x", "a\rb", "a\0b", "\x1b", "x" * 129])
def test_an_event_with_a_line_break_forges_no_frame(town: Town, event: str) -> None:
    assert town.post(json={"event": event, "data": "x"}) == 400
    driven(town.http.check_all_read())


def test_strict_mode_tells_a_stranger_nothing_about_who_is_there() -> None:
    strict = Town(strict=True)
    strict.subscribe("phone", PHONE)
    probes = [
        strict.ask(path, method=method)
        for method, path in [
            ("GET", "/user/u-2/devices"),
            ("GET", "/user/u-9/devices"),
            ("POST", TO),
            ("POST", "/user/u-9/device/x"),
        ]
    ]
    assert {(probe.status, probe.body) for probe in probes} == {(401, b"Unauthorized")}


def test_a_prober_is_slowed_down() -> None:
    town = Town(limits=Limits(frames_per_second=1, frames_burst=5))
    headers = {"X-Forwarded-For": "198.51.100.7"}
    probes = [town.ask(f"/user/u-{n}/devices", headers=headers).status for n in range(7)]
    assert probes == [200] * 5 + [429] * 2
    assert town.ask("/user/u-1/devices", headers={"X-Forwarded-For": "198.51.100.8"}).status == 200


def test_who_is_blocked_cannot_post() -> None:
    town = Town()
    world = town.world
    driven(_relate(world, "site:u-2", Relations(blocks=frozenset({name_key("u-1")}))))
    town.subscribe("phone", PHONE)
    assert town.post(json={"data": "x"}) == 404
    assert town.post({"userid": "u-3", "clientid": "x"}, json={"data": "x"}) == 200


async def _relate(world: World, user: str, relations: Relations) -> None:
    await world.moderation.save_relations(user, relations)


def test_no_body_is_logged(town: Town) -> None:
    with capture_logs() as entries:
        town.post(json={"event": "offer", "data": "v=0 the secret description"})
        town.post(json={"event": "bad\nword", "data": "the secret description"})
        town.post(text='{"the secret description', type="application/json")
    assert "secret" not in repr(entries)


def test_streams_per_user_are_limited_and_the_same_device_may_come_again() -> None:
    town = Town(devices_per_user=2)
    for device in ("a", "b"):
        town.subscribe(device, {"userid": "u-2", "clientid": device})
    answer = town.ask("/subscribe", "c", claim={"userid": "u-2", "clientid": "c"})
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    town.subscribe("b again", {"userid": "u-2", "clientid": "b"})
    driven(town.http.ended("b"))
    assert town.devices("u-2") == ["a", "b"]


def test_streams_per_address_are_limited_and_counted_down() -> None:
    town = Town(limits=Limits(connections_per_address=1))
    from_there = {"headers": {"X-Forwarded-For": "198.51.100.7"}}
    assert town.ask("/subscribe", "phone", claim=PHONE, **from_there).status == 200
    assert town.reads("phone") == ":\n\n"
    assert town.ask("/subscribe", "web", claim=WEB, **from_there).status == 429
    driven(town.http.hang_up("phone"))
    assert town.ask("/subscribe", "web", claim=WEB, **from_there).status == 200


def test_posts_are_limited_by_user() -> None:
    town = Town(limits=Limits(frames_per_second=1, frames_burst=3))
    town.subscribe("phone", PHONE)
    assert [town.post(json={"data": "x"}) for _ in range(5)] == [200] * 3 + [429] * 2
    assert town.post({"userid": "u-3", "clientid": "x"}, json={"data": "x"}) == 200


def test_a_post_costs_its_address_no_login() -> None:
    town = Town(limits=Limits(logins_per_minute=3))
    town.subscribe("phone", PHONE)
    headers = {"X-Forwarded-For": "198.51.100.7"}
    assert {town.post(json={"data": "x"}, headers=headers) for _ in range(10)} == {200}


def test_a_device_that_left_is_forgotten(town: Town) -> None:
    driven(town.http.hang_up("phone"))
    assert town.devices("u-2") == []
    assert town.post(json={"data": "x"}) == 404
    hub = town.world.hub
    assert (len(hub.sessions), len(hub.presence.sessions())) == (0, 0)
    assert town.world.clock.pending == 0


def test_a_device_that_subscribes_again_stays_reachable_when_its_old_stream_ends(town: Town) -> None:
    town.subscribe("again", PHONE)
    assert town.devices("u-2") == ["phone"]
    driven(town.http.ended("phone"))  # the old stream ends after the new one stands
    assert town.devices("u-2") == ["phone"]
    assert town.post(json={"data": "x"}) == 200
    assert town.reads("again") == "id: u-1:web\ndata: x\n\n"


def test_the_old_stream_hears_nothing_any_more(town: Town) -> None:
    town.subscribe("again", PHONE)
    town.post(json={"data": "x"})
    driven(town.http.ended("phone"))


@pytest.mark.parametrize("text", ['{"event":"x","data":"\\ud800"}', '{"event":"\\udfff","data":"x"}'])
def test_what_cannot_be_encoded_is_the_sender_s_fault_and_no_matter_of_claims(town: Town, text: str) -> None:
    assert town.post(text=text, type="application/json") == 400


def test_a_stream_forbids_buffering() -> None:
    head = Town().ask("/subscribe", "phone", claim=PHONE).headers
    assert (head["x-accel-buffering"], head["content-type"]) == ("no", "text/event-stream")
    assert "content-encoding" not in head


@pytest.mark.parametrize(
    "claim",
    [
        {"userid": "u\nevent: x", "clientid": "d"},
        {"userid": "u", "clientid": "d\r\ndata: x"},
        {"userid": "u\0", "clientid": "d"},
        {"userid": "u:phone", "clientid": "d"},
    ],
)
def test_a_claim_with_a_line_break_is_refused_where_one_subscribes_and_where_one_posts(town: Town, claim: Any) -> None:
    assert town.ask("/subscribe", "x", claim=claim).status == 401
    assert town.post(claim, json={"data": "x"}) == 401


@pytest.mark.parametrize("name", ["constructor", "__proto__", "toString", "undefined"])
def test_names_of_object_internals_are_names_like_any_other(town: Town, name: str) -> None:
    assert town.devices(name) == []
    assert town.post(path=f"/user/{name}/device/{name}", json={"data": "x"}) == 404
    town.subscribe("odd", {"userid": name, "clientid": name})
    assert town.devices(name) == [name]
    assert town.post(path=f"/user/{name}/device/{name}", json={"data": "x"}) == 200
    assert re.fullmatch(r"id: u-1:web\ndata: x\n\n", town.reads("odd"))


def test_an_incomplete_claim_opens_no_stream(town: Town) -> None:
    for claim in ({}, {"userid": "u-2"}, {"clientid": "x"}):
        assert town.ask("/subscribe", "x", claim=claim).status == 401
    assert town.devices("undefined") == []


def test_a_claim_beside_that_of_the_gateway_is_none(town: Town) -> None:
    forged = {"headers": {"X-User-Claim": '{"userid":"u-9","clientid":"web"}'}}
    assert town.post(json={"data": "x"}, **forged) == 401
    assert town.ask("/subscribe", "x", claim=PHONE, **forged).status == 401


def test_nothing_is_kept_for_who_subscribed_too_late(town: Town) -> None:
    driven(town.http.hang_up("phone"))
    assert town.post(json={"data": "too early"}) == 404
    answer = town.ask("/subscribe", "phone", claim=PHONE, headers={"Last-Event-ID": "u-1:web"})
    assert answer.status == 200
    assert town.reads("phone") == ":\n\n"
    driven(town.http.check_all_read())


def test_a_banned_user_neither_subscribes_nor_posts(town: Town) -> None:
    town.world.hub.kicked["user:site:u-1"] = town.world.clock.now() + 60
    assert town.ask("/subscribe", "x", claim=WEB).status == 403
    assert town.post(json={"data": "x"}) == 403
