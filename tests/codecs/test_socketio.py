"""Packets of Socket.IO against examples of its protocol documents, and against themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.codecs import socketio
from palaver.codecs.socketio import Attachment, Kind, Packet, SocketIoError

PLACEHOLDER = b'{"_placeholder":true,"num":0}'

ONE_OF_EACH = [
    (Packet(Kind.CONNECT), b"0"),
    (Packet(Kind.CONNECT, b'{"token":"123"}'), b'0{"token":"123"}'),
    (Packet(Kind.CONNECT, b'{"sid":"x"}', namespace="/admin"), b'0/admin,{"sid":"x"}'),
    (Packet(Kind.CONNECT, namespace="/admin?token=1234&uid=abcd"), b"0/admin?token=1234&uid=abcd,"),
    (Packet(Kind.DISCONNECT), b"1"),
    (Packet(Kind.DISCONNECT, namespace="/admin"), b"1/admin,"),
    (Packet(Kind.EVENT, b'["foo"]'), b'2["foo"]'),
    (Packet(Kind.EVENT, b'["bar"]', namespace="/admin"), b'2/admin,["bar"]'),
    (Packet(Kind.EVENT, b'["foo"]', ack=12), b'212["foo"]'),
    (Packet(Kind.ACK, b'["bar"]', ack=13, namespace="/admin"), b'3/admin,13["bar"]'),
    (Packet(Kind.ACK, b"[]", ack=0), b"30[]"),
    (Packet(Kind.ERROR, b'{"message":"Not authorized"}'), b'4{"message":"Not authorized"}'),
    (Packet(Kind.ERROR, b'"Not authorized"'), b'4"Not authorized"'),
    (
        Packet(Kind.EVENT, b'["baz",' + PLACEHOLDER + b"]", attachments=(b"\1\2\3\4",)),
        b'51-["baz",' + PLACEHOLDER + b"]\x1ebAQIDBA==",
    ),
    (
        Packet(Kind.ACK, b"[" + PLACEHOLDER + b"]", 15, (b"",), "/admin"),
        b"61-/admin,15[" + PLACEHOLDER + b"]\x1eb",
    ),
]

keys = st.text().filter(lambda key: key != "_placeholder")
jsons: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)
almost = st.from_regex(rb"[0-6]([0-9]-)?(/[a-z]*,)?[0-9]*[\[{].*", fullmatch=True)


class TestPackets:
    @pytest.mark.parametrize(("packet", "payload"), ONE_OF_EACH)
    def test_both_ways(self, packet: Packet, payload: bytes) -> None:
        assert payload == socketio.encode(packet)
        assert packet == socketio.decode(payload)

    def test_a_namespace_may_end_the_packet(self) -> None:
        """Clients leave the comma out where nothing follows."""
        assert Packet(Kind.CONNECT, namespace="/admin") == socketio.decode(b"0/admin")

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"7",
            b"x",
            b"2",
            b"2{}",
            b"23",
            b'2"x"',
            b'2["x"',
            b'2["x"]x',
            b'3["x"]',
            b"3",
            b"1[]",
            b"0[]",
            b'05["x"]',
            b"-1",
            b"2-1[]",
            b'2\xff["x"]',
            b"0/\xff,",
            b'299999999999999999["x"]',
            b"\x1e",
            b'2["x"]\x1ebAQID',
        ],
    )
    def test_no_packet(self, payload: bytes) -> None:
        with pytest.raises(SocketIoError):
            socketio.decode(payload)

    def test_whether_the_json_is_sound_is_left_to_the_dialect(self) -> None:
        """It decodes the same bytes as its own frames, and refuses them in its own words."""
        packet = socketio.decode(b"2[1,,]")
        with pytest.raises(SocketIoError):
            socketio.arguments(packet)


class TestAttachments:
    def test_missing(self) -> None:
        with pytest.raises(SocketIoError, match="0 attachments instead of 1"):
            socketio.decode(b'51-["x",' + PLACEHOLDER + b"]")

    def test_only_so_many_attachments_are_awaited(self) -> None:
        """The number is the sender's word: nobody waits for more than may come."""
        most = socketio.MAX_ATTACHMENTS
        assert socketio.decode_text(b'5%d-["x"]' % most)[1] == most
        with pytest.raises(SocketIoError, match=f"more than {most}"):
            socketio.decode_text(b'5%d-["x"]' % (most + 1))

    def test_what_was_not_announced_is_no_part_of_an_event(self) -> None:
        with pytest.raises(SocketIoError, match="1 attachments instead of 0"):
            socketio.decode(b'2["x"]\x1e["y"]')

    @pytest.mark.parametrize("number", ["1", "-1", "true", '"0"', "null", "0.0", "1e99"])
    def test_a_placeholder_without_attachment(self, number: str) -> None:
        with pytest.raises(SocketIoError):
            socketio.decode(b'51-["x",{"_placeholder":true,"num":%b}]\x1ebAQID' % number.encode())

    @pytest.mark.parametrize("payload", [b'511-["x"]', b'50["x"]', b'5["x"]', b'21-["x"]', b'599999-["x"]'])
    def test_wrong_counts(self, payload: bytes) -> None:
        with pytest.raises(SocketIoError):
            socketio.decode(payload)

    def test_nested_too_deeply(self) -> None:
        """Depth is bounded where placeholders are looked for, and where JSON is read at all."""
        for depth in (socketio.MAX_DEPTH + 1, 100_000):
            data = b'["x",' + b"[" * depth + PLACEHOLDER + b"]" * depth + b"]"
            with pytest.raises(SocketIoError):
                socketio.decode(b"51-" + data + b"\x1ebAQID")

    def test_among_arguments(self) -> None:
        payload = socketio.event("photo", {"of": [Attachment(b"\1\2"), "Ann", Attachment(b"\3")]}, ack=7)
        packet = socketio.decode(payload)
        assert [socketio.arguments(packet), packet.ack] == [["photo", {"of": [b"\1\2", "Ann", b"\3"]}], 7]

    def test_what_is_no_json_is_our_own_mistake(self) -> None:
        with pytest.raises(TypeError):
            socketio.event("x", object())


class TestSeveralInOnePayload:
    def test_parts(self) -> None:
        """Each part becomes one message of Engine.IO, in order."""
        payload = socketio.together(socketio.event("a"), socketio.event("b", Attachment(b"\1\2")), socketio.event("c"))
        data = b'["b",' + PLACEHOLDER + b"]"
        assert [(b'2["a"]', False), (b"51-" + data, False), (b"\1\2", True), (b'2["c"]', False)] == list(
            socketio.parts(payload)
        )

    def test_the_separator_within_text(self) -> None:
        """JSON escapes it."""
        assert [list(part) for part in socketio.parts(socketio.event("a", "\x1e"))] == [[b'2["a","\\u001e"]', False]]


class TestOffsets:
    def test_behind_the_arguments(self) -> None:
        assert socketio.with_offset(b'2["a",1]', "e.5") == b'2["a",1,"e.5"]'
        assert socketio.with_offset(b'2["a"]\x1e2["b"]', "e.5") == b'2["a","e.5"]\x1e2["b","e.5"]'

    def test_with_attachments(self) -> None:
        payload = socketio.with_offset(socketio.event("a", Attachment(b"\1")), "e.5")
        assert socketio.arguments(socketio.decode(payload)) == ["a", b"\1", "e.5"]

    def test_a_client_takes_any_last_string_for_one(self) -> None:
        """So what has no position must not end with a string."""
        assert socketio.with_offset(b'2["join-room","418230975"]', None) == b'2["join-room","418230975",null]'
        assert socketio.with_offset(b'2["a",1]', None) == b'2["a",1]'

    @pytest.mark.parametrize("payload", [b'27["a",1]', b'37["a"]', b'0{"sid":"x"}', b"1"])
    def test_what_carries_none(self, payload: bytes) -> None:
        """Where an answer is wanted, a function comes last; and only events are missed."""
        assert payload == socketio.with_offset(payload, "e.5")


class TestProperties:
    @given(st.text(), st.lists(jsons, max_size=4), st.none() | st.integers(0, 10**15))
    def test_events(self, name: str, given: list[Any], ack: int | None) -> None:
        packet = socketio.decode(socketio.event(name, *given, ack=ack))
        assert (Kind.EVENT, ack, "/") == (packet.kind, packet.ack, packet.namespace)
        assert [name, *given] == json.loads(packet.data)

    @given(st.integers(0, 10**15), st.lists(jsons, max_size=4))
    def test_answers(self, ack: int, given: list[Any]) -> None:
        packet = socketio.decode(socketio.answer(ack, *given))
        assert (Kind.ACK, ack, given) == (packet.kind, packet.ack, socketio.arguments(packet))

    @given(st.lists(st.binary(), min_size=1, max_size=socketio.MAX_ATTACHMENTS))
    def test_attachments(self, contents: list[bytes]) -> None:
        packet = socketio.decode(socketio.event("x", *map(Attachment, contents)))
        assert ["x", *contents] == socketio.arguments(packet)

    @given(
        st.binary()
        | st.text().map(str.encode)
        | st.from_regex(rb"[0-6]([0-9]-)?(/[a-z]*,)?[0-9]*[\[{].*", fullmatch=True)
    )
    def test_anything_is_a_packet_or_an_error(self, payload: bytes) -> None:
        try:
            packet = socketio.decode(payload)
            if packet.kind in (Kind.EVENT, Kind.ACK):
                socketio.arguments(packet)
        except SocketIoError:
            return
        assert packet == socketio.decode(socketio.encode(packet))
