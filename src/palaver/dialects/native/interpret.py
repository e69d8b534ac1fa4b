"""Reads a native frame: the core's own commands, decoded and checked against their types in one go."""

from __future__ import annotations

from typing import get_args

import msgspec

from palaver.core.errors import Invalid, Malformed, UnknownWord
from palaver.dialects.base import Payload, decoded, malformed
from palaver.dialects.native.wire import Ask, AskFrame

MAX_WORD_CHARS = 64

decode = msgspec.json.Decoder(AskFrame).decode
"""Reads a frame, which is its own request. Raises one of `UNREADABLE`; `unreadable` says what is wrong with it."""

_WORDS = frozenset(word.__struct_config__.tag for word in get_args(Ask))


class _Word(msgspec.Struct):
    type: str = ""


class _Unread(msgspec.Struct):
    id: int | None = None
    ask: _Word | None = None


_UNREAD = msgspec.json.Decoder(_Unread)


def unreadable(payload: Payload, error: Exception) -> Invalid:
    """Return the refusal of a frame: `UnknownWord` for a word that is not asked here, else `Malformed`, with the place."""
    word = _word_of(payload)
    if word and word not in _WORDS:
        return UnknownWord(word=word[:MAX_WORD_CHARS])
    return malformed(error)


def ask_id(payload: Payload) -> int | None:
    """Return the id of a frame that could not be read otherwise, so that its refusal can be matched."""
    try:
        return decoded(_UNREAD, payload).id
    except Malformed:
        return None


def _word_of(payload: Payload) -> str:
    try:
        ask = decoded(_UNREAD, payload).ask
    except Malformed:
        return ""
    return ask.type if ask is not None else ""
