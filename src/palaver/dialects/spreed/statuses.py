"""Reads a Status: opaque but for a name, a line of text and a picture (§3.8)."""

from __future__ import annotations

from typing import Any

import msgspec

from palaver.core.errors import Malformed
from palaver.core.ids import SessionId
from palaver.core.names import MAX_DISPLAY_CHARS, NameProblem, display_name
from palaver.dialects.base import decoded
from palaver.dialects.spreed.wire import Picture

MAX_LINE_CHARS = 200

_ANY = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


class Shown(msgspec.Struct, frozen=True):
    """What a Status shows.

    Attributes:
        status: the whole, as others read it.
        name, text: absent where it does not say.
    """

    status: msgspec.Raw
    name: str | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET


def presented(status: msgspec.Raw, session: SessionId, picture: Picture) -> Shown | None:
    """Return what a Status shows, its picture kept; None for one that is malformed.

    A picture that comes as a `data:` URL goes to nobody as such: what is no picture is taken out. Names and lines are
    told as far as they may be shown; null is, in place of what is no text.
    """
    try:
        held: Any = decoded(_ANY, status)
    except Malformed:
        return None
    if not isinstance(held, dict):
        return Shown(status)
    shows = held.get("buddyPicture")
    if shows is not None and not isinstance(shows, str):
        return None
    told = dict(held)
    if shows is not None and shows[:5].lower() == "data:":
        told["buddyPicture"] = picture(session, shows)
    name, line = _name(held.get("displayName")), _line(held.get("message"), MAX_LINE_CHARS)
    # Clients of this wire read the same as others: no impostor of the server, nothing that turns the writing around.
    texts = {"displayName": name, "message": line}
    for key, text in texts.items():
        if held.get(key) is not None:
            told[key] = text if isinstance(held[key], str) else None
    return Shown(status if told == held else msgspec.Raw(_encoder.encode(told)), name, line)


def _name(value: object) -> str | msgspec.UnsetType:
    """Return a name as a line; an empty one in place of one that nobody may bear."""
    line = _line(value, MAX_DISPLAY_CHARS)
    if not isinstance(line, str) or not line:
        return line
    try:
        return display_name(line)
    except NameProblem:
        return ""


def _line(value: object, limit: int) -> str | msgspec.UnsetType:
    """Return a text as one line, as far as it may be shown beside others; absent where it is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return msgspec.UNSET
    return one_line(value, limit)


def one_line(text: str, limit: int) -> str:
    """Return a text as one line without anything invisible, cut to so many characters."""
    line = " ".join(text[: 4 * limit].split())
    return "".join(character for character in line if character.isprintable())[:limit].strip()
