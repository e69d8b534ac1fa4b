"""Rules on words: which of them meets a text, and what is left of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.filters import MessageFilter, judge


def rule(pattern: str, **options: bool | str) -> MessageFilter:
    return MessageFilter((re.compile(pattern),), **options)  # type: ignore[arg-type]


def test_the_first_filter_with_a_hit_wins() -> None:
    filters = (rule("cat", response="first"), rule("c", response="second"))
    verdict = judge(filters, "a cat", direct=False)
    assert verdict is not None
    assert verdict.response == "first"
    later = judge(filters, "a cow", direct=False)
    assert later is not None
    assert later.response == "second"
    assert judge(filters, "nothing", direct=False) is None


@pytest.mark.parametrize(("direct", "held"), [(False, {"channels": False}), (True, {"direct": False})])
def test_a_filter_reads_only_where_it_is_said_to(direct: bool, held: dict[str, bool]) -> None:
    assert judge((rule("cat"),), "cat", direct=direct) is not None
    assert judge((rule("cat", **held),), "cat", direct=direct) is None
    assert judge((rule("cat", **held),), "cat", direct=not direct) is not None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a cat and a cat", "a *** and a ***"),
        ("no café here", "no ***** here"),  # as many as it had bytes
        ("cat", "\u2060***"),  # alone on a line it would be a rule in Markdown
        ("one\ncat\ntwo", "one\n\u2060***\ntwo"),
    ],
)
def test_what_matched_becomes_asterisks_of_its_length_in_bytes(text: str, left: str) -> None:
    verdict = judge((rule("cat|café", censor=True),), text, direct=False)
    assert verdict is not None
    assert verdict.text == left


HIDDEN = [
    *("c**a**t", "c_a_t", "ca\u200bt", "c\u2060at", "c\u00adat", "~~c~~at", "c`a`t", "c\\at", "\uff43\uff41\uff54"),
    *("c<b></b>at", "c<!-- -->at", "&#99;at", "&#x63;&#97;t", "c[a](https://x.test/)t", "c[](x)at", "[c]at"),
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_marks_and_letters_without_width_hide_no_word(hidden: str) -> None:
    verdict = judge((rule("cat", censor=True),), f"a {hidden}!", direct=False)
    assert verdict is not None
    assert set(verdict.text.replace("\u2060", "")) == {"*"}


@given(st.text(max_size=80))
def test_what_is_not_censored_is_left_as_it_is(text: str) -> None:
    verdict = judge((rule(".", report=True),), text, direct=False)
    assert verdict is None or verdict.text == text
