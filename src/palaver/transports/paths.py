"""Finds the HTTP endpoints of a path, taken apart as it stood on the wire; what is done there is left to others."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from palaver.dialects.base import Endpoint

Found = list[tuple[Endpoint, dict[str, str]]]
"""Endpoints of one path, with what stands for the names in braces."""


class Paths:
    """The HTTP paths of one dialect: at the root, and below `/name`, where every path is the dialect's."""

    def __init__(self, name: str, endpoints: Sequence[Endpoint]) -> None:
        self._name = name
        self._templates = [(_segments(endpoint.path), endpoint) for endpoint in endpoints]

    def find(self, raw: str) -> Found | None:
        """Return what is at a path, which is not decoded yet, so that a segment may hold a slash; None: another's path."""
        given = _segments(raw)
        own = len(given) > 1 and given[0].lower() == self._name
        if own:
            given = given[1:]
        found = [
            (endpoint, segments)
            for template, endpoint in self._templates
            if (segments := _matched(template, given)) is not None
        ]
        return found if found or own else None


def _segments(path: str) -> list[str]:
    return path.removesuffix("/").split("/")[1:]


def _matched(template: list[str], given: list[str]) -> dict[str, str] | None:
    if len(given) != len(template):
        return None
    held: dict[str, str] = {}
    for ours, theirs in zip(template, given, strict=True):
        if ours.startswith("{"):
            held[ours[1:-1]] = unquote(theirs)
        elif theirs.lower() != ours:
            return None
    return held if all(held.values()) else None
