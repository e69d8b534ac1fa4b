"""Refusals: each has its own code, and a sentence that its parameters fill."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

import pytest

from palaver.core import errors
from palaver.core.errors import Refusal


def every(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Go through the family of the core; the web layer has answers of its own, and may be loaded or not."""
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield below
            yield from every(below)


def drawn() -> list[str]:
    """Return the codes in the tree at the top of the module."""
    tree = (errors.__doc__ or "").split("\n\n")[1]
    words = tree.replace(",", " ").split()
    return [word for word in words if word.replace("_", "").isalpha() and word.islower()]


LEAVES = [kind for kind in every() if not list(every(kind))]


def test_no_two_refusals_share_a_code() -> None:
    codes = [kind.code for kind in every()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.code)
def test_every_refusal_stands_in_the_tree(kind: type[Refusal]) -> None:
    assert kind.code in drawn()


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.code)
def test_every_sentence_ends_and_is_filled(kind: type[Refusal]) -> None:
    names = [name for _, name, _, _ in Formatter().parse(kind.sentence) if name]
    refusal = kind(**dict.fromkeys(names, "{x}"))
    assert refusal.text.count("{x}") == len(names)
    assert kind.sentence[-1] in ".}"


def test_a_parameter_that_is_missing_or_none_is_left_out() -> None:
    assert errors.NoSuchRoom(room=None).params == {}
    assert errors.NoSuchRoom().text == "There is no room ."


def test_what_people_wrote_is_not_read_as_a_format() -> None:
    assert errors.NoSuchRoom(room="{room} {0.__class__}").text == "There is no room {room} {0.__class__}."
