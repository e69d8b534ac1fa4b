"""In which order a call of the JSON API is judged, and in which words it is refused (BareRTC §1.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes import NOW
from tests.web.barertc.conftest import SECRET, BareDesk, answered
from tests.web.conftest import KEY

from palaver.dialects.barertc import api
from palaver.dialects.barertc.api import CallRefused
from palaver.integrations.jwt import mint
from palaver.web.barertc.calls import Proof
from palaver.web.barertc.routes import CALLS

BY_KEY = [call.path for call in CALLS if call.proof is Proof.KEY and call.path != "/api/amend-jwt"]
BY_TOKEN = [call.path for call in CALLS if call.proof is Proof.TOKEN]
EVERY = [call.path for call in CALLS]
ANOTHER_KEY = mint({"sub": "ana"}, "other" * 8, ttl_s=60, now=NOW)
EXPIRED = mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW - 61)
KEYS = ["APIKey", "apikey", "Claims", "sub", "Usernames", "BeforeID", "Page", "x"]


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "DELETE"])
async def test_another_method_than_post_is_400(desk: BareDesk, path: str, method: str) -> None:
    answer = await desk.asks(method, path, bearer="", headers={"Origin": "https://www.example.com"})
    assert answered(answer, 400)["Error"] == "Only POST methods allowed"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded"]
)
async def test_the_type_must_be_exactly_json(desk: BareDesk, path: str, kind: str) -> None:
    answer = await desk.asks("POST", path, bearer="", headers={"Content-Type": kind}, content=b"{}")
    assert answered(answer, 400)["Error"] == "Only application/json content-types allowed"


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"APIKey": 7}', b'{"APIKey": "x",}', b"\xff", b"[" * 100_000])
async def test_a_body_that_cannot_be_read_is_400_before_anybody_is_judged(
    desk: BareDesk, path: str, body: bytes
) -> None:
    found = answered(await desk.calls(path, body), 400)
    assert found["OK"] is False
    assert found["Error"] == "EOF" if not body else found["Error"]


@pytest.mark.parametrize("path", BY_KEY)
@pytest.mark.parametrize(
    "fields", [{}, {"APIKey": ""}, {"APIKey": "wrong"}, {"APIKey": KEY + "x"}, {"APIKey": "schlüssel 🔑"}]
)
async def test_a_wrong_key_is_401(desk: BareDesk, path: str, fields: dict[str, Any]) -> None:
    found = answered(await desk.calls(path, fields), 401)
    assert (found["OK"], found["Error"]) == (False, "Authentication denied.")


@pytest.mark.parametrize("path", BY_KEY)
async def test_an_empty_key_of_the_site_admits_nobody(desk: BareDesk, path: str) -> None:
    desk.change(admin_key="")
    for fields in ({}, {"APIKey": ""}):
        assert answered(await desk.calls(path, fields), 401)["Error"] == "Authentication denied."


async def test_an_address_that_guesses_keys_is_not_listened_to(desk: BareDesk) -> None:
    for _ in range(10):
        answered(await desk.calls("/api/blocklist", {"APIKey": "guess"}), 401)
    assert answered(await desk.site("/api/blocklist", Username="ana"), 429)["OK"] is False
    answered(await desk.calls("/api/blocklist", {"APIKey": KEY, "Username": "ana"}, address="198.51.100.9"))


@pytest.mark.parametrize("path", BY_TOKEN)
async def test_without_a_token_or_where_tokens_are_off_there_is_no_authentication(desk: BareDesk, path: str) -> None:
    assert answered(await desk.calls(path, {}), 400)["Error"] == "JWT authentication is not available."
    desk.world.hub.tokens = None
    found = answered(await desk.user("ana", path), 400)
    assert found["Error"] == "JWT authentication is not available."


@pytest.mark.parametrize("path", BY_TOKEN)
@pytest.mark.parametrize(
    "bad",
    [
        "x",
        "a.b.c",
        mint({"sub": "ana"}, "other" * 8, ttl_s=60, now=NOW),
        mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW - 61),
    ],
    ids=["one part", "not signed", "another key", "expired"],
)
async def test_a_bad_token_is_400_with_the_reason(desk: BareDesk, path: str, bad: str) -> None:
    assert (
        "token" in answered(await desk.calls(path, {"JWTToken": bad}), 400)["Error"]
        or "expired" in answered(await desk.calls(path, {"JWTToken": bad}), 400)["Error"]
    )


@pytest.mark.parametrize("path", ["/api/message/history", "/api/message/usernames", "/api/profile"])
async def test_somebody_who_is_not_in_the_chat_cannot_look_around(desk: BareDesk, path: str) -> None:
    desk.world.open("ana", "other", verified=True)
    assert answered(await desk.user("ana", path), 400)["Error"] == "You are not logged into the chat room."


async def test_other_keys_stand_in_refusals_too(desk: BareDesk) -> None:
    assert answered(await desk.user("ana", "/api/message/history"), 400).keys() == {
        "OK",
        "Error",
        "Messages",
        "Remaining",
    }
    assert answered(await desk.calls("/api/disconnect/now", {}), 401).keys() == {"OK", "Error", "Removed"}
    assert answered(await desk.calls("/api/authentication", {}), 401).keys() == {"OK", "Error"}


async def test_letter_case_unknown_keys_and_null_do_not_matter(desk: BareDesk) -> None:
    body = {"apikey": KEY, "CLAIMS": {"SUB": "ana", "nick": None, "shoe": 43}, "More": [], "jwtToken": None}
    assert answered(await desk.calls("/api/authenticate", body))["OK"]


async def test_a_body_of_more_than_a_mebibyte_is_413(desk: BareDesk) -> None:
    answer = await desk.site("/api/blocklist", Username="ana", Blocklist=["x" * 1000] * 1100)
    assert answered(answer, 413)["OK"] is False


async def test_what_goes_wrong_inside_is_500_and_nothing_is_told_of_it(desk: BareDesk, monkeypatch: Any) -> None:
    async def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret of the store")

    monkeypatch.setattr(desk.world.hub.messages, "erase_user", break_down)
    found = answered(await desk.site("/api/message/clear", Username="ana"), 500)
    assert "secret" not in found["Error"]
    assert found["MessagesErased"] == 0


@pytest.mark.parametrize("prefix", ["", "/barertc"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/message/nothing", "/api/block"])
async def test_an_unknown_call_is_a_json_404(desk: BareDesk, prefix: str, path: str) -> None:
    if prefix + path in ("/api",):
        return  # a room may be called so
    for method in ("GET", "POST"):
        answer = await desk.asks(method, prefix + path, bearer="")
        if path == "/api" and prefix:
            continue
        assert answer.status_code == 404
        assert answer.json()["OK"] is False


@pytest.mark.parametrize("path", ["/api/statistics", "/about", "/logout"])
async def test_every_address_answers_below_the_prefix_too(desk: BareDesk, path: str) -> None:
    for method in ("GET", "POST"):
        plain, below = await desk.asks(method, path, bearer=""), await desk.asks(method, "/barertc" + path, bearer="")
        assert (plain.status_code, plain.text) == (below.status_code, below.text) == (200, plain.text)
    answered(await desk.site("/barertc/api/blocklist", Username="ana"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for call in CALLS:
        try:
            assert isinstance(api.read_call(body, call.takes), call.takes)
        except CallRefused as refused:
            assert refused.status == 400  # noqa: PT017
            assert refused.error  # noqa: PT017
