"""Form bodies with nested keys, as the original's body parser read them: `data[sdp]=v` is `{"data": {"sdp": "v"}}`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from palaver.core.errors import TooLarge

MAX_FIELDS = 1000
MAX_DEPTH = 5
MAX_INDEX = 20

_PART = re.compile(r"\[([^\[\]]*)\]")


def read_form(text: str) -> dict[str, Any]:
    """Return the fields of a form. A key that comes twice makes a list. Raises TooLarge for more than 1000 fields."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise TooLarge(limit=MAX_FIELDS, unit="fields") from None
    fields: dict[str, Any] = {}
    for key, value in pairs:
        _put(fields, _path(key), value)
    return {key: _with_lists(value) for key, value in fields.items()}


def _path(key: str) -> list[str]:
    """Take `a[b][]` apart; beyond the fifth bracket the rest is one name."""
    name, bracket, _ = key.partition("[")
    if not bracket or not name:
        return [key]
    path, at = [name], len(name)
    while len(path) <= MAX_DEPTH and (part := _PART.match(key, at)):
        path.append(part[1])
        at = part.end()
    if at < len(key):
        path.append(key[at:])
    return path


class _Items(dict[str, Any]):
    """What was given by `[]` or by the same key twice: a list in the making."""


def _put(fields: dict[str, Any], path: list[str], value: str) -> None:
    here = fields
    for name, below in pairwise(path):
        key = _key(fields, here, name)
        inner = here.get(key)
        if not isinstance(inner, dict):
            # A plain value that gets a part becomes the first of a list, as there.
            made: dict[str, Any] = _Items() if below == "" or inner is not None else {}
            if inner is not None:
                made["0"] = inner
            here[key] = inner = made
        here = inner
    key = _key(fields, here, path[-1])
    if key not in here:
        here[key] = value
    elif isinstance(here[key], _Items):
        here[key][str(len(here[key]))] = value
    else:
        here[key] = _Items({"0": here[key], "1": value})


def _key(fields: dict[str, Any], here: dict[str, Any], name: str) -> str:
    """Return the key for a part; an empty one, which only brackets can hold, means the next place in a list."""
    return str(len(here)) if name == "" and here is not fields else name


def _with_lists(value: Any) -> Any:
    """Turn what has only small indexes for keys into lists."""
    if not isinstance(value, dict):
        return value
    inside = {key: _with_lists(each) for key, each in value.items()}
    indexes = [int(key) for key in inside if key.isascii() and key.isdigit() and len(key) < 4]
    if isinstance(value, _Items) or (len(indexes) == len(inside) and inside and max(indexes) <= MAX_INDEX):
        if len(indexes) == len(inside):
            return [inside[key] for key in sorted(inside, key=int)]
        return inside
    return inside
