"""Words out of HTML, and whether the bot is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.bot.texts import MAX_INPUT_CHARS, addressed, plain


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>hello</p>", "hello"),
        ("<p>a &amp; <strong>b</strong></p>\n<p>c</p>", "a & b c"),
        ("one<br>two", "one two"),
        ('<p>see <img src="x"></p>', "see inline embedded image"),
        ("<b>x", "x"),
        ("a <![x y", "a <![x y"),
        ("", ""),
    ],
)
def test_a_message_is_read_as_words(html: str, words: str) -> None:
    assert plain(html) == words


@given(st.text(max_size=3_000))
def test_anything_can_be_read(html: str) -> None:
    assert len(plain(html)) <= MAX_INPUT_CHARS


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("robo how are you", "how are you"),
        ("@ROBO: how are you", "how are you"),
        ("how are you, robo?", "how are you"),
        ("how are you @robo", "how are you"),
        ("robo", None),
        ("robot how are you", None),
        ("how is robo today", None),
    ],
)
def test_who_names_the_bot_at_either_end_means_it(text: str, rest: str | None) -> None:
    assert addressed(text, ("robo",)) == rest


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_name_may_be_looked_for(text: str, name: str) -> None:
    addressed(text, (name, ""))
