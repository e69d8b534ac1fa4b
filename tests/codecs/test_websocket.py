"""RFC 6455 as bytes: every rule a server owes, with frames whole, split at every byte, and random."""

from __future__ import annotations

import gc
import itertools
import struct
import sys
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.frames import masked

from palaver.codecs import websocket as wire
from palaver.codecs.websocket import FrameReader, ProtocolError

LIMIT = 1 << 20


def frames(reader: FrameReader, data: bytes) -> list[wire.Frame]:
    reader.feed(data)
    return list(iter(reader.next, None))


def by_whole_text(reader: FrameReader, data: bytes) -> list[wire.Frame]:
    """Read as a connection does: the short way first."""
    text = reader.whole_text(data)
    return [(wire.TEXT, text)] if text is not None else list(iter(reader.next, None))


def by_bytes(reader: FrameReader, data: bytes) -> list[wire.Frame]:
    return [frame for byte in data for frame in by_whole_text(reader, bytes([byte]))]


@pytest.fixture(params=[frames, by_whole_text, by_bytes])
def read(request: pytest.FixtureRequest) -> Callable[[bytes], list[wire.Frame]]:
    """Read bytes with a fresh reader, in one of three ways that must not differ."""
    reader = FrameReader(LIMIT)
    return lambda data: request.param(reader, data)


def violation(read: Callable[[bytes], list[wire.Frame]], data: bytes) -> int:
    with pytest.raises(ProtocolError) as caught:
        read(data)
    return caught.value.code


class TestSection52BaseFraming:
    @pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 127, 4095, 4096, 65535, 65536])
    def test_every_length_form_is_read(self, read: Callable[[bytes], list[wire.Frame]], size: int) -> None:
        payload = bytes(i % 95 + 32 for i in range(size))
        assert read(masked(wire.TEXT, payload)) == [(wire.TEXT, payload)]

    def test_binary_stays_binary(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        assert read(masked(wire.BINARY, b"\xff\x00")) == [(wire.BINARY, b"\xff\x00")]

    def test_many_frames_in_one_read_come_in_order(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        data = b"".join(masked(wire.TEXT, b"%d" % n) for n in range(50))
        assert read(data) == [(wire.TEXT, b"%d" % n) for n in range(50)]

    def test_a_frame_and_a_half_give_the_frame_then_the_rest(self) -> None:
        reader = FrameReader(LIMIT)
        second = masked(wire.TEXT, b"second" * 100)
        assert frames(reader, masked(wire.TEXT, b"first") + second[:9]) == [(wire.TEXT, b"first")]
        assert frames(reader, second[9:300]) == []
        assert frames(reader, second[300:]) == [(wire.TEXT, b"second" * 100)]
        assert reader.pending == 0

    def test_frames_that_wait_keep_their_order_when_more_is_fed(self) -> None:
        reader = FrameReader(LIMIT)
        stream = b"".join(masked(wire.TEXT, b"number %d" % n) for n in range(6))
        seen = []
        for at in range(0, len(stream), 20):
            reader.feed(stream[at : at + 20])
            seen.append(reader.next())
        seen += iter(reader.next, None)
        assert [frame for frame in seen if frame] == [(wire.TEXT, b"number %d" % n) for n in range(6)]

    @pytest.mark.parametrize("rsv", range(1, 8))
    def test_a_reserved_bit_is_1002(self, read: Callable[[bytes], list[wire.Frame]], rsv: int) -> None:
        assert violation(read, masked(wire.TEXT, b"x", rsv=rsv)) == 1002

    @pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
    def test_a_reserved_opcode_is_1002(self, read: Callable[[bytes], list[wire.Frame]], opcode: int) -> None:
        assert violation(read, masked(opcode, b"x")) == 1002

    @pytest.mark.parametrize("frame", [b"\x81\x02hi", b"\x81\x00", b"\x88\x00", b"\x81\x7e\x00\x80" + b"x" * 128])
    def test_an_unmasked_frame_is_1002(self, read: Callable[[bytes], list[wire.Frame]], frame: bytes) -> None:
        assert violation(read, frame) == 1002

    @pytest.mark.parametrize(
        "frame",
        [
            struct.pack(">BBH", 0x81, 0xFE, 125) + bytes(4) + b"x" * 125,
            struct.pack(">BBH", 0x81, 0xFE, 0) + bytes(4),
            struct.pack(">BBQ", 0x81, 0xFF, 65535) + bytes(4) + b"x" * 65535,
            struct.pack(">BBQ", 0x81, 0xFF, 1) + bytes(4) + b"x",
            struct.pack(">BBQ", 0x81, 0xFF, 1 << 63) + bytes(4),
        ],
    )
    def test_a_length_not_minimal_or_beyond_63_bits_is_1002(
        self, read: Callable[[bytes], list[wire.Frame]], frame: bytes
    ) -> None:
        assert violation(read, frame) == 1002

    def test_a_bad_head_fails_before_its_payload_arrives(self) -> None:
        assert violation(lambda data: frames(FrameReader(LIMIT), data), b"\xc1\xfe") == 1002


class TestSection54Fragmentation:
    def test_fragments_make_one_message(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        data = masked(1, b"a", fin=False) + masked(0, b"", fin=False) + masked(0, b"bc", fin=False) + masked(0, b"d")
        assert read(data) == [(wire.TEXT, b"abcd")]

    def test_control_frames_may_stand_between_fragments(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        data = masked(2, b"a", fin=False) + masked(9, b"!") + masked(0, b"b", fin=False) + masked(10) + masked(0, b"c")
        assert read(data) == [(wire.PING, b"!"), (wire.PONG, b""), (wire.BINARY, b"abc")]

    def test_a_message_may_follow_a_fragmented_one(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        data = masked(1, b"a", fin=False) + masked(0, b"b") + masked(1, b"c")
        assert read(data) == [(wire.TEXT, b"ab"), (wire.TEXT, b"c")]

    def test_a_continuation_of_nothing_is_1002(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        assert violation(read, masked(0, b"x")) == 1002

    @pytest.mark.parametrize("opcode", [1, 2])
    def test_a_message_inside_a_message_is_1002(self, read: Callable[[bytes], list[wire.Frame]], opcode: int) -> None:
        assert violation(read, masked(1, b"a", fin=False) + masked(opcode, b"b" * 9)) == 1002

    @pytest.mark.parametrize("read_second", [frames, by_whole_text])
    def test_it_is_1002_in_a_read_of_its_own_too(
        self, read_second: Callable[[FrameReader, bytes], list[wire.Frame]]
    ) -> None:
        reader = FrameReader(LIMIT)
        assert frames(reader, masked(1, b"a", fin=False)) == []
        assert violation(lambda data: read_second(reader, data), masked(1, b"b" * 9)) == 1002

    def test_endless_empty_fragments_keep_nothing(self) -> None:
        reader = FrameReader(10)
        frames(reader, masked(1, b"", fin=False) + masked(0, b"", fin=False) * 1000)
        assert reader.pending == 0

    def test_fragments_without_end_are_read_a_few_at_a_time(self) -> None:
        reader = FrameReader(LIMIT)
        reader.feed(masked(2, b"", fin=False) + masked(0, b"x", fin=False) * 100 + masked(0, b"."))
        assert reader.next() == (wire.CONTINUATION, b"")
        assert reader.pending > 200
        assert reader.next() == (wire.BINARY, b"x" * 100 + b".")


class TestSection55ControlFrames:
    @pytest.mark.parametrize("opcode", [8, 9, 10])
    def test_fragmented_is_1002(self, read: Callable[[bytes], list[wire.Frame]], opcode: int) -> None:
        assert violation(read, masked(opcode, b"", fin=False)) == 1002

    @pytest.mark.parametrize("opcode", [8, 9, 10])
    def test_over_125_bytes_is_1002(self, read: Callable[[bytes], list[wire.Frame]], opcode: int) -> None:
        assert violation(read, masked(opcode, b"\x03\xe8" + b"x" * 124)) == 1002

    @pytest.mark.parametrize("size", [0, 125])
    def test_a_ping_keeps_its_payload(self, read: Callable[[bytes], list[wire.Frame]], size: int) -> None:
        assert read(masked(9, b"\xff" * size)) == [(wire.PING, b"\xff" * size)]

    def test_the_size_limit_is_not_for_control_frames(self) -> None:
        assert frames(FrameReader(1), masked(9, b"abc")) == [(wire.PING, b"abc")]

    def test_nothing_is_read_after_a_close(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        close = struct.pack(">H", 1000) + b"bye"
        assert read(masked(8, close) + masked(1, b"late") + b"\xff\xff") == [(wire.CLOSE, close)]


class TestSection74CloseCodes:
    @pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999])
    def test_these_may_come(self, code: int) -> None:
        assert wire.read_close(struct.pack(">H", code) + "é".encode()) == (code, "é")

    @pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    def test_these_are_1002(self, read: Callable[[bytes], list[wire.Frame]], code: int) -> None:
        assert violation(read, masked(8, struct.pack(">H", code))) == 1002

    def test_half_a_code_is_1002(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        assert violation(read, masked(8, b"\x03")) == 1002

    def test_a_reason_that_is_not_utf_8_is_1007(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        assert violation(read, masked(8, b"\x03\xe8\xff")) == 1007

    def test_none_is_1005(self) -> None:
        assert wire.read_close(b"") == (1005, "")


class TestSection81Utf8:
    @pytest.mark.parametrize(
        "payload", [b"\xff", b"abc\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"x" * 200 + b"\xe2\x82"]
    )
    def test_what_is_not_utf_8_is_1007(self, read: Callable[[bytes], list[wire.Frame]], payload: bytes) -> None:
        assert violation(read, masked(1, payload)) == 1007

    def test_a_character_may_be_split_between_fragments(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        euro = "€".encode()
        assert read(masked(1, euro[:1], fin=False) + masked(0, euro[1:])) == [(wire.TEXT, euro)]

    def test_half_a_character_at_the_end_is_1007(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        assert violation(read, masked(1, b"\xe2", fin=False) + masked(0, b"\x82")) == 1007

    @pytest.mark.parametrize("cut", [0, 1])
    def test_the_part_in_which_it_shows_is_1007_whatever_follows(
        self, read: Callable[[bytes], list[wire.Frame]], cut: int
    ) -> None:
        beyond = b"\xf4\x90\x80\x80"  # shows with its second byte
        parts = masked(1, "κόσμε".encode() + beyond[:cut], fin=False) + masked(0, beyond[cut : cut + 2], fin=False)
        assert violation(read, parts) == 1007

    def test_a_text_after_a_binary_message_in_parts_is_judged_anew(
        self, read: Callable[[bytes], list[wire.Frame]]
    ) -> None:
        parts = masked(2, b"\xe2", fin=False) + masked(0, b"\xff") + masked(1, b"a", fin=False) + masked(0, b"b")
        assert read(parts) == [(wire.BINARY, b"\xe2\xff"), (wire.TEXT, b"ab")]

    def test_binary_may_be_anything(self, read: Callable[[bytes], list[wire.Frame]]) -> None:
        assert read(masked(2, b"\xff")) == [(wire.BINARY, b"\xff")]


class TestSizeLimit:
    def test_a_message_of_exactly_the_limit_passes(self) -> None:
        for read in (frames, by_whole_text, by_bytes):
            assert read(FrameReader(200), masked(1, b"x" * 200)) == [(wire.TEXT, b"x" * 200)]

    @pytest.mark.parametrize("size", [101, 126, 200, 70000])
    def test_one_byte_more_is_1009_from_its_head_alone(self, size: int) -> None:
        start = masked(1, b"x" * size)[: 2 if size < 126 else 4 if size < 65536 else 10]
        assert violation(lambda data: frames(FrameReader(100), data), start) == 1009

    def test_whole_frames_over_the_limit_are_1009(self) -> None:
        for size in (101, 200):
            assert violation(lambda data: by_whole_text(FrameReader(100), data), masked(1, b"x" * size)) == 1009

    def test_fragments_count_together(self) -> None:
        reader = FrameReader(100)
        assert frames(reader, masked(1, b"x" * 60, fin=False)) == []
        assert violation(lambda data: frames(reader, data), masked(0, b"x" * 41)) == 1009

    def test_it_can_grow_between_two_frames_of_one_read(self) -> None:
        reader = FrameReader(10)
        reader.feed(masked(1, b"login") + masked(1, b"x" * 11))
        assert reader.next() == (wire.TEXT, b"login")
        reader.limit = 11
        assert reader.next() == (wire.TEXT, b"x" * 11)

    def test_it_can_shrink(self) -> None:
        reader = FrameReader(10)
        reader.limit = 4
        assert violation(lambda data: by_whole_text(reader, data), masked(1, b"login")) == 1009


class TestFailing:
    def test_a_good_frame_before_a_bad_one_is_delivered_first(self) -> None:
        reader = FrameReader(LIMIT)
        reader.feed(masked(1, b"good") + b"\xff\xff\xff")
        assert reader.next() == (wire.TEXT, b"good")
        with pytest.raises(ProtocolError):
            reader.next()

    def test_afterwards_everything_is_dropped(self) -> None:
        reader = FrameReader(LIMIT)
        assert violation(lambda data: frames(reader, data), b"\x81\x00") == 1002
        assert by_whole_text(reader, masked(1, b"late")) == []
        assert reader.pending == 0


MESSAGES = st.lists(st.one_of(st.text(max_size=300).map(str.encode), st.binary(max_size=300)), max_size=6)
FRAGMENTS = st.builds(masked, st.sampled_from([0, 1, 2, 9]), st.binary(max_size=125), fin=st.booleans())


class TestProperties:
    @given(messages=MESSAGES, cuts=st.lists(st.integers(0, 400), max_size=8), data=st.data())
    def test_messages_cut_into_fragments_and_chunks_come_out_whole(
        self, messages: list[bytes], cuts: list[int], data: st.DataObject
    ) -> None:
        stream = b""
        for payload in messages:
            at = data.draw(st.integers(0, len(payload)))
            mask = data.draw(st.binary(min_size=4, max_size=4))
            stream += masked(2, payload[:at], fin=False, mask=mask) + masked(9) + masked(0, payload[at:], mask=mask)
        edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
        reader = FrameReader(LIMIT)
        seen = [frame for a, b in itertools.pairwise(edges) for frame in by_whole_text(reader, stream[a:b])]
        assert [payload for opcode, payload in seen if opcode == wire.BINARY] == messages

    @given(chunks=st.lists(st.one_of(st.binary(max_size=200), FRAGMENTS), max_size=20))
    @example(chunks=[b"\x01\x80\x00\x00\x00\x00", b"\x81\x80\x00\x00\x00\x00"])
    def test_garbage_raises_only_the_protocol_error_and_is_never_kept(self, chunks: list[bytes]) -> None:
        reader, code = FrameReader(200), None
        for chunk in chunks:
            try:
                sizes = [len(payload) for _opcode, payload in by_whole_text(reader, chunk)]
            except ProtocolError as error:
                sizes, code = [], error.code
            assert max(sizes, default=0) <= 200
            assert reader.pending <= (0 if code else 200 + 131)  # beside the message one unfinished control frame
        assert code in (None, 1002, 1007, 1009)

    @given(
        frames_in=st.lists(
            st.tuples(
                st.sampled_from([0, 1, 2, 8, 9, 10]),
                st.binary(max_size=90),
                st.booleans(),
                st.sampled_from([0, 0, 0, 1]),
            ),
            max_size=8,
        )
    )
    def test_one_byte_at_a_time_says_the_same_as_all_at_once(
        self, frames_in: list[tuple[int, bytes, bool, int]]
    ) -> None:
        stream = b"".join(masked(op, payload, fin=fin, rsv=rsv) for op, payload, fin, rsv in frames_in)

        def outcome(read: Callable[[FrameReader, bytes], list[wire.Frame]]) -> list[object]:
            reader, seen = FrameReader(100), []
            try:
                for piece in [stream] if read is frames else [bytes([byte]) for byte in stream]:
                    reader.feed(piece)
                    while (frame := reader.next()) is not None:
                        seen.append(frame)
            except ProtocolError as error:
                seen.append(error.code)
            return seen

        assert outcome(frames) == outcome(by_bytes)


class TestWhatIsHeld:
    def test_the_fragments_of_an_unfinished_message_count(self) -> None:
        reader = FrameReader(LIMIT)
        assert frames(reader, masked(1, b"a" * 300, fin=False)) == []
        assert reader.pending == 300

    def test_a_big_chunk_does_not_outlive_its_frames(self) -> None:
        """What waits for its end is a copy, so that the chunk it came in can be forgotten."""
        reader = FrameReader(LIMIT)
        assert len(frames(reader, masked(2, b"a" * 50_000) + masked(1, b"b" * 1000)[:10])) == 1
        assert sum(map(sys.getsizeof, gc.get_referents(reader))) < 5_000


class TestEncoders:
    @pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
    @pytest.mark.parametrize(("encode", "opcode"), [(wire.text_frame, 1), (wire.binary_frame, 2)])
    def test_the_head_has_the_shortest_form(self, encode: Callable[[bytes], bytes], opcode: int, size: int) -> None:
        frame = encode(b"x" * size)
        form = b"" if size < 126 else struct.pack(">H", size) if size < 65536 else struct.pack(">Q", size)
        assert frame[:2] == bytes((0x80 | opcode, size if size < 126 else 126 if size < 65536 else 127))
        assert frame[2:] == form + b"x" * size
        assert list(wire.unframed(frame + frame)) == [(opcode, b"x" * size)] * 2

    def test_pings_and_pongs_are_bare(self) -> None:
        assert (wire.ping_frame(b"a"), wire.pong_frame(b"bc")) == (b"\x89\x01a", b"\x8a\x02bc")
        with pytest.raises(ValueError, match="125"):
            wire.ping_frame(b"x" * 126)

    def test_a_close_frame_carries_code_and_reason(self) -> None:
        assert wire.close_frame(1000, "bye") == b"\x88\x05\x03\xe8bye"
        assert wire.close_frame() == b"\x88\x00"

    @given(reason=st.text(max_size=200))
    def test_a_long_reason_is_cut_between_characters(self, reason: str) -> None:
        frame = wire.close_frame(1011, reason)
        text = frame[4:].decode()
        assert len(frame) <= 127
        assert reason.startswith(text)
        assert text == reason or len(frame) > 127 - 4

    @pytest.mark.parametrize("code", [0, 1004, 1006, 1015, 2999, 5000])
    def test_a_code_that_must_not_be_sent_is_refused(self, code: int) -> None:
        with pytest.raises(ValueError, match=str(code)):
            wire.close_frame(code)
