import base64
import hmac
import json
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from palaver.integrations.jwt import (
    MAX_TTL_S,
    Claims,
    TokenInvalid,
    TokenVerifier,
    VerificationKey,
    mint,
    public_key,
    shared_key,
)

NOW = 1_700_000_000.0
SECRET = "a key of the site that is long enough"
OTHER = "another key, of another site, also long"
PRIVATE_KEYS = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def pem_of(private: object) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[attr-defined]


def foreign(body: object, *, key: object = SECRET, algorithm: str = "HS256", kid: str | None = None) -> str:
    """A token as a site's own library would write it."""
    headers = {"kid": kid} if kid else None
    return jwt.PyJWS().encode(json.dumps(body).encode(), key, algorithm=algorithm, headers=headers)  # type: ignore[arg-type]


def unsigned(header: object, body: object) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body)]
    return ".".join([*parts, ""])


def reason_of(token: str, *, verifier: TokenVerifier | None = None, now: float = NOW) -> str:
    verifier = verifier or TokenVerifier([shared_key(SECRET)])
    with pytest.raises(TokenInvalid) as caught:
        verifier.verify(token, now=now)
    assert str(caught.value) == caught.value.sentence
    assert caught.value.sentence.endswith(".")
    return caught.value.reason


def test_what_is_minted_is_verified() -> None:
    claims = {"sub": "ana", "op": True, "nick": "Ana", "rules": ["redcam"], "gender": "f", "img": "/a.png"}

    read = TokenVerifier([shared_key(SECRET)]).verify(mint(claims, SECRET, ttl_s=60, now=NOW + 0.75), now=NOW + 1)

    assert read == Claims(
        sub="ana", op=True, nick="Ana", rules=("redcam",), gender="f", img="/a.png",
        exp=NOW + 60, iat=NOW, nbf=NOW,
    )  # fmt: skip


def test_zero_valued_claims_are_left_out_and_times_are_whole_seconds() -> None:
    token = mint({"sub": "ana", "op": False, "nick": "", "rules": [], "vip": None}, SECRET, ttl_s=5, now=NOW + 0.9)

    body = jwt.decode(token, options={"verify_signature": False})
    assert body == {"sub": "ana", "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_005}


def test_a_caller_cannot_smuggle_in_a_longer_life() -> None:
    token = mint({"sub": "ana", "exp": NOW * 2, "iat": 1, "nbf": 1}, SECRET, ttl_s=5, now=NOW)

    assert TokenVerifier([shared_key(SECRET)]).verify(token, now=NOW).exp == NOW + 5


def test_a_profile_can_be_issued_anew() -> None:
    verifier = TokenVerifier([shared_key(SECRET)])
    first = verifier.verify(mint({"sub": "ana", "vip": True, "rules": ["nodvd"]}, SECRET, ttl_s=60, now=NOW), now=NOW)

    second = verifier.verify(mint(first.profile(), SECRET, ttl_s=60, now=NOW + 30), now=NOW + 30)

    assert second.profile() == first.profile()
    assert second.exp == NOW + 90


@pytest.mark.parametrize("ttl_s", [0, -1, MAX_TTL_S + 1])
def test_a_life_outside_a_day_is_not_minted(ttl_s: int) -> None:
    with pytest.raises(ValueError, match="lives"):
        mint({"sub": "ana"}, SECRET, ttl_s=ttl_s, now=NOW)


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": 7}])
def test_nobody_gets_no_token(claims: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="subject"):
        mint(claims, SECRET, ttl_s=5, now=NOW)


def test_an_empty_key_neither_signs_nor_checks() -> None:
    with pytest.raises(ValueError, match="empty"):
        mint({"sub": "ana"}, "", ttl_s=5, now=NOW)
    with pytest.raises(ValueError, match="empty"):
        shared_key("")
    with pytest.raises(ValueError, match="keys"):
        TokenVerifier([])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"sub": "ana"}, "no_expiry"),
        ({"sub": "ana", "exp": None}, "no_expiry"),
        ({"sub": "ana", "exp": NOW}, "expired"),
        ({"sub": "ana", "exp": NOW - 0.001}, "expired"),
        ({"sub": "ana", "exp": NOW + MAX_TTL_S + 1}, "too_long_lived"),
        ({"sub": "ana", "exp": 10**30}, "too_long_lived"),
        ({"sub": "ana", "exp": "never"}, "bad_claims"),
        ({"sub": "ana", "exp": True}, "bad_claims"),
        ({"sub": "ana", "exp": NOW + 9, "nbf": NOW + 1}, "not_yet_valid"),
        ({"sub": "ana", "exp": NOW + 9, "iat": NOW + 1}, "issued_later"),
        ({"exp": NOW + 9}, "no_subject"),
        ({"sub": "", "exp": NOW + 9}, "no_subject"),
        ({"sub": None, "exp": NOW + 9}, "no_subject"),
        ({"sub": 7, "exp": NOW + 9}, "bad_claims"),
        ({"sub": "ana", "exp": NOW + 9, "op": "true"}, "bad_claims"),
        ({"sub": "ana", "exp": NOW + 9, "op": 1}, "bad_claims"),
        ({"sub": "ana", "exp": NOW + 9, "rules": "redcam"}, "bad_claims"),
        (["sub", "ana"], "bad_claims"),
        ("ana", "bad_claims"),
    ],
)
def test_a_signed_token_that_says_too_little_or_too_much_is_refused(body: object, reason: str) -> None:
    assert reason_of(foreign(body)) == reason


def found_in(token: str, *keys: VerificationKey, audience: str = "") -> str:
    """What whoever runs the site is told."""
    verifier = TokenVerifier(keys or [shared_key(SECRET)])
    verifier.replace_keys(keys or [shared_key(SECRET)], audience)
    with pytest.raises(TokenInvalid) as caught:
        verifier.verify(token, now=NOW)
    return caught.value.found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"sub": "ana", "exp": NOW - 40}, "it ended 40 s ago"),
        ({"sub": "ana", "exp": NOW + 30 * MAX_TTL_S}, "it ends in 2592000 s"),
        ({"sub": "ana", "exp": NOW + 600, "nbf": NOW + 90}, "nbf is 90 s ahead of this server's clock"),
        ({"sub": "ana", "exp": NOW + 600, "iat": NOW + 90}, "iat is 90 s ahead of this server's clock"),
        ({"sub": 7, "exp": NOW + 9}, "Expected `str`, got `int` - at `$.sub`"),
    ],
)
def test_the_site_is_told_what_was_found(body: object, found: str) -> None:
    assert found_in(foreign(body)) == found


def test_the_site_is_told_what_a_token_is_signed_with_and_what_there_are_keys_for() -> None:
    body, pem = {"sub": "ana", "exp": NOW + 9}, pem_of(PRIVATE_KEYS["ES256"])
    signed = foreign(body, key=PRIVATE_KEYS["RS256"], algorithm="RS256", kid="new")
    assert found_in(signed) == "it is signed with RS256, there are keys for HS256"
    both = (shared_key(SECRET, kid="a"), public_key(pem, kid="b"))
    assert found_in(signed, *both) == "it is signed with RS256, there are keys for ES256, HS256; no key has its kid"
    assert found_in(unsigned({"alg": "<b>"}, body)).startswith("it is signed with something that is not known")
    assert found_in(unsigned({"alg": "none", "kid": 7}, body)) == "", "it is damaged"


@pytest.mark.parametrize(("audience", "found"), [({}, "it has no aud"), ({"aud": ["shop"]}, "its aud names others")])
def test_the_site_is_told_for_whom_a_token_should_have_been(audience: dict[str, object], found: str) -> None:
    signed = foreign({"sub": "ana", "exp": NOW + 9, **audience}, key=PRIVATE_KEYS["ES256"], algorithm="ES256")
    assert found_in(signed, public_key(pem_of(PRIVATE_KEYS["ES256"])), audience="chat").startswith(found)


def test_the_borders_of_time_are_where_they_should_be() -> None:
    verifier = TokenVerifier([shared_key(SECRET)])
    assert verifier.verify(foreign({"sub": "a", "exp": NOW + MAX_TTL_S, "nbf": NOW, "iat": NOW}), now=NOW).sub == "a"
    assert verifier.verify(foreign({"sub": "a", "exp": NOW + 0.001}), now=NOW).sub == "a"


def test_clock_skew_forgives_the_beginning_and_never_the_end() -> None:
    lenient = TokenVerifier([shared_key(SECRET)], clock_skew_s=5)
    late = {"sub": "ana", "nbf": NOW + 4, "iat": NOW + 4, "exp": NOW + 60}

    assert lenient.verify(foreign(late), now=NOW).sub == "ana"
    assert reason_of(foreign({"sub": "ana", "exp": NOW}), verifier=lenient) == "expired"
    assert reason_of(foreign(late | {"nbf": NOW + 6}), verifier=lenient) == "not_yet_valid"


def test_null_and_unknown_claims_mean_nothing() -> None:
    body = {"sub": "ana", "exp": NOW + 9, "nick": None, "op": None, "iss": "site", "shoe_size": 43}

    assert TokenVerifier([shared_key(SECRET)]).verify(foreign(body), now=NOW) == Claims(sub="ana", exp=NOW + 9)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c", "€.€.€", "x" * 9_000, "\ud800.a.b"])
def test_what_is_no_token_is_called_damaged(token: str) -> None:
    assert reason_of(token) == "malformed"


def test_a_header_that_is_too_deep_is_called_damaged() -> None:
    deep = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 2_500 + b"]" * 2_500 + b"}").rstrip(b"=").decode()
    both = TokenVerifier([shared_key(SECRET, kid="1"), shared_key(OTHER)])

    assert reason_of(f"{deep}.e30.AAAA") == "malformed"
    assert reason_of(f"{deep}.e30.AAAA", verifier=both) == "malformed"


def test_a_body_that_is_too_deep_is_refused() -> None:
    nested = '{"a":' * 1_000 + "1" + "}" * 1_000
    token = jwt.PyJWS().encode(nested.encode(), SECRET, algorithm="HS256")

    # From Python 3.13 on this is not too deep to be read, and says nothing.
    assert reason_of(token) in {"bad_claims", "no_subject"}


@given(st.text(max_size=200))
def test_no_text_at_all_gets_through(token: str) -> None:
    with pytest.raises(TokenInvalid):
        TokenVerifier([shared_key(SECRET)]).verify(token, now=NOW)


@given(st.data())
def test_a_single_changed_character_is_noticed(data: st.DataObject) -> None:
    token = mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.").filter(lambda c: c != token[at]))

    with pytest.raises(TokenInvalid):
        TokenVerifier([shared_key(SECRET)]).verify(token[:at] + letter + token[at + 1 :], now=NOW)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_only_hs256_counts_for_a_shared_key(algorithm: str) -> None:
    key = SECRET * 2
    token = foreign({"sub": "ana", "exp": NOW + 9}, key=key, algorithm=algorithm)

    assert reason_of(token, verifier=TokenVerifier([shared_key(key)])) == "bad_signature"


@pytest.mark.parametrize("name", ["none", "None", "NONE"])
def test_an_unsigned_token_proves_nothing(name: str) -> None:
    assert reason_of(unsigned({"alg": name, "typ": "JWT"}, {"sub": "ana", "exp": NOW + 9})) == "bad_signature"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_checks_what_its_private_key_signed(algorithm: str) -> None:
    private = PRIVATE_KEYS[algorithm]
    verifier = TokenVerifier([public_key(pem_of(private))])

    body = {"sub": "ana", "exp": NOW + 9}

    assert verifier.verify(foreign(body, key=private, algorithm=algorithm), now=NOW).sub == "ana"
    assert reason_of(foreign(body), verifier=verifier) == "bad_signature"


@pytest.mark.parametrize("audience", ["chat", ["shop", "chat"]])
def test_what_a_key_pair_signed_for_the_chat_is_for_the_chat(audience: object) -> None:
    verifier = TokenVerifier([shared_key(SECRET)])
    verifier.replace_keys([shared_key(SECRET), public_key(pem_of(PRIVATE_KEYS["ES256"]))], "chat")
    body = {"sub": "ana", "exp": NOW + 9}
    for_us, shared = {**body, "aud": audience}, foreign({**body, "aud": {"a": "shop"}})
    assert verifier.verify(foreign(for_us, key=PRIVATE_KEYS["ES256"], algorithm="ES256"), now=NOW).sub == "ana"
    assert verifier.verify(shared, now=NOW).sub == "ana"
    for other in (
        body,
        {**body, "aud": "shop"},
        {**body, "aud": []},
        {**body, "aud": {"chat": 1}},
        {**body, "aud": "chat room"},
    ):
        assert (
            reason_of(foreign(other, key=PRIVATE_KEYS["ES256"], algorithm="ES256"), verifier=verifier)
            == "other_audience"
        )


def test_a_public_key_is_never_taken_for_a_shared_secret() -> None:
    """The classic confusion: sign with HS256, using the text of the site's public key as the secret."""
    pem = pem_of(PRIVATE_KEYS["RS256"])
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps({"sub": "ana", "exp": NOW + 9}).encode()).rstrip(b"=")
    signature = hmac.digest(pem.encode(), header + b"." + body, "sha256")
    forged = b".".join([header, body, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()

    assert reason_of(forged, verifier=TokenVerifier([public_key(pem)])) == "bad_signature"
    with pytest.raises(ValueError, match="PEM"):
        shared_key(pem)


def test_rotation_picks_the_key_by_its_id() -> None:
    both = TokenVerifier([shared_key(OTHER, kid="new"), shared_key(SECRET, kid="old")])
    body = {"sub": "ana", "exp": NOW + 9}

    assert both.verify(foreign(body, key=OTHER, kid="new"), now=NOW).sub == "ana"
    assert both.verify(foreign(body, key=SECRET, kid="old"), now=NOW).sub == "ana"
    assert both.verify(foreign(body, key=SECRET), now=NOW).sub == "ana"
    assert reason_of(foreign(body, key=SECRET, kid="new"), verifier=both) == "bad_signature"
    assert reason_of(foreign(body, key=SECRET, kid="none of them"), verifier=both) == "bad_signature"


def test_a_key_without_id_serves_tokens_with_any_id() -> None:
    verifier = TokenVerifier([shared_key(SECRET)])
    assert verifier.verify(foreign({"sub": "ana", "exp": NOW + 9}, kid="site-7"), now=NOW).sub == "ana"


def test_replaced_keys_are_forgotten() -> None:
    verifier = TokenVerifier([shared_key(SECRET)])
    token = mint({"sub": "ana"}, SECRET, ttl_s=60, now=NOW)

    verifier.replace_keys([shared_key(OTHER)])

    assert reason_of(token, verifier=verifier) == "bad_signature"


def private_pem() -> str:
    return PRIVATE_KEYS["ES256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "make_pem",
    [
        lambda: "not a key",
        private_pem,
        lambda: pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
        lambda: pem_of(ec.generate_private_key(ec.SECP384R1())),
    ],
    ids=["text", "private", "short rsa", "another curve"],
)
def test_unfit_public_keys_are_refused(make_pem: Callable[[], str]) -> None:
    with pytest.raises(ValueError, match="key"):
        public_key(make_pem())
