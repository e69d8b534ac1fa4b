"""Knows the text/event-stream format (HTML standard §9.2.5); streams are left to `transports.sse`."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n|\r|\n")  # not str.splitlines, which splits at eight characters more
_FORBIDDEN = re.compile(r"[\r\n\0]")


def event(data: str | None, *, event: str | None = None, id: str | None = None, retry_ms: int | None = None) -> bytes:  # noqa: A002
    """Return one event, with the blank line that ends it.

    `data` may have several lines. Without data the client sets its last id or its delay, but dispatches nothing.
    Raises ValueError for CR, LF or NUL in `event` or `id`: a line break ends the field, a NUL makes clients ignore it.
    """
    fields = []
    if id is not None:
        fields.append(f"id: {_one_line('id', id)}\n")
    if event is not None:
        fields.append(f"event: {_one_line('event', event)}\n")
    if retry_ms is not None:
        fields.append(f"retry: {retry_ms:d}\n")
    if data is not None:
        fields += [f"data: {line}\n" for line in _LINE_END.split(data)]
    return "".join([*fields, "\n"]).encode()


def comment(text: str = "") -> bytes:
    """Return a comment, which clients ignore and proxies take for a sign of life."""
    return "".join([*(f":{line}\n" for line in _LINE_END.split(text)), "\n"]).encode()


def _one_line(field: str, value: str) -> str:
    if _FORBIDDEN.search(value):
        raise ValueError(f"an event stream's {field} must not contain CR, LF or NUL")
    return value
