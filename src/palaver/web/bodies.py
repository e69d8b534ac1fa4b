"""What comes with a request: its body, bounded while it is read, and its query, both as typed values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request

from palaver.core import errors
from palaver.transports.unfinished import Unfinished
from palaver.web.problems import TooSlow, UnsupportedMediaType

MAX_JSON_BYTES = 256 * 1024
READ_WITHIN_S = 60.0
UNFINISHED_BYTES = 1 << 28
"""What all large bodies together may hold that are being read; over it, the largest is given up."""

_unfinished = Unfinished()


class _Reading:
    """One body that is being read."""

    def __init__(self, until: asyncio.Timeout) -> None:
        self._until = until

    def give_up(self) -> None:
        """End the time that it has."""
        if not self._until.expired():
            self._until.reschedule(asyncio.get_running_loop().time())


async def read_body(request: Request, *, limit: int, within_s: float) -> bytes:
    """Return the body. Raises TooLarge as soon as it is clear that it is longer than `limit` bytes, TooSlow in time.

    TooSlow, too, for the largest where all bodies that are being read hold more than `UNFINISHED_BYTES`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit:
        raise errors.TooLarge(limit=limit, unit="bytes")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_s) as until:
            reading = _Reading(until)
            try:
                async for part in request.stream():
                    size += len(part)
                    if size > limit:
                        raise errors.TooLarge(limit=limit, unit="bytes")
                    parts.append(part)
                    _unfinished.note(reading, size, UNFINISHED_BYTES)
            finally:
                _unfinished.forget(reading)
    except TimeoutError:
        raise TooSlow() from None
    return b"".join(parts)


def media_type(request: Request) -> str:
    """Return the type of the body, in lower case and without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Return the body as what the decoder makes of it. Raises UnsupportedMediaType, TooLarge, Malformed with the place."""
    if media_type(request) != "application/json":
        raise UnsupportedMediaType(expected="application/json")
    body = await read_body(request, limit=MAX_JSON_BYTES, within_s=READ_WITHIN_S)
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise errors.Malformed(problem=_sentence(problem)) from None


def read_query(query: Mapping[str, str], kind: type[msgspec.Struct]) -> Any:
    """Return the query as a value of `kind`. Raises Malformed with the name of the parameter."""
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as problem:
        raise errors.Malformed(problem=_sentence(problem).replace("$.", "?")) from None


def _sentence(problem: Exception) -> str:
    return "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
