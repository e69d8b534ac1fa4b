"""Packets and payloads of Engine.IO against examples of its protocol documents and wire notes, and against themselves."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.codecs import engineio
from palaver.codecs.engineio import EngineIoError, Kind, Packet

HELLO = Packet(Kind.MESSAGE, b"hello")
EUROS = Packet(Kind.MESSAGE, "€€€".encode())
BYTES = Packet(Kind.MESSAGE, b"\x01\x02\x03", binary=True)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1e")).map(str.encode)
packets = st.builds(Packet, st.sampled_from(Kind), texts) | st.builds(
    Packet, st.just(Kind.MESSAGE), st.binary(), st.just(True)
)
payloads = st.lists(packets, min_size=1, max_size=8)


class TestPackets:
    @pytest.mark.parametrize(
        ("packet", "text"),
        [
            (HELLO, b"4hello"),
            (Packet(Kind.PING, b"probe"), b"2probe"),
            (Packet(Kind.PONG), b"3"),
            (Packet(Kind.CLOSE), b"1"),
            (Packet(Kind.UPGRADE), b"5"),
            (Packet(Kind.NOOP), b"6"),
        ],
    )
    def test_text(self, packet: Packet, text: bytes) -> None:
        """The type is a digit before the data."""
        assert text == engineio.encode(packet)
        assert packet == engineio.decode(text)

    @pytest.mark.parametrize("text", [b"", b"7", b"9x", b"x", b" 4"])
    def test_no_packet(self, text: bytes) -> None:
        with pytest.raises(EngineIoError):
            engineio.decode(text)

    def test_binary_frames(self) -> None:
        """Revision 3 has the type before the bytes, revision 4 nothing."""
        assert engineio.encode_binary(BYTES.data, 3) == b"\x04\x01\x02\x03"
        assert engineio.encode_binary(BYTES.data, 4) == b"\x01\x02\x03"
        assert engineio.decode_binary(b"\x04\x01\x02\x03", 3) == BYTES
        assert engineio.decode_binary(b"\x01\x02\x03", 4) == BYTES

    @pytest.mark.parametrize("data", [b"", b"\x02", b"4abc"])
    def test_only_messages_are_binary(self, data: bytes) -> None:
        with pytest.raises(EngineIoError):
            engineio.decode_binary(data, 3)

    def test_handshake(self) -> None:
        """The largest payload is a word of revision 4."""
        old = engineio.handshake("s", upgrades=["websocket"], ping_interval_ms=25000, ping_timeout_ms=5000)
        new = engineio.handshake("s", upgrades=[], ping_interval_ms=25000, ping_timeout_ms=20000, max_payload=9)
        expected = b'0{"sid":"s","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}'
        assert expected == engineio.encode(old)
        assert msgspec.json.decode(new.data) == {
            "sid": "s",
            "upgrades": [],
            "pingInterval": 25000,
            "pingTimeout": 20000,
            "maxPayload": 9,
        }


class TestRevision3:
    def test_text(self) -> None:
        """A length counts UTF-16 code units, not bytes."""
        assert b"6:4hello4:4" + "€€€".encode() == engineio.encode_text_payload([HELLO, EUROS])

    def test_astral_characters_count_twice(self) -> None:
        """Lengths are JavaScript's: 26 for 25 characters in 29 bytes."""
        body = '26:42["update-name","Zoë 😀"]'.encode()
        assert [Packet(Kind.MESSAGE, '2["update-name","Zoë 😀"]'.encode())] == engineio.decode_text_payload(body)
        assert body == engineio.encode_text_payload(engineio.decode_text_payload(body))
        last_of_the_plane = Packet(Kind.MESSAGE, "\uffff".encode())
        assert engineio.encode_text_payload([last_of_the_plane]) == b"2:4" + "\uffff".encode()

    def test_base64(self) -> None:
        """Clients that take no bytes get them as text."""
        assert engineio.encode_text_payload([HELLO, BYTES]) == b"6:4hello6:b4AQID"
        assert engineio.decode_text_payload(b"6:4hello6:b4AQID") == [HELLO, BYTES]

    def test_binary(self) -> None:
        """Text and bytes in one body, each with its length digit by digit."""
        body = bytes([0, 6, 255, *b"4hello", 1, 4, 255, 4, 1, 2, 3])
        assert body == engineio.encode_binary_payload([HELLO, BYTES])
        assert engineio.decode_binary_payload(body) == [HELLO, BYTES]

    @pytest.mark.parametrize(
        "body",
        [
            "",
            ":",
            "0:",
            "x:4",
            "-1:4",
            "1.0:4",
            "2:4",
            "5:4hello",
            "7:4hello",
            "6:4helloX",
            "1:7",
            "2:4😀",
            "²:44",
            "4:b4??",
            "4:b3AQ",
            "6:b3AQID",
            "\u3a31\u0100:4",  # what ends a length, but a byte too early
            "9" * 40 + ":4",
            "1",
            "12345678901:4",
        ],
    )
    def test_wrong_text(self, body: str) -> None:
        with pytest.raises(EngineIoError):
            engineio.decode_text_payload(body.encode())

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\x00",
            b"\x00\xff4",
            b"\x02\x01\xff4",
            b"\x00\x02\xff4",
            b"\x00\n\xff4",
            b"\x00\n\xff" + b"4" * 10,
            b"\x00\x02\xff4\xff",
            b"\x00\x01\xff\xff",
            b"\x01\x01\xff\x02",
            b"\x00" + b"\t" * 20 + b"\xff4",
        ],
    )
    def test_wrong_binary(self, body: bytes) -> None:
        with pytest.raises(EngineIoError):
            engineio.decode_binary_payload(body)

    def test_too_many(self) -> None:
        """A body of a thousand thousand pings is not taken apart to its end."""
        with pytest.raises(EngineIoError, match="more than"):
            engineio.decode_text_payload(b"1:2" * (engineio.MAX_PACKETS + 1))
        with pytest.raises(EngineIoError, match="more than"):
            engineio.decode_binary_payload(b"\x00\x01\xff2" * (engineio.MAX_PACKETS + 1))
        assert len(engineio.decode_text_payload(b"1:2" * engineio.MAX_PACKETS)) == engineio.MAX_PACKETS
        assert len(engineio.decode_binary_payload(b"\x00\x01\xff2" * engineio.MAX_PACKETS)) == engineio.MAX_PACKETS

    @given(payloads)
    def test_round_trip(self, packets: list[Packet]) -> None:
        assert packets == engineio.decode_text_payload(engineio.encode_text_payload(packets))
        assert packets == engineio.decode_binary_payload(engineio.encode_binary_payload(packets))

    @given(texts)
    def test_length_is_that_of_utf16(self, text: bytes) -> None:
        assert len(text.decode().encode("utf-16-le")) // 2 == engineio.utf16_units(text)

    @given(st.binary() | texts)
    def test_anything_is_packets_or_an_error(self, body: bytes) -> None:
        for decode in (engineio.decode_text_payload, engineio.decode_binary_payload):
            try:
                assert decode(body)
            except EngineIoError:
                continue


class TestRevision4:
    def test_payload(self) -> None:
        assert b"4hello\x1e4" + "€€€".encode() == engineio.encode_payload([HELLO, EUROS])
        assert engineio.encode_payload([HELLO, BYTES]) == b"4hello\x1ebAQID"
        assert engineio.decode_payload(b"4hello\x1ebAQID") == [HELLO, BYTES]

    @pytest.mark.parametrize("body", [b"", b"\x1e", b"4a\x1e", b"9", b"b?", b"bAQI", b"4\xff", b"abc"])
    def test_wrong(self, body: bytes) -> None:
        with pytest.raises(EngineIoError):
            engineio.decode_payload(body)

    def test_too_many(self) -> None:
        with pytest.raises(EngineIoError, match="more than"):
            engineio.decode_payload(b"\x1e".join([b"2"] * (engineio.MAX_PACKETS + 1)))
        assert len(engineio.decode_payload(b"\x1e".join([b"2"] * engineio.MAX_PACKETS))) == engineio.MAX_PACKETS

    @given(payloads)
    def test_round_trip(self, packets: list[Packet]) -> None:
        assert packets == engineio.decode_payload(engineio.encode_payload(packets))

    @given(st.binary() | texts)
    def test_anything_is_packets_or_an_error(self, body: bytes) -> None:
        try:
            assert engineio.decode_payload(body)
        except EngineIoError:
            return
