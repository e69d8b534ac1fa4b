"""A site's expressions: what RE2 takes, and what it does with what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.filters import MessageFilter, judge
from palaver.integrations.patterns import BadPattern, compiled


@pytest.mark.parametrize("expression", ["(", "[a", r"(a)\1", "(?=a)", "a" * 1_001, "", "a*", "(?i)b|"])
def test_what_re2_does_not_take_or_would_match_everything_is_a_problem(expression: str) -> None:
    with pytest.raises(BadPattern):
        compiled(expression)


def test_an_expression_finds_and_replaces_text_of_any_script() -> None:
    pattern = compiled("(?i)CAFÉ")
    assert pattern.search("ein café, bitte") is not None
    assert pattern.sub(lambda hit: "*" * len(hit.group()), "ein Café, bitte") == "ein ****, bitte"


def test_catastrophic_expressions_end() -> None:
    """The hole of §10.3: in a backtracking engine this text would take longer than the sun has left."""
    assert compiled("(a+)+$").search("a" * 9_999 + "!") is None


@given(st.text(max_size=50))
def test_any_text_can_be_judged(text: str) -> None:
    judge((MessageFilter((compiled("(?i)darn|[ü-ÿ]{2}"),), censor=True),), text, direct=False)
