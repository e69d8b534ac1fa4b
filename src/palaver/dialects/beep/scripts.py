"""JavaScript's own ways with text, on which Beep's clients rely: `String(value)` and `encodeURI(text)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

_LEFT_BY_ENCODE_URI = ";,/?:@&=+$-_.!~*'()#"
_LARGEST_PLAIN = 10.0**21
_SMALLEST_PLAIN = 10.0**-6


def encode_uri(text: str) -> str:
    """Return what `encodeURI` returns: one line of ASCII. A lone surrogate, at which it throws, becomes `?`."""
    return quote(text, safe=_LEFT_BY_ENCODE_URI, errors="replace")


def is_falsy(value: Any) -> bool:
    """Tell whether a JSON value counts as no."""
    return value is None or value is False or value == "" or (type(value) in (int, float) and value == 0)


def string_of(value: Any) -> str:
    """Return what `String(value)` makes of a JSON value."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return ",".join("" if each is None or each == [] else string_of(each) for each in _leaves(value))
    return "[object Object]" if isinstance(value, dict) else str(value)


def _leaves(items: list[Any]) -> Iterator[Any]:
    """Yield what a list holds, and the lists in it, which `join` joins by the same comma.

    Not by recursion, since JSON may be nested as deeply as its reader can go.
    """
    ahead = [items]
    while ahead:
        each = ahead.pop()
        if isinstance(each, list) and each:
            ahead.extend(reversed(each))
        else:
            yield each


def _number(value: float) -> str:
    size = abs(value)
    if value == int(value) and size < _LARGEST_PLAIN:
        return str(int(value))
    text = repr(value)
    if "e" not in text:
        return text
    if _SMALLEST_PLAIN <= size < _LARGEST_PLAIN:
        return f"{value:.20f}".rstrip("0")
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent):+d}"
