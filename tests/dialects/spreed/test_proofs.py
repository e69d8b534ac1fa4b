"""Ids, tokens, nonces and attestations: each opens for what it was made for, and for nothing else."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.ids import SessionId, UserId
from palaver.dialects.spreed.attestation import FRESH_S, VALID_S, BadAttestation
from palaver.dialects.spreed.proofs import Proofs
from palaver.dialects.spreed.seals import NotProved, Seal, Secrets, derived, letters
from palaver.dialects.spreed.tokens import NONCE_S, SESSION_TOKEN_S, InvalidNonce, Returning

NOW = 1_800_000_000.0
SECRETS = Secrets(b"s" * 32, b"e" * 32, "local.public")
PROOFS = Proofs(SECRETS)
ANA, BOB = SessionId("11" * 16), SessionId("22" * 16)
ALICE, BERT = UserId("spreed:alice@local"), UserId("site:bert")

sessions = st.uuids().map(lambda made: SessionId(made.hex))

Read = Callable[[Proofs, str], Any]

KINDS: dict[str, tuple[Callable[[Proofs], str], Read]] = {
    "id": (lambda proofs: proofs.ids.id_of(ANA), lambda proofs, text: proofs.ids.session_of(text)),
    "sid": (
        lambda proofs: proofs.ids.sid_of(ANA),
        lambda proofs, text: proofs.ids.proved(proofs.ids.id_of(ANA), text),
    ),
    "session token": (
        lambda proofs: proofs.tokens.session_token(ANA, ALICE, now=NOW),
        lambda proofs, text: proofs.tokens.returning(text, now=NOW),
    ),
    "nonce": (
        lambda proofs: proofs.tokens.nonce(ANA, ALICE, now=NOW),
        lambda proofs, text: proofs.tokens.check_nonce(ANA, ALICE, text, now=NOW),
    ),
    "contact token": (
        lambda proofs: proofs.tokens.contact(accepting=ALICE, asking=BERT),
        lambda proofs, text: proofs.tokens.contact_of(text, ALICE),
    ),
    "attestation": (
        lambda proofs: proofs.attestations.of(ANA, now=NOW),
        lambda proofs, text: proofs.attestations.session_of(text, now=NOW),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_opens_for_what_it_was_made_for(kind: str) -> None:
    make, read = KINDS[kind]
    read(PROOFS, make(PROOFS))


@pytest.mark.parametrize("kind", KINDS)
@given(at=st.integers(0, 4095), bit=st.integers(0, 5))
def test_no_flipped_bit_makes_another_proof(kind: str, at: int, bit: int) -> None:
    make, read = KINDS[kind]
    text = make(PROOFS)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at %= len(text)
    flipped = alphabet[alphabet.index(text[at]) ^ (1 << bit)]
    with pytest.raises(NotProved):
        read(PROOFS, text[:at] + flipped + text[at + 1 :])


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=80) | st.binary(max_size=64).map(letters))
def test_what_was_not_made_here_proves_nothing(kind: str, text: str) -> None:
    with pytest.raises(NotProved):
        KINDS[kind][1](PROOFS, text)


@pytest.mark.parametrize("made_as", KINDS)
@pytest.mark.parametrize("shown_as", KINDS)
def test_no_kind_of_proof_passes_for_another(made_as: str, shown_as: str) -> None:
    if made_as != shown_as:
        with pytest.raises(NotProved):
            KINDS[shown_as][1](PROOFS, KINDS[made_as][0](PROOFS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_text_is_not_even_looked_at(kind: str) -> None:
    with pytest.raises(NotProved):
        KINDS[kind][1](PROOFS, "A" * 1_000_000)


@pytest.mark.parametrize(
    ("changed", "kinds_that_end"),
    [
        ({"session": b"t" * 32}, {"id", "sid", "session token", "nonce", "contact token", "attestation"}),
        ({"encryption": b"f" * 32}, {"id", "sid", "session token", "nonce", "contact token"}),
        ({"realm": "local.other"}, {"session token", "nonce"}),
    ],
    ids=["sessionSecret", "encryptionSecret", "realm"],
)
def test_a_changed_secret_ends_what_the_table_of_section_2_1_says(
    changed: dict[str, Any], kinds_that_end: set[str]
) -> None:
    held = {"session": SECRETS.session, "encryption": SECRETS.encryption, "realm": SECRETS.realm}
    others = Proofs(Secrets(**{**held, **changed}))
    ended = set()
    for kind, (make, read) in KINDS.items():
        try:
            read(others, make(PROOFS))
        except NotProved:
            ended.add(kind)
    assert kinds_that_end == ended


# -- Ids (§2.1, §2.2) -------------------------------------------------------------------------------------------------


@given(session=sessions)
def test_an_id_is_short_opaque_and_leads_back_to_its_session(session: SessionId) -> None:
    made = PROOFS.ids.id_of(session)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", made)
    assert PROOFS.ids.session_of(made) == session
    assert session not in made


def test_a_thousand_sessions_prove_themselves_by_id_and_sid() -> None:
    made = [SessionId(uuid.uuid4().hex) for _ in range(1000)]
    assert [PROOFS.ids.proved(PROOFS.ids.id_of(each), PROOFS.ids.sid_of(each)) for each in made] == made


def test_the_sid_of_somebody_else_proves_nothing() -> None:
    with pytest.raises(NotProved):
        PROOFS.ids.proved(PROOFS.ids.id_of(ANA), PROOFS.ids.sid_of(BOB))


def test_first_letters_of_ids_are_as_good_as_random() -> None:
    firsts = {PROOFS.ids.id_of(SessionId(uuid.uuid4().hex))[0] for _ in range(2000)}
    assert len(firsts) == 64


@given(one=sessions, other=sessions)
def test_ids_sort_as_sessions_do_so_that_all_wires_agree_who_offers(one: SessionId, other: SessionId) -> None:
    assert (PROOFS.ids.id_of(one) < PROOFS.ids.id_of(other)) == (one < other)


def test_a_stand_in_is_the_same_for_a_user_and_another_for_each() -> None:
    assert PROOFS.ids.stand_in(ALICE) == Proofs(SECRETS).ids.stand_in(ALICE) != PROOFS.ids.stand_in(BERT)


# -- tokens (§2.3, §2.7, §2.8) ----------------------------------------------------------------------------------------


def test_a_session_token_holds_who_comes_back_for_thirty_days() -> None:
    token = PROOFS.tokens.session_token(ANA, ALICE, now=NOW)
    expected = Returning(ANA, ALICE, int(NOW * 1000))
    assert PROOFS.tokens.returning(token, now=NOW + SESSION_TOKEN_S) == expected
    for later in (NOW + SESSION_TOKEN_S + 1, NOW - 60):
        with pytest.raises(NotProved):
            PROOFS.tokens.returning(token, now=later)


def test_a_session_token_of_a_guest_holds_no_user_and_survives_a_restart() -> None:
    token = PROOFS.tokens.session_token(ANA, None, now=NOW)
    assert Proofs(SECRETS).tokens.returning(token, now=NOW).user == ""


def test_each_self_has_a_fresh_token() -> None:
    assert PROOFS.tokens.session_token(ANA, None, now=NOW) != PROOFS.tokens.session_token(ANA, None, now=NOW + 0.001)


def test_a_token_hides_what_it_holds() -> None:
    token = PROOFS.tokens.session_token(ANA, ALICE, now=NOW)
    assert "alice" not in token
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"alice" not in raw
    assert ANA.encode() not in raw


@pytest.mark.parametrize(("session", "user"), [(BOB, ALICE), (ANA, BERT)])
def test_a_nonce_is_bound_to_its_session_and_user(session: SessionId, user: UserId) -> None:
    with pytest.raises(InvalidNonce):
        PROOFS.tokens.check_nonce(session, user, PROOFS.tokens.nonce(ANA, ALICE, now=NOW), now=NOW)


def test_a_nonce_is_good_for_sixty_seconds() -> None:
    nonce = PROOFS.tokens.nonce(ANA, ALICE, now=NOW)
    PROOFS.tokens.check_nonce(ANA, ALICE, nonce, now=NOW + NONCE_S)
    with pytest.raises(InvalidNonce):
        PROOFS.tokens.check_nonce(ANA, ALICE, nonce, now=NOW + NONCE_S + 1)


def test_both_contacts_hold_the_same_token_and_find_each_other() -> None:
    token = PROOFS.tokens.contact(accepting=ALICE, asking=BERT)
    assert token == PROOFS.tokens.contact(accepting=ALICE, asking=BERT)
    assert (PROOFS.tokens.contact_of(token, ALICE), PROOFS.tokens.contact_of(token, BERT)) == (BERT, ALICE)
    assert PROOFS.tokens.is_contact(token, accepting=ALICE, asking=BERT)
    assert not PROOFS.tokens.is_contact(token, accepting=BERT, asking=ALICE)
    with pytest.raises(NotProved):
        PROOFS.tokens.contact_of(token, UserId("spreed:eve"))


# -- attestations (§2.5) ----------------------------------------------------------------------------------------------


@given(session=sessions, handed_s=st.floats(0, FRESH_S * 3), later_s=st.floats(0, 119))
def test_an_attestation_is_good_for_two_minutes_at_least(session: SessionId, handed_s: float, later_s: float) -> None:
    made = PROOFS.attestations.of(session, now=NOW + handed_s)
    assert PROOFS.attestations.session_of(made, now=NOW + handed_s + later_s) == session


def test_an_attestation_is_the_same_for_a_while_and_ends_after_five_minutes() -> None:
    made = PROOFS.attestations.of(ANA, now=NOW)
    assert made == PROOFS.attestations.of(ANA, now=NOW + FRESH_S - 1) != PROOFS.attestations.of(ANA, now=NOW + FRESH_S)
    for later in (NOW + VALID_S, NOW - FRESH_S):
        with pytest.raises(BadAttestation):
            PROOFS.attestations.session_of(made, now=later)


def test_what_is_derived_for_one_purpose_is_of_no_use_for_another() -> None:
    made = [
        derived(purpose, *secrets) for purpose in ("a", "b") for secrets in ((b"x", b"y"), (b"xy",), (b"y", b"x"), ())
    ]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(("purpose", "bound_to"), [("b", "realm"), ("a", "other realm")])
def test_a_seal_opens_only_what_was_closed_for_its_purpose_and_realm(purpose: str, bound_to: str) -> None:
    closed = Seal("a", str, b"secret", bound_to="realm").close("value")
    assert Seal("a", str, b"secret", bound_to="realm").open(closed) == "value"
    with pytest.raises(NotProved):
        Seal(purpose, str, b"secret", bound_to=bound_to).open(closed)
