"""The text/event-stream format, read back as the HTML standard says a client reads it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.codecs import sse


def dispatched(stream: bytes) -> list[tuple[str, str, str]]:
    """Read a stream as §9.2.6 says: (event, data, last id) of each event."""
    events, data, kind, last_id = [], "", "", ""
    for line in re.split(r"\r\n|\r|\n", stream.decode()):
        if not line:
            if data:
                events.append((kind or "message", data.removesuffix("\n"), last_id))
            data, kind = "", ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data += value + "\n"
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return events


class TestEvent:
    def test_every_field_has_its_line(self) -> None:
        assert sse.event("hi", event="offer", id="7", retry_ms=1000) == (
            b"id: 7\nevent: offer\nretry: 1000\ndata: hi\n\n"
        )

    @pytest.mark.parametrize("data", ["a\nb", "a\r\nb", "a\rb"])
    def test_lines_of_data_arrive_as_lines(self, data: str) -> None:
        assert dispatched(sse.event(data)) == [("message", "a\nb", "")]

    @pytest.mark.parametrize("data", ["a\u2028b", "a\x0bb", "a\x85b", " a", "a:b", ": a", "é"])
    def test_nothing_else_splits_or_hides_a_line(self, data: str) -> None:
        assert dispatched(sse.event(data)) == [("message", data, "")]

    def test_an_empty_last_line_is_kept(self) -> None:
        assert dispatched(sse.event("a\n")) == [("message", "a\n", "")]

    def test_without_data_only_id_and_delay_are_set(self) -> None:
        assert sse.event(None, id="7", retry_ms=5) == b"id: 7\nretry: 5\n\n"

    @pytest.mark.parametrize("bad", ["a\nb", "a\rb", "\r\n", "a\0b"])
    @pytest.mark.parametrize("field", ["event", "id"])
    def test_event_and_id_are_one_line(self, field: str, bad: str) -> None:
        with pytest.raises(ValueError, match=field):
            sse.event("x", **{field: bad})  # type: ignore[arg-type]

    @given(
        data=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        kind=st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1),
    )
    def test_what_goes_in_comes_out(self, data: str, kind: str) -> None:
        expected = re.sub(r"\r\n|\r", "\n", data)
        assert dispatched(sse.event(data, event=kind, id=kind) + sse.event("next")) == [
            (kind, expected, kind),
            ("message", "next", kind),
        ]


class TestComment:
    def test_it_dispatches_nothing(self) -> None:
        assert sse.comment() == b":\n\n"
        assert dispatched(sse.comment("data: x\ndata: y") + sse.event("z")) == [("message", "z", "")]
