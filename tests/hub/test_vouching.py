"""What the log tells of a token that was refused."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs
from tests.fakes import NOW, World

from palaver.core.errors import TokenInvalid
from palaver.core.sessions import Identify
from palaver.hub import entrance
from palaver.hub.vouching import NOTES_AT_ONCE
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import SiteTokens

SECRET = "k" * 32


@pytest.fixture
def world() -> World:
    return World(tokens=SiteTokens(TokenVerifier([shared_key(SECRET)])))


def comes(world: World, token: str, address: str = "203.0.113.9") -> None:
    with pytest.raises(TokenInvalid):
        entrance.identify(world.hub, Identify(token=token), address, "native")


def test_it_says_which_check_failed_for_whom_and_from_where_and_never_the_token(world: World) -> None:
    token = mint({"sub": "alice"}, SECRET, ttl_s=60, now=NOW - 90)
    with capture_logs() as logged:
        comes(world, token)
    assert logged == [
        {
            "log_level": "warning",
            "event": "token_refused",
            "reason": "expired",
            "found": "it ended 30 s ago",
            "sub": "alice",
            "address": "203.0.113.9",
            "brought_to": "native",
        }
    ]


def test_of_a_token_that_nobody_signed_nothing_is_repeated(world: World) -> None:
    with capture_logs() as logged:
        comes(world, mint({"sub": "mallory"}, "another" * 8, ttl_s=60, now=NOW))
    assert (logged[0]["reason"], logged[0]["sub"]) == ("bad_signature", "")
    assert "mallory" not in str(logged)


def test_a_name_that_cannot_be_used_is_told_with_its_claim(world: World) -> None:
    with capture_logs() as logged:
        comes(world, mint({"sub": "alice", "nick": "a" * 999}, SECRET, ttl_s=60, now=NOW))
    assert (logged[0]["reason"], logged[0]["found"], logged[0]["sub"]) == ("bad_name", "nick: too_long", "alice")


def test_whoever_comes_again_and_again_does_not_fill_the_log(world: World) -> None:
    with capture_logs() as logged:
        for _ in range(10 * NOTES_AT_ONCE):
            comes(world, "nonsense")
        assert len(logged) == NOTES_AT_ONCE
        comes(world, "nonsense", address="203.0.113.10")
        assert len(logged) == NOTES_AT_ONCE + 1


def test_a_good_token_is_no_news(world: World) -> None:
    with capture_logs() as logged:
        token = mint({"sub": "alice"}, SECRET, ttl_s=60, now=NOW)
        assert entrance.identify(world.hub, Identify(token=token), "", "native").name == "alice"
    assert logged == []
