"""What all dialects have in common in reading JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.errors import Malformed
from palaver.dialects.base import MENDED_BYTES, heard, whole_characters

ANY = msgspec.json.Decoder()


def browsers_own(text: str) -> str:
    """Return a text with a mark for each half of a pair that stands alone (WebIDL, USVString)."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@given(
    st.lists(st.sampled_from(["\ud83d", "\ude00", "\\", "u", "d83d", '"', "é", "😀", "\n"]), max_size=8).map("".join)
)
def test_half_a_character_is_read_as_browsers_read_it(text: str) -> None:
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    assert heard(ANY, json.dumps({"text": text}).encode()) == {"text": browsers_own(whole)}


@pytest.mark.parametrize("payload", [b'{"a":"\\u00e9 \\ud83d\\ude00 \\\\ud83d"}', b"{}", b'{"a":"\\ud8"}', b"\\"])
def test_what_has_no_half_is_left_as_it_is(payload: bytes) -> None:
    assert whole_characters(payload) == payload


@pytest.mark.parametrize(
    "payload", [b'["\\ud83d"', b'["\\ud83d", NaN]', b'"' + b"\\ud83d" * (MENDED_BYTES // 6 + 1) + b'"']
)
def test_what_is_no_json_besides_is_refused(payload: Any) -> None:
    with pytest.raises(Malformed):
        heard(ANY, payload)
