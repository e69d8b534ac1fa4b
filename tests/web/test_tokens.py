"""Tokens over HTTP: signed for whom the site names, and only such as this server takes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import NOW, World
from tests.web.conftest import Desk, refused

from palaver.integrations.jwt import TokenVerifier, shared_key
from palaver.integrations.site_tokens import SiteTokens

CLAIMS: dict[str, Any] = {
    "sub": "ana",
    "op": True,
    "nick": "Ana",
    "img": "/a.png",
    "url": "/u/ana",
    "emoji": "🙂",
    "gender": "f",
    "vip": True,
    "rules": ["noimage"],
}


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier([shared_key("k" * 32)])


@pytest.fixture
def desk(verifier: TokenVerifier) -> Desk:
    return Desk(World(tokens=SiteTokens(verifier)))


async def test_a_token_says_what_the_site_asked_for(desk: Desk, verifier: TokenVerifier) -> None:
    answer = await desk.asks("POST", "/v1/tokens", json={**CLAIMS, "device": "phone", "ttl_s": 60})

    assert answer.status_code == 201
    token = answer.json()
    assert token["expires_at"] == int(NOW) + 60
    claims = verifier.verify(token["token"], now=NOW)
    assert {name: claims.profile()[name] for name in CLAIMS} == {**CLAIMS, "rules": ("noimage",)}
    assert (claims.device, claims.exp) == ("phone", token["expires_at"])


async def test_a_token_is_short_lived_unless_said_otherwise(desk: Desk) -> None:
    assert (await desk.asks("POST", "/v1/tokens", json={"sub": "ana"})).json()["expires_at"] == int(NOW) + 300


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "malformed"),
        ({"sub": ""}, "malformed"),
        ({"sub": "x" * 129}, "malformed"),
        ({"sub": "ana", "ttl_s": 0}, "malformed"),
        ({"sub": "ana", "ttl_s": 86_401}, "malformed"),
        ({"sub": "ana", "exp": 1}, "malformed"),
        ({"sub": "ana", "rules": "noimage"}, "malformed"),
        ({"sub": "ana", "nick": "Palaver"}, "token_invalid"),
        ({"sub": "ana", "nick": "a\u202eb"}, "token_invalid"),
    ],
)
async def test_a_token_that_would_be_refused_is_not_signed(desk: Desk, body: Any, code: str) -> None:
    refused(await desk.asks("POST", "/v1/tokens", json=body), 403 if code == "token_invalid" else 400, code)


async def test_a_day_is_the_longest(desk: Desk) -> None:
    answer = await desk.asks("POST", "/v1/tokens", json={"sub": "ana", "ttl_s": 86_400})
    assert answer.json()["expires_at"] == int(NOW) + 86_400


async def test_where_tokens_are_ignored_none_is_signed(desk: Desk) -> None:
    desk.change(token_key="")
    refused(await desk.asks("POST", "/v1/tokens", json=CLAIMS), 409, "tokens_ignored")
