"""What a stream is told: one event of three lines at most, whatever somebody posts."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.devices import DevicePosted
from palaver.core.ids import DeviceId, SessionId, UserId
from palaver.core.participants import Author
from palaver.core.rooms import RoomClosed
from palaver.core.sessions import Position
from palaver.dialects.beep.render import render
from palaver.dialects.beep.scripts import encode_uri, string_of

HERE = Position("e", 1)
SENDER = Author(SessionId("0" * 32), "u-1", user=UserId("site:u-1"))

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def posted(payload: Any, word: str = "", *, sender: Author = SENDER, device: str | None = "web") -> DevicePosted:
    raw = msgspec.Raw(json.dumps(payload).encode())
    return DevicePosted(sender, DeviceId("phone"), word, raw, DeviceId(device) if device else None)


def lines(event: DevicePosted) -> list[str]:
    frame = render(event, HERE)
    assert frame is not None
    assert frame.endswith(b"\n\n")
    return frame.decode()[:-2].split("\n")


@pytest.mark.parametrize(
    ("payload", "word", "data"),
    [
        ("v=0\r\ns=-", "offer", "v=0%0D%0As=-"),
        ("100 %+é", "", "100%20%25+%C3%A9"),
        (True, "x", "true"),
        (7, "", "7"),
        (1.5, "", "1.5"),
        ({"a": "b c"}, "offer", "%7B%22a%22:%22b%20c%22%7D"),
        ({"a": "b c"}, "", '{"a":"b c"}'),
        ([1, {"x": None}], "", '[1,{"x":null}]'),
        (None, "", "null"),
    ],
)
def test_data_is_encoded_but_for_an_object_without_a_word(payload: Any, word: str, data: str) -> None:
    expected = ["id: u-1:web", *([f"event: {word}"] if word else []), f"data: {data}"]
    assert lines(posted(payload, word)) == expected


def test_an_object_keeps_the_order_and_the_spelling_of_its_sender() -> None:
    raw = msgspec.Raw(b'{ "b" : 1.50,\n "a" : "\\u00e9" }')
    assert lines(DevicePosted(SENDER, DeviceId("x"), "", raw, DeviceId("web")))[1] == 'data: {"b":1.50,"a":"\\u00e9"}'


def test_somebody_from_another_wire_is_named_by_handle_and_session() -> None:
    guest = Author(SessionId("f" * 32), "bob")
    assert lines(posted("x", sender=guest, device=None))[0] == f"id: bob:{'f' * 32}"


@pytest.mark.parametrize(
    ("user", "device", "said"),
    [("a:b", "c", "a%3Ab:c"), ("a", "b:c", "a:b:c"), ("a\nid: x", "b\rc", "a%0Aid%3A%20x:b%0Dc")],
)
def test_no_name_is_taken_for_another_or_ends_a_line(user: str, device: str, said: str) -> None:
    sender = Author(SessionId("0"), "x", user=UserId(f"site:{user}"))
    if ": " in user:
        said = said.replace("%3A%20", "%253A%20")
    assert lines(posted("x", sender=sender, device=device))[0] == f"id: {said}"


def test_other_events_have_no_word_here() -> None:
    assert render(RoomClosed(room="lobby"), HERE) is None  # type: ignore[arg-type]


@given(payload=JSON, word=st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), max_size=20))
def test_whatever_is_posted_is_one_event_and_is_read_back(payload: Any, word: str) -> None:
    frame = render(posted(payload, word), HERE)
    assert frame is not None
    fields = dict(line.split(": ", 1) for line in re.split(r"\r\n|\r|\n", frame.decode()[:-2]))
    assert list(fields) == (["id", "event", "data"] if word else ["id", "data"])
    assert fields.get("event", "") == word
    data = fields["data"]
    if isinstance(payload, str):
        assert unquote(data) == payload
    elif isinstance(payload, dict | list):
        assert json.loads(unquote(data) if word else data) == payload


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1.5e-7, "1.5e-7"),
        (0.00001, "0.00001"),
        (0.000015, "0.000015"),
        (-2.5, "-2.5"),
        (1.25e300, "1.25e+300"),
        (None, "null"),
        (False, "false"),
        ([1, None, [2, "x"], [], [[], 3]], "1,,2,x,,,3"),
        ({}, "[object Object]"),
    ],
)
def test_values_become_text_as_in_a_script(value: Any, text: str) -> None:
    assert string_of(value) == text


def test_a_list_becomes_text_however_deeply_it_is_nested() -> None:
    nested = json.loads("[" * 450 + "1" + "]" * 450)
    assert string_of(nested) == "1"


def test_the_unescaped_set_is_that_of_encode_uri() -> None:
    kept = "ABCXYZabcxyz0189;,/?:@&=+$-_.!~*'()#"
    assert encode_uri(kept) == kept
    assert encode_uri(' "%<>[]\\^`{|}') == "%20%22%25%3C%3E%5B%5D%5C%5E%60%7B%7C%7D"
    assert encode_uri("𝄞") == "%F0%9D%84%9E"
