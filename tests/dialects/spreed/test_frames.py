"""Whatever a client sends, it is answered in the wire's own way or passed over, and the connection lives (§3.1 to §3.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dialects.spreed.talk import Caller, Talk, of
from tests.fakes import World
from tests.transcripts.replay import transcripts

from palaver.dialects.spreed.interpret import _READINGS
from palaver.dialects.spreed.wire import MAX_FRAME_BYTES
from palaver.hub.limits import Limits

WORDS = sorted(_READINGS)
CODES = (
    "bad_request",
    "default_room_disabled",
    "authorization_required",
    "authorization_not_required",
    "invalid_credentials",
    "room_join_requires_account",
    "not_in_room",
    "already_authenticated",
    "invalid_session_token",
    "contacts_not_enabled",
    "bad_attestation",
    "no_such_session",
)
"""Of §3.5, but for `unknown`, which is a fault of the server."""


@pytest.fixture(scope="module")
def caller() -> Caller:
    talk = Talk(World(limits=Limits(frames_per_second=0, asks_per_second=1e6, asks_burst=1_000_000)))
    return talk.connect()


def lives(caller: Caller) -> bool:
    caller.hears()
    return caller.asks("Alive", 7) == {"Type": "Alive", "Alive": 7}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inside, max_size=4)
    ),
    max_leaves=12,
)
KEYS = ("Name", "To", "Id", "Credentials", "PIN", "Chat", "Status", "Message", "Mid", "Token", "Userid", "buddyPicture")


@given(payload=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_any_bytes_are_passed_over_or_answered(caller: Caller, payload: bytes) -> None:
    caller.connection.take(payload, False)
    assert lives(caller)


@given(word=st.sampled_from(WORDS), inner=anything, iid=anything, double=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_document_is_passed_over_or_answered(caller: Caller, word: str, inner: Any, iid: Any, double: bool) -> None:
    payload = {"Type": word, word: inner} if double else inner
    told = caller.sends({"Type": word, word: payload, "Iid": iid})
    assert all(isinstance(each["Data"], dict) and each["Data"]["Type"] for each in told)
    assert lives(caller)


@given(word=st.sampled_from(WORDS), key=st.sampled_from(KEYS), value=anything)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_value_of_a_key_is_passed_over_or_answered(caller: Caller, word: str, key: str, value: Any) -> None:
    inner = {word: {key: value}, key: value, "Type": word}
    caller.sends({"Type": word, word: inner})
    assert lives(caller)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 30_000,
        '{"Type":"Status","Status":{"Status":' + "[" * 30_000 + "]" * 30_000 + "}}",
        '{"Type":"Offer","Offer":{"To":"x","Offer":' + '{"a":' * 30_000 + "1" + "}" * 30_000 + "}}",
        '{"Type":"Hello","Hello":{"Name":"\\ud800"},"Iid":"1"}',
        '{"Type":"Alive","Alive":{"Alive":' + "9" * 10_000 + "}}",
        '{"Type":"Chat","Chat":{"To":"","Chat":{"Message":"\\ud800","Mid":"\\udfff"}}}',
    ],
    ids=[
        "deep lists",
        "a deep status",
        "a deep offer",
        "half a pair in a name",
        "a huge number",
        "half a pair in a chat",
    ],
)
def test_what_breaks_readers_breaks_nothing(caller: Caller, text: str) -> None:
    caller.sends(text)
    assert lives(caller)


def test_a_frame_over_a_megabyte_ends_its_connection_alone() -> None:
    talk = Talk()
    ann, bob = talk.enter("garden"), talk.enter("garden")
    assert ann.connection.max_message_bytes == MAX_FRAME_BYTES
    assert ann.sends(" " * MAX_FRAME_BYTES + "{}") == [{"closed": 1009}]
    assert lives(bob)


def test_a_burst_is_delayed_and_nothing_of_it_lost() -> None:
    talk = Talk(World(limits=Limits(frames_per_second=20, frames_burst=20)))
    ann = talk.connect()
    for at in range(60):
        ann.connection.take(json.dumps({"Type": "Alive", "Alive": {"Alive": at}}).encode(), False)
    first = len(of(ann.hears(), "Alive"))
    assert first < 60
    talk.world.clock.advance(10)
    assert [each["Alive"] for each in of(ann.hears(), "Alive")] == list(range(first, 60))


# -- the transcripts say every word -----------------------------------------------------------------------------------


def frames(verb: str) -> Iterator[dict[str, Any]]:
    for transcript in transcripts("spreed"):
        yield from (frame for frame in transcript.frames(verb) if isinstance(frame, dict))


def test_every_word_of_a_client_is_in_a_transcript() -> None:
    assert set(WORDS) - {frame.get("Type") for frame in frames("sends") if isinstance(frame.get("Type"), str)} == set()


def test_every_document_and_error_of_the_server_is_in_a_transcript() -> None:
    told = [frame["Data"] for frame in frames("receives") if "Data" in frame]
    documents = {"Self", "Welcome", "Room", "Users", "Sessions", "Offer", "Answer", "Candidate", "Bye", "Chat"}
    documents |= {"Conference", "Alive", "Error", "Joined", "Left", "Status"}
    assert documents - {each["Type"] for each in told} == set()
    assert set(CODES) - {each["Code"] for each in told if each["Type"] == "Error"} == set()
