"""What a site said of a user, said again by the server for the way back."""

from __future__ import annotations

import msgspec
import pytest

from palaver.core.ids import user_id
from palaver.core.participants import Identity
from palaver.hub.ports.integrations import TokenRejected
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import RENEWED_FOR_S, RENEWED_TTL_S, SiteTokens

KEY = "a key that the site shares, for tests"
NOW = 1_700_000_000.0
TOKENS = SiteTokens(TokenVerifier([shared_key(KEY)]), KEY)


def alice() -> Identity:
    claims = {"sub": "alice", "nick": "Alice", "op": True, "rules": ["novideo"], "img": "https://site.example/a.png"}
    return TOKENS.identity(mint(claims, KEY, ttl_s=60, now=NOW), now=NOW)


def test_a_renewed_token_says_what_the_site_said() -> None:
    token, ends = TOKENS.renewed(alice(), now=NOW + 50)
    assert ends == NOW + 50 + RENEWED_TTL_S
    assert TOKENS.identity(token, now=NOW + 300) == alice()


def test_renewing_again_and_again_ends_a_day_after_the_site_spoke() -> None:
    identity, now = alice(), NOW
    while token := TOKENS.renewed(identity, now=now)[0]:
        identity = TOKENS.identity(token, now=now)
        now += RENEWED_TTL_S - 1
    assert RENEWED_FOR_S < now - NOW < RENEWED_FOR_S + RENEWED_TTL_S


@pytest.mark.parametrize("user", [None, user_id("spreed", "alice"), user_id("beep", "alice")])
def test_nobody_becomes_a_user_of_the_site_by_renewal(user: str | None) -> None:
    """Guests, and users of other realms who have the same name there."""
    assert TOKENS.renewed(msgspec.structs.replace(alice(), user=user), now=NOW) == ("", 0.0)


def test_without_a_key_nothing_is_signed() -> None:
    assert SiteTokens(TokenVerifier([shared_key(KEY)])).renewed(alice(), now=NOW) == ("", 0.0)


def name_in(**claims: object) -> str:
    return TOKENS.identity(mint({"sub": "alice", **claims}, KEY, ttl_s=60, now=NOW), now=NOW).name


@pytest.mark.parametrize("name", ["a" * 128, "system", "ana@site.example", "<ana>", "王小明", "auth0|5f7c8ec7c33c6c00"])
def test_a_user_is_called_as_the_site_calls_them(name: str) -> None:
    assert name_in(sub=name) == name


@pytest.mark.parametrize("name", ["a" * 129, "ana\u202enimda", "ana\nbob", "\0", "bob\u200b", "  "])
def test_what_hides_or_turns_the_writing_is_no_name_even_if_signed(name: str) -> None:
    with pytest.raises(TokenRejected, match=r"\(sub\): "):
        name_in(sub=name)
    if name.strip():
        with pytest.raises(TokenRejected, match=r"\(nick\): "):
            name_in(nick=name)


def test_a_claim_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(TokenRejected, match=r"Expected `bool`, got `int` - at `\$\.op`"):
        name_in(op=1)
