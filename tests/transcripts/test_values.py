"""The comparison of a transcript's values: each kind lets through its own only, and a label names one value."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import NOW
from tests.transcripts.values import Mismatch, Values

ONE_OF_EACH = {
    "session": "0123456789abcdef0123456789abcdef",
    "uuid": "01234567-89ab-cdef-0123-456789abcdef",
    "room": "abcd-efgh-ijkl",
    "letters": "abcdefghijklmnop",
    "img": "img:abcdefghijklmnopqrst/abcdefghijkl/picture.png",
    "id": 2**52,
    "figures": {"one": 1},
}
NEVER: list[Any] = [None, True, False, "", 1.5, [], {"one": "1"}, -1]


def compared(expected: Any, actual: Any, values: Values) -> None:
    values.compare(expected, actual, "")


def values() -> Values:
    return Values(lambda label: f"token of {label}")


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_a_kind_is_what_it_says(kind: str) -> None:
    compared(f"${kind}", ONE_OF_EACH[kind], values())
    for other in NEVER:
        with pytest.raises(Mismatch):
            compared(f"${kind}", other, values())


@pytest.mark.parametrize("kind", ["token", "seq", "text", "epoch", "integer", "hex", "png"])
@pytest.mark.parametrize("other", [None, True, "", 1.5, [], {}], ids=repr)
def test_loose_kinds_refuse_what_is_of_no_such_type(kind: str, other: Any) -> None:
    with pytest.raises(Mismatch):
        compared(f"${kind}", other, values())


def test_a_label_names_one_value_and_a_value_has_one_label() -> None:
    held = values()
    compared("$text:one", "a", held)
    compared("$text:one", "a", held)
    with pytest.raises(Mismatch):
        compared("$text:one", "b", held)
    with pytest.raises(Mismatch):
        compared("$text:two", "a", held)
    compared("$text:two", "b", held)


def test_times_are_moments_of_the_conversation_or_so_many_seconds_later() -> None:
    held = values()
    held.moments.append(NOW + 60)
    for good, time in [("$ms", NOW * 1000), ("$ms", (NOW + 60) * 1000), ("$s", NOW), ("$time", "2026-01-01T00:01:00Z")]:
        compared(good, time, held)
    compared("$ms:in 3600", (NOW + 3660) * 1000, held)
    for bad, time in [
        ("$ms", (NOW + 30) * 1000),
        ("$s", str(NOW)),
        ("$ms:in 3600", NOW * 1000),
        ("$time", "2026-01-01"),
    ]:
        with pytest.raises(Mismatch):
            compared(bad, time, held)


@pytest.mark.parametrize(("expected", "actual"), [(1, True), (0, False), (1, 1.0), ("1", 1), (None, ""), ({}, [])])
def test_values_of_unlike_types_differ(expected: Any, actual: Any) -> None:
    with pytest.raises(Mismatch):
        compared(expected, actual, values())


def test_what_was_never_told_cannot_be_sent() -> None:
    with pytest.raises(Mismatch, match=r"nobody was told \$session:ana"):
        values().filled({"to": "$session:ana"})
