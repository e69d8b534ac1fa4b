"""What holds for every operation: who may ask, what a request must be, and how it is refused."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes import World
from tests.web.conftest import KEY, Desk, refused

from palaver.core.errors import Unavailable
from palaver.web.bodies import MAX_JSON_BYTES
from palaver.web.callers import FAILURES, FAILURES_WINDOW_S
from palaver.web.operations import Auth, Operation
from palaver.web.site_api import operations

EVERY = operations()


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def address_of(operation: Operation) -> str:
    return re.sub(r"{\w+}", "lobby", operation.path)


def some(*, auth: Auth) -> list[Any]:
    return [pytest.param(each, id=named(each)) for each in EVERY if each.auth is auth]


OF_THE_SITE = some(auth=Auth.SITE)
WITH_JSON = [pytest.param(each, id=named(each)) for each in EVERY if isinstance(each.takes, type)]


@pytest.mark.parametrize("operation", OF_THE_SITE)
@pytest.mark.parametrize("bearer", ["", "wrong", KEY[:-1], KEY + "x", "ключ"])
async def test_the_site_proves_itself_by_its_key(desk: Desk, operation: Operation, bearer: str) -> None:
    answer = await desk.asks(operation.method, address_of(operation), bearer=bearer)

    refused(answer, 401, "key_refused")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic {}", "{}", "Bearer", "Token {}"])
async def test_the_key_comes_as_a_bearer_token(desk: Desk, header: str) -> None:
    answer = await desk.asks("GET", "/v1/rooms", bearer="", headers={"Authorization": header.format(KEY)})
    refused(answer, 401, "key_refused")


@pytest.mark.parametrize("operation", OF_THE_SITE)
@pytest.mark.parametrize("bearer", ["", "anything"])
async def test_an_empty_key_admits_nobody(desk: Desk, operation: Operation, bearer: str) -> None:
    desk.change(admin_key="")
    refused(await desk.asks(operation.method, address_of(operation), bearer=bearer), 401, "key_refused")


async def test_a_bearer_of_nothing_is_not_the_empty_key(desk: Desk) -> None:
    desk.change(admin_key="")
    answer = await desk.asks("GET", "/v1/rooms", bearer="", headers={"Authorization": "Bearer "})
    refused(answer, 401, "key_refused")


async def test_a_key_may_be_of_any_letters(desk: Desk) -> None:
    desk.change(admin_key="ключ")
    assert (await desk.asks("GET", "/v1/rooms", bearer="ключ")).status_code == 200


async def test_a_changed_key_holds_at_once(desk: Desk) -> None:
    desk.change(admin_key="another")
    refused(await desk.asks("GET", "/v1/rooms"), 401, "key_refused")
    assert (await desk.asks("GET", "/v1/rooms", bearer="another")).status_code == 200


async def guess(desk: Desk, times: int, **caller: Any) -> None:
    for _ in range(times):
        refused(await desk.asks("GET", "/v1/rooms", bearer="guess", **caller), 401, "key_refused")


async def test_an_address_that_guesses_is_not_listened_to_for_a_while(desk: Desk) -> None:
    await guess(desk, FAILURES)

    answer = await desk.asks("GET", "/v1/rooms")
    assert refused(answer, 429, "too_many_requests")["params"]["wait_ms"] > 0
    assert answer.headers["retry-after"] == str(int(FAILURES_WINDOW_S) + 1)
    assert (await desk.asks("GET", "/v1/rooms", address="198.51.100.8")).status_code == 200

    desk.world.clock.advance(FAILURES_WINDOW_S)
    assert (await desk.asks("GET", "/v1/rooms")).status_code == 200


async def test_an_address_is_told_apart_behind_our_proxy_and_nowhere_else(desk: Desk) -> None:
    await guess(desk, FAILURES, address="10.0.0.1", headers={"X-Forwarded-For": "203.0.113.1"})

    same = await desk.asks("GET", "/v1/rooms", address="10.0.0.2", headers={"X-Forwarded-For": "203.0.113.1"})
    refused(same, 429, "too_many_requests")
    other = await desk.asks("GET", "/v1/rooms", address="10.0.0.1", headers={"X-Forwarded-For": "203.0.113.2"})
    assert other.status_code == 200

    for number in range(FAILURES):
        await guess(desk, 1, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    refused(await desk.asks("GET", "/v1/rooms", headers={"X-Forwarded-For": "203.0.113.99"}), 429, "too_many_requests")


async def test_nobody_can_shut_out_the_machine_that_the_site_runs_on(desk: Desk) -> None:
    await guess(desk, 2 * FAILURES, address="127.0.0.1")
    assert (await desk.asks("GET", "/v1/rooms", address="127.0.0.1")).status_code == 200


async def test_a_stranger_does_not_pass_for_that_machine_through_its_proxy(desk: Desk) -> None:
    forged = {"X-Forwarded-For": "127.0.0.1"}
    await guess(desk, FAILURES, address="127.0.0.1", headers=forged)
    refused(await desk.asks("GET", "/v1/rooms", address="127.0.0.1", headers=forged), 429, "too_many_requests")


@pytest.mark.parametrize("operation", some(auth=Auth.SESSION))
async def test_somebody_proves_the_session_by_its_token(desk: Desk, operation: Operation) -> None:
    path = address_of(operation)
    refused(await desk.asks(operation.method, path, bearer=""), 401, "not_identified")
    refused(await desk.asks(operation.method, path, bearer="made up"), 401, "no_such_session")
    refused(await desk.asks(operation.method, path), 401, "no_such_session")


async def test_a_session_has_no_rights_of_the_site(desk: Desk) -> None:
    boss = desk.world.open("boss", "lobby", verified=True, operator=True)
    refused(await desk.asks("GET", "/v1/rooms", bearer=boss.token), 401, "key_refused")


@pytest.mark.parametrize("path", sorted({address_of(each) for each in EVERY}))
async def test_another_method_is_told_which_there_are(desk: Desk, path: str) -> None:
    methods = {each.method for each in EVERY if address_of(each) == path}
    allowed = methods | ({"HEAD"} if "GET" in methods else set())
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
        answer = await desk.asks(method, path)
        refused(answer, 405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/rooms/",
        "/v1/rooms/lobby/nothing",
        "/v1/rooms/lobby/messages/",
        "/v1//rooms",
        "/v1/ROOMS",
        "/v1/%2e%2e/openapi.json",
        "/v1/rooms%2Flobby",
        "/v1/bans/",
        "/v1/no%0Athing",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_address_without_an_operation_is_none(desk: Desk, method: str, path: str) -> None:
    refused(await desk.asks(method, path), 404, "no_such_address")


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fetc%2Fpasswd", "%00", "%ff", "lobby%2Fmessages", "%252e", "a%0Ab", "a" * 4000]
)
async def test_a_word_in_an_address_is_one_word_whatever_it_holds(desk: Desk, name: str) -> None:
    refused(await desk.asks("GET", f"/v1/rooms/{name}"), 404, "no_such_room")


@pytest.mark.parametrize("operation", WITH_JSON)
@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_a_body_of_another_type_is_not_read(desk: Desk, operation: Operation, kind: str) -> None:
    answer = await desk.asks(
        operation.method, address_of(operation), content=b"{}", headers={"Content-Type": kind} if kind else {}
    )
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("operation", WITH_JSON)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}{}",
        b'\xff{"a":1}',
        b'{"no such field": 1}',
        b"[" * 100_000,
        b'{"reason":' + b"[" * 100_000,
        b'{"text": "\xed\xa0\x80"}',
    ],
)
async def test_a_body_that_cannot_be_read_says_where(desk: Desk, operation: Operation, body: bytes) -> None:
    answer = await desk.asks(
        operation.method, address_of(operation), content=body, headers={"Content-Type": "application/json"}
    )
    assert refused(answer, 400, "malformed")["params"]["problem"]


async def test_the_place_of_a_wrong_value_is_told(desk: Desk) -> None:
    body = {"room": "den", "channels": [{"id": "a"}, {"id": "b", "history": "sometimes"}]}
    problem = refused(await desk.asks("POST", "/v1/rooms", json=body), 400, "malformed")
    assert "$.channels[1].history" in problem["detail"]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("before=soon", "?before"),
        ("before=-1", "?before"),
        ("before=9007199254740992", "?before"),
        ("page=2", "page"),
    ],
)
async def test_the_name_of_a_wrong_parameter_is_told(desk: Desk, query: str, place: str) -> None:
    problem = refused(await desk.asks("GET", f"/v1/rooms/lobby/messages?{query}"), 400, "malformed")
    assert place in problem["detail"]


@pytest.mark.parametrize("operation", WITH_JSON)
async def test_a_body_has_a_limit_declared_or_not(desk: Desk, operation: Operation) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    path = address_of(operation)
    declared = await desk.asks(operation.method, path, content=b" " * (MAX_JSON_BYTES + 1), headers=headers)
    assert refused(declared, 413, "too_large")["params"] == {"limit": MAX_JSON_BYTES, "unit": "bytes"}
    refused(await desk.asks(operation.method, path, content=endless(), headers=headers), 413, "too_large")
    assert sent <= MAX_JSON_BYTES + 2 * 65_536


async def test_who_asks_is_judged_before_a_body_is_read(desk: Desk) -> None:
    async def untouched() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    refused(await desk.asks("POST", "/v1/rooms", bearer="wrong", content=untouched()), 401, "key_refused")


async def test_a_body_that_never_ends_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr("palaver.web.bodies.READ_WITHIN_S", 0.0)
    answer = await desk.asks("POST", "/v1/rooms", content=silent(), headers={"Content-Type": "application/json"})
    refused(answer, 408, "too_slow")


class SilentStore:
    """Answers nothing, or answers with a fault."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def __getattr__(self, name: str) -> Any:
        raise self.fault


async def test_a_store_that_does_not_answer_is_told() -> None:
    desk = Desk(World(moderation=SilentStore(Unavailable())))
    refused(await desk.asks("GET", "/v1/reports"), 503, "unavailable")


async def test_a_fault_of_ours_is_noted_and_told_without_its_text() -> None:
    desk = Desk(World(moderation=SilentStore(ZeroDivisionError("a secret"))))
    answer = await desk.asks("GET", "/v1/reports")

    refused(answer, 500, "server_fault")
    assert "secret" not in answer.text


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec=None), max_size=40),
    st.sampled_from(["lobby", "ana", "talk", "\ud800", "\x00", "a" * 70_000, "\u202e", "/../", "https://x.example/"]),
)


def sensible(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return bodies whose fields are those of a type, and whose values are often of the right kind, too."""
    fields = msgspec.structs.fields(kind)
    inner = st.lists(st.dictionaries(st.sampled_from(["id", "url", "welcomes", "history", "x"]), SCALARS), max_size=3)
    required = {field.encode_name: st.text(max_size=8) | SCALARS for field in fields if field.required}
    optional = {field.encode_name: SCALARS | inner for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("operation", WITH_JSON)
async def test_no_body_is_a_fault_of_ours(operation: Operation, data: st.DataObject) -> None:
    assert isinstance(operation.takes, type)
    desk = Desk()
    desk.world.open("ana", "lobby", verified=True)
    body = json.dumps(data.draw(sensible(operation.takes)))
    headers = {"Content-Type": "application/json"}
    answer = await desk.asks(operation.method, address_of(operation), content=body, headers=headers)
    assert answer.status_code < 500, answer.text


@settings(max_examples=50, deadline=None)
@given(word=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), method=st.sampled_from(["GET", "DELETE"]))
async def test_no_address_is_a_fault_of_ours(word: str, method: str) -> None:
    desk = Desk()
    for operation in EVERY:
        path = re.sub(r"{\w+}", quote(word, safe=""), operation.path)
        if operation.method == method and path != operation.path:
            answer = await desk.asks(method, path, params={"limit": word, "before": word} if len(word) % 2 else None)
            assert answer.status_code < 500, answer.text


async def test_a_restart_needs_neither_rooms_nor_stores() -> None:
    fault = SilentStore(AssertionError("it was asked"))
    desk = Desk(World(messages=fault, moderation=fault, room_store=fault))
    answer = await desk.asks("POST", "/v1/shutdown")

    assert (answer.status_code, answer.content, desk.restarts) == (202, b"", 1)


async def test_head_is_get_without_a_body_and_with_the_same_guard(desk: Desk) -> None:
    assert (await desk.asks("HEAD", "/v1/rooms")).status_code == 200
    assert (await desk.asks("HEAD", "/v1/rooms", bearer="")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/r/den", "/ws", "/static/nothing.js", "/robots.txt", "/favicon.ico", "/docs", "/docs/docs.css"),
        *("/openapi.json", "/healthz", "/readyz", "/metrics", "/v1/statistics", "/v1/rooms", "/v1/no", "/api/no"),
    ],
)
async def test_every_answer_guards_the_browser(desk: Desk, path: str) -> None:
    answer = await desk.asks("GET", path, bearer="")
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]


async def test_answers_of_the_site_api_are_kept_by_nobody(desk: Desk) -> None:
    for path in ("/v1/rooms", "/v1/nothing", "/v1/statistics"):
        assert (await desk.asks("GET", path)).headers["cache-control"] == "no-store"
