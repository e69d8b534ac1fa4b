"""Finds the HTTP endpoints of a path, taken apart as it stood on the wire; what is done there is left to others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from palaver.dialects.base import Endpoint

Found = list[tuple[Endpoint, dict[str, str] | None]]
"""Endpoints of one path, with what stands for the names in braces; None where that is no percent-encoded UTF-8."""

_TAIL = ":path}"
_BROKEN = re.compile(r"%(?![0-9a-fA-F]{2})")


class Paths:
    """The HTTP paths of one dialect: at the root, and below its prefixes."""

    def __init__(self, prefixes: Sequence[str], endpoints: Sequence[Endpoint], *, all_below: bool = True) -> None:
        """`prefixes` have no slash at the end; `all_below`: every other path there is the dialect's, too."""
        self._prefixes = prefixes
        self._templates = [(_segments(endpoint.path), endpoint) for endpoint in endpoints]
        self._all_below = all_below

    def find(self, raw: str) -> Found | None:
        """Return what is at a path, which is not decoded yet, so that a segment may hold a slash; None: another's path."""
        prefix = prefix_of(raw, self._prefixes)
        given = _segments(raw[len(prefix) :])
        own = bool(prefix) and self._all_below and len(raw) > len(prefix) + 1
        found = [
            (endpoint, _decoded(segments))
            for template, endpoint in self._templates
            if (segments := _matched(template, given)) is not None
        ]
        return found if found or own else None


def prefix_of(path: str, prefixes: Sequence[str]) -> str:
    """Return the prefix below which a path is, as it is written there; empty where it is at the root."""
    return next((path[: len(each)] for each in prefixes if path.lower().startswith(f"{each.lower()}/")), "")


def _segments(path: str) -> list[str]:
    return path.removesuffix("/").split("/")[1:]


def _matched(template: list[str], given: list[str]) -> dict[str, str] | None:
    if template and template[-1].endswith(_TAIL) and len(given) >= len(template):
        last = len(template) - 1
        given = [*given[:last], "/".join(given[last:])]
    if len(given) != len(template):
        return None
    held: dict[str, str] = {}
    for ours, theirs in zip(template, given, strict=True):
        if ours.startswith("{"):
            held[ours[1:-1].removesuffix(":path")] = theirs
        elif theirs.lower() != ours:
            return None
    return held if all(held.values()) else None


def _decoded(held: dict[str, str]) -> dict[str, str] | None:
    if any(_BROKEN.search(each) for each in held.values()):
        return None
    try:
        return {name: unquote(each, errors="strict") for name, each in held.items()}
    except UnicodeDecodeError:
        return None
