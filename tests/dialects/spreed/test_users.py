"""Userids, secret userids and shared-secret proofs (docs/dialects/spreed.md §2.1, §2.6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.ids import UserId, user_id
from palaver.dialects.base import Call, Endpoint
from palaver.dialects.spreed.options import Options
from palaver.dialects.spreed.seals import NotProved
from palaver.dialects.spreed.site import plain_site
from palaver.dialects.spreed.users import (
    REGISTERED_S,
    combo_secret,
    combo_userid,
    registered,
    suserid_of,
    user_of,
    userid_of,
)
from palaver.dialects.spreed.vouching import vouched_user

KEY = "vector-shared-secret"
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("useridcombo", "secret"),
    [
        ("1900000000:alice@local", "IaDyO99dwyLaUTth2V/rIjU2AhAkSj79fLO87TXnb7M="),
        ("1900000000:alice@local:Alice", "iG/f6GrBNgkYSRzUCPXCc/oPxdNIOeOMd5jHR+U7wuI="),
    ],
)
def test_the_vectors_of_section_2_6_hold(useridcombo: str, secret: str) -> None:
    assert combo_secret(useridcombo, KEY) == secret
    assert combo_userid(useridcombo, secret, KEY, now=NOW) == "alice@local"


def test_the_secret_userid_vector_of_section_2_6_holds() -> None:
    key = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert suserid_of("alice@local", key) == "vRd5YDRvwDJ4Bv2p8U/CoG83nsM1SrUJdx9NxZ4qeEk="
    assert suserid_of("", key) == ""


@pytest.mark.parametrize(
    "useridcombo",
    [
        "1799999999:alice",
        "alice",
        ":alice",
        "1900000000:",
        "1900000000::alice",
        "1_900_000_000:alice",
        " 1900000000:alice",
        "٣٠٠٠٠٠٠٠٠٠:alice",
        "9223372036854775808:alice",
        "99999999999999999999999999:alice",
        "-1:alice",
    ],
)
def test_a_combo_that_is_over_or_is_none_proves_nothing_even_with_its_right_secret(useridcombo: str) -> None:
    with pytest.raises(NotProved):
        combo_userid(useridcombo, combo_secret(useridcombo, KEY), KEY, now=NOW)


def test_without_a_shared_secret_nobody_is_anybody() -> None:
    with pytest.raises(NotProved):
        combo_userid("1900000000:alice", combo_secret("1900000000:alice", ""), "", now=NOW)


@given(secret=st.text(max_size=60))
def test_no_guessed_secret_proves_anything(secret: str) -> None:
    with pytest.raises(NotProved):
        combo_userid("1900000000:alice", secret, KEY, now=NOW)


def test_registration_is_good_for_372_days() -> None:
    combo = registered("alice@local", KEY, now=NOW)
    assert combo.expires_s == int(NOW) + 372 * 86_400
    assert combo_userid(combo.useridcombo, combo.secret, KEY, now=NOW + REGISTERED_S) == "alice@local"
    with pytest.raises(NotProved):
        combo_userid(combo.useridcombo, combo.secret, KEY, now=NOW + REGISTERED_S + 1)


def test_users_of_another_realm_are_shown_with_it_so_that_nobody_can_register_as_one() -> None:
    assert userid_of(UserId("site:alice"), "sharedsecret") == "site:alice"
    assert userid_of(UserId("spreed:alice"), "sharedsecret") == "alice"
    assert userid_of(UserId("site:alice"), "httpheader") == "alice"
    assert userid_of(None, "httpheader") == ""
    with pytest.raises(NotProved):
        user_of("site:alice", "sharedsecret")


@pytest.mark.parametrize("userid", ["", "a\nb", "x" * 256, "a:b", "\u202e"])
def test_a_userid_that_cannot_be_shown_is_nobodys(userid: str) -> None:
    with pytest.raises(NotProved):
        user_of(userid, "httpheader")


@given(userid=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=255))
def test_a_userid_and_its_user_are_one(userid: str) -> None:
    for mode in ("sharedsecret", "httpheader", "certificate"):
        assert userid_of(user_of(userid, mode), mode) == userid


@pytest.mark.parametrize(
    ("decided", "found"),
    [
        ({"mode": "certificate"}, user_id("spreed", "ana@local")),
        ({"mode": "certificate", "users": False}, None),
        ({"mode": "certificate", "verified_header": "x-verified", "verified_value": "SUCCESS"}, None),
        ({"mode": "httpheader"}, None),
        ({"mode": "sharedsecret", "shared_secret": "s"}, None),
    ],
)
def test_a_certificate_counts_in_its_mode_alone_and_where_no_proxy_shall_say(
    decided: dict[str, Any], found: UserId | None
) -> None:
    site = plain_site(Options(**{"users": True, **decided}))
    assert vouched_user(Call(Endpoint("/ws"), certified="ana@local"), site) == found
