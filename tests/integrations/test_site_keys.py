"""Keys that a site publishes: fetched, found anew, kept while the site is away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest
import structlog.testing
from cryptography.hazmat.primitives.asymmetric import ec
from tests.fakes import NOW, FakeClock

from palaver.hub.ports.integrations import TokenRejected
from palaver.integrations.jwt import shared_key
from palaver.integrations.site_keys import REFRESH_S, RETRY_S, SiteKeys
from palaver.integrations.site_tokens import SiteTokens

OLD, NEW = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
URL = "https://site.example/keys"


def signed(key: ec.EllipticCurvePrivateKey, kid: str) -> str:
    return jwt.encode({"sub": "ana", "exp": NOW + 9_000}, key, algorithm="ES256", headers={"kid": kid})


def published(**keys: ec.EllipticCurvePrivateKey) -> httpx.Response:
    entries = [
        {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in keys.items()
    ]
    return httpx.Response(200, text=json.dumps({"keys": entries}))


class Website:
    """A site that publishes what it is told to, on a clock that stands still."""

    def __init__(self) -> None:
        self.answer: httpx.Response | Exception = published(old=OLD)
        self.asked = 0
        self.clock = FakeClock()
        self.keys = SiteKeys(self.clock, (shared_key("k" * 32),), URL, transport=httpx.MockTransport(self._answer))
        verifier = self.keys.verifier
        assert verifier is not None
        self.tokens = SiteTokens(verifier, look_again=self.keys.look_again)

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def believes(self, key: ec.EllipticCurvePrivateKey, kid: str) -> bool:
        try:
            return self.tokens.identity(signed(key, kid), now=self.clock.now()).name == "ana"
        except TokenRejected:
            return False

    async def answered(self) -> int:
        """Wait for an answer of the site, where it is asked; return how often it was."""
        if self.keys.fetching is not None:
            await asyncio.wait_for(self.keys.fetching, 20)
        return self.asked


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    website = Website()
    yield website
    await website.keys.close()


async def test_what_a_site_publishes_is_believed_beside_the_shared_key(website: Website) -> None:
    assert not website.believes(OLD, "old")
    website.keys.begin()
    assert await website.answered() == 1
    assert website.believes(OLD, "old")
    assert not website.believes(NEW, "old")
    shared = jwt.encode({"sub": "ana", "exp": NOW + 9}, "k" * 32, algorithm="HS256")
    assert website.tokens.identity(shared, now=NOW).name == "ana"


async def test_a_new_key_is_found_by_the_first_token_that_it_signed_and_an_old_one_is_forgotten(
    website: Website,
) -> None:
    website.keys.begin()
    assert await website.answered() == 1
    website.answer = published(new=NEW)
    website.clock.advance(RETRY_S)
    assert not website.believes(NEW, "new")
    assert await website.answered() == 2
    assert website.believes(NEW, "new")
    assert not website.believes(OLD, "old")


@pytest.mark.parametrize("answer", [httpx.ConnectError("away"), None], ids=["away", "there"])
async def test_invented_tokens_neither_make_the_site_be_asked_without_end_nor_fill_the_log(
    answer: httpx.Response | Exception | None, website: Website
) -> None:
    website.answer = answer or website.answer
    website.keys.begin()
    assert await website.answered() == 1
    with structlog.testing.capture_logs() as entries:
        for _ in range(50):
            website.believes(NEW, "invented")
            assert await website.answered() == 1
    assert entries == []


async def test_keys_are_fetched_anew_when_they_are_old_and_kept_while_the_site_is_away(website: Website) -> None:
    website.keys.begin()
    assert await website.answered() == 1
    website.answer = httpx.ConnectError("away")
    with structlog.testing.capture_logs() as entries:
        website.clock.advance(REFRESH_S)
        assert await website.answered() == 2
    assert [entry["event"] for entry in entries] == ["site_keys_not_fetched"]
    assert website.believes(OLD, "old")
    website.answer = published(new=NEW)
    website.clock.advance(REFRESH_S)
    assert await website.answered() == 3
    assert website.believes(NEW, "new")


async def test_a_site_that_was_away_at_the_beginning_is_asked_again_soon(website: Website) -> None:
    website.answer = httpx.ConnectError("away")
    website.keys.begin()
    assert await website.answered() == 1
    website.answer = published(old=OLD)
    website.clock.advance(RETRY_S)
    assert await website.answered() == 2
    assert website.believes(OLD, "old")


async def test_another_address_forgets_what_the_former_one_published(website: Website) -> None:
    website.keys.begin()
    assert await website.answered() == 1
    website.keys.set_up((shared_key("k" * 32),), "")
    assert not website.believes(OLD, "old")


async def test_an_address_that_is_set_while_another_is_asked_is_asked_at_once(website: Website) -> None:
    website.keys.begin()
    former = website.keys.fetching
    website.keys.set_up((shared_key("k" * 32),), f"{URL}/anew")
    assert website.keys.fetching not in (None, former)
    await website.answered()
    assert website.believes(OLD, "old")
