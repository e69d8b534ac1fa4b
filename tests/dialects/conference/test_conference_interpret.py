"""Whatever comes in is asked for or refused; identifiers lead back to what they were made of, and nothing else does."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.errors import Malformed, NoSuchMessage, NoSuchParticipant, Refusal
from palaver.core.ids import MessageId, SessionId
from palaver.core.participants import Rename
from palaver.core.rooms import CreateRoom, JoinRoom
from palaver.dialects.base import Request
from palaver.dialects.conference.asks import OBJECT, POSITIONAL
from palaver.dialects.conference.identifiers import (
    REACTIONS,
    is_key_of,
    key_of,
    message_id,
    message_of,
    participant_id,
    reaction_of,
    session_of,
)
from palaver.dialects.conference.translator import ConferenceTranslator
from palaver.dialects.conference.wire import Era, Options

WORDS = sorted(POSITIONAL.keys() | OBJECT.keys() | {"newListener", "__proto__", "constructor"})
Json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
KEYS = [
    "roomId",
    "name",
    "participantId",
    "messageInput",
    "type",
    "content",
    "to",
    "signal",
    "newSettings",
    "messageId",
]
Objects = st.dictionaries(st.sampled_from(KEYS), Json, max_size=4)
Packets = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda ack, word, arguments: b"2%b%b" % (ack, json.dumps([word, *arguments]).encode()),
        st.sampled_from([b"", b"0", b"7"]),
        st.sampled_from(WORDS) | st.text(max_size=10),
        st.lists(Json | Objects, max_size=4),
    ),
)


def translator() -> ConferenceTranslator:
    return ConferenceTranslator(Options(secret="a secret"), lambda: "0" * 24, lambda: 0.0)


def read(one: ConferenceTranslator, *event: Any, ack: str = "") -> list[Request]:
    return one.interpret(f"2{ack}{json.dumps(event)}".encode())


@given(st.lists(Packets, max_size=4))
def test_any_packets_are_asked_for_or_refused(packets: list[bytes]) -> None:
    one = translator()
    for packet in packets:
        found: list[Request] = []
        with contextlib.suppress(Refusal):
            found = one.interpret(packet)
        assert all(isinstance(request, Request) for request in found)
        assert one.refuse(None, Malformed(problem="?"))


@pytest.mark.parametrize("packet", [b'2["leave"', b"2{}", b"2", b'9["leave"]', b'51-["leave"]'])
def test_what_cannot_be_read_answers_no_earlier_call(packet: bytes) -> None:
    one = translator()
    read(one, "get-rtp-capabilities", {"roomId": "lobby"}, ack="7")
    with pytest.raises(Malformed) as caught:
        one.interpret(packet)
    assert one.refuse(None, caught.value) == [b'2["error-event","event","Bad input","E400"]']


def test_half_a_character_is_read_with_a_mark_in_its_place() -> None:
    (request,) = read(translator(), "update-name", "cut \ud83d")
    assert request.command == Rename("cut \ufffd", echo=False)


@pytest.mark.parametrize("depth", [500, 5_000, 100_000])
@pytest.mark.parametrize("around", [b'2["signal",%b]', b'27["create-room",%b]', b"2%b]", b'2["send-message",{"a":%b}]'])
def test_deep_packets_are_refused_and_harm_nobody(depth: int, around: bytes) -> None:
    with pytest.raises(Refusal):
        translator().interpret(around % (b"[" * depth))


@pytest.mark.parametrize(
    ("calls", "era"),
    [
        ([(["create-room"], "")], Era.SEED),
        ([(["create-room", "Standup"], "")], Era.SEED),
        ([(["join-room", "1"], "")], Era.SEED),
        ([(["join-room", 1, "Ann"], "")], Era.SEED),
        ([(["join-room", "1", "Ann", {}], "1")], Era.ACKED),
        ([(["get-rtp-capabilities", "1"], "1")], Era.ACKED),
        ([(["create-room"], ""), (["get-rtp-capabilities", "1"], "1")], Era.ACKED),
        ([(["create-room", {"name": "x"}], "")], Era.OBJECT),
        ([(["get-rtp-capabilities", {"roomId": "x"}], "1")], Era.OBJECT),
        ([(["join-room", {"roomId": "x", "name": "y"}], "1")], Era.OBJECT),
        ([(["update-mediaState", {"cameraEnabled": True}], "")], Era.SEED),
        ([(["create-room", {"name": "x"}], ""), (["update-mediaState", {"camera": True}], "1")], Era.OBJECT),
    ],
)
def test_the_era_is_told_from_the_first_call(calls: list[tuple[list[Any], str]], era: Era) -> None:
    one = translator()
    for event, ack in calls:
        read(one, *event, ack=ack)
    assert one.era is era


def test_a_seed_room_closes_with_its_host_and_a_later_one_passes_on() -> None:
    (seed,) = read(translator(), "create-room")
    (later,) = read(translator(), "create-room", {"name": "Standup"})
    assert isinstance(seed.command, CreateRoom)
    assert isinstance(later.command, CreateRoom)
    assert (seed.command.transfer, later.command.transfer) == (False, True)
    assert seed.command.hosted
    assert later.command.hosted
    assert (seed.command.title, later.command.title) == ("Untitled Room", "Standup")


@given(st.text(max_size=400))
def test_any_name_is_shown_somehow(name: str) -> None:
    """Clients call methods of texts on names, so nobody is without one (§D 8)."""
    (asked,) = read(translator(), "join-room", "1", name)
    assert isinstance(asked.command, JoinRoom)
    assert asked.command.handle.strip()
    assert asked.command.display_name.strip()


@given(st.integers(0, 2**53 - 1))
def test_a_message_is_found_by_its_uuid(number: int) -> None:
    assert message_of(message_id(MessageId(number))) == number


@given(st.uuids(version=4))
def test_no_other_uuid_is_a_message(uuid: Any) -> None:
    with pytest.raises(NoSuchMessage):
        message_of(str(uuid))


@given(st.uuids(version=4))
def test_a_participant_is_a_session(uuid: Any) -> None:
    session = SessionId(uuid.hex)
    assert participant_id(session) == str(uuid)
    assert session_of(str(uuid)) == session


@pytest.mark.parametrize("text", ["", "nobody", "0" * 32, "{00000000-0000-4000-8000-000000000000}", "g" * 36])
def test_what_is_no_uuid_is_nobody(text: str) -> None:
    with pytest.raises(NoSuchParticipant):
        session_of(text)
    with pytest.raises(NoSuchMessage):
        message_of(text)


def test_keys_are_of_a_session_and_a_server_alone() -> None:
    key = key_of("a secret", SessionId("a" * 32))
    assert len(key) * 4 == 128
    assert is_key_of("a secret", SessionId("a" * 32), key)
    assert not is_key_of("a secret", SessionId("b" * 32), key)
    assert not is_key_of("another", SessionId("a" * 32), key)
    assert not is_key_of("a secret", SessionId("a" * 32), "\ud800é")


def test_reactions_have_the_ordinals_of_the_seed() -> None:
    assert [reaction_of(emoji) for emoji in REACTIONS] == list(range(8))
    assert reaction_of("🦄") is None
