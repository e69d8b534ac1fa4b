"""Knows what somebody probably meant who wrote an unknown key or a value of the wrong type."""

from __future__ import annotations

import datetime
import difflib
import functools
import math
from typing import Any, Literal, get_args, get_origin

from palaver.config.options import entries, heading, table_of
from palaver.config.settings import Settings

Place = tuple[tuple[str, ...], str]
"""The tables around a key, and the key."""


def unknown(key: str, table: tuple[str, ...], value: Any) -> str:
    """Return the sentence about a key or table that does not exist."""
    what = (
        f"[{'.'.join((*table, key))}] is no table"
        if isinstance(value, dict)
        else f"{_written(table, key)} is no option"
    )
    best = _nearest(key, table)
    return f"{what} here{_hint(best, key, table)}"


def wrong_kind(kind: Any, value: Any) -> str | None:
    """Return the complaint about a value of the wrong type, without showing the value, which may be a secret."""
    test, wanted = _KINDS.get(get_origin(kind) or kind, (None, ""))
    if get_origin(kind) is Literal:
        return _wrong_choice(get_args(kind), value)
    if table_of(kind) and kind is not table_of(kind):
        wanted = "tables, each under a heading in double brackets, [[…]]"
    if test is None or test(value):
        return None
    return f"must be {wanted}, not {_given(value)}{_mended(kind, value)}"


def _wrong_choice(choices: tuple[Any, ...], value: Any) -> str | None:
    if value in choices and isinstance(value, str):
        return None
    near = difflib.get_close_matches(value.lower(), [c.lower() for c in choices], 1) if isinstance(value, str) else []
    meant = next((f'; did you mean "{choice}"?' for choice in choices if choice.lower() in near), "")
    return "must be one of " + ", ".join(f'"{choice}"' for choice in choices) + meant


_KINDS: dict[Any, tuple[Any, str]] = {
    bool: (lambda value: isinstance(value, bool), "true or false"),
    int: (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    float: (
        lambda value: math.isfinite(value) if isinstance(value, float) else type(value) is int,
        "a number",
    ),
    str: (lambda value: isinstance(value, str), "text in quotes"),
    tuple: (lambda value: isinstance(value, list), "a list in brackets"),
    dict: (lambda value: isinstance(value, dict), "a table"),
}

_GIVEN: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number with a fraction"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
    ((datetime.date, datetime.time), "a date"),
)


def _given(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "infinity or no number at all"
    return next((words for kind, words in _GIVEN if isinstance(value, kind)), "that")


def _mended(kind: Any, value: Any) -> str:
    if get_origin(kind) is tuple and isinstance(value, str):
        return "; put brackets around it"
    if kind is str and not isinstance(value, list | dict):
        return "; put quotes around it"
    if isinstance(value, str) and kind in {bool, int, float}:
        return "; take the quotes away"
    return ""


@functools.cache
def _places() -> tuple[Place, ...]:
    """Every key and table of the file."""
    found: dict[Place, None] = {}
    for entry in entries(Settings):
        for end in range(1, len(entry.table) + 1):
            found[entry.table[: end - 1], entry.table[end - 1]] = None
        found[entry.table, entry.key] = None
    return tuple(found)


def _nearest(key: str, table: tuple[str, ...]) -> Place | None:
    folded = [part.lower() for part in table]
    near = _closest(key, [place for place in _places() if [part.lower() for part in place[0]] == folded])
    if near is not None:
        return near
    same_name = [place for place in _places() if place[1].lower() == key.lower()]
    for places in ([place for place in same_name if place[1] == key], same_name):
        # A name of many tables, such as Enabled, says nothing of which one is meant.
        if len(places) == 1:
            return places[0]
    return None if same_name else _closest(key, list(_places()))


def _closest(key: str, places: list[Place]) -> Place | None:
    names = {place[1].lower(): place for place in reversed(places)}
    near = difflib.get_close_matches(key.lower(), names, 1, 0.7)
    return names[near[0]] if near else None


def _hint(best: Place | None, key: str, table: tuple[str, ...]) -> str:
    if best is None:
        return "; docs/settings.md lists all"
    where, name = best
    if [part.lower() for part in where] == [part.lower() for part in table]:
        return f"; did you mean {name}?"
    place = f"below {heading(where, False)}" if where else "at the top, before the first table"
    return (
        f"; {name} belongs {place}" if name.lower() == key.lower() else f"; did you mean {name}, which belongs {place}?"
    )


def _written(table: tuple[str, ...], key: str) -> str:
    return f"{heading(table, False)} {key}".strip()
