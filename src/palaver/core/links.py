"""Links in a text, for the rule against one link sent to many people (BareRTC §3.6.9)."""

from __future__ import annotations

import html
import re

MAX_LINKS = 20
"""Of one message; more of them count as the first ones do."""
MAX_URL_CHARS = 2_048

_APART = re.compile(r"[\s<>()\[\]{}\"'`|]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,15}://", re.IGNORECASE)
_END_OF_AUTHORITY = re.compile(r"[/?#]")
_TRAILING = ".,;:!?*_~"
_LAST_LABEL = range(2, 7)
"""How many letters the last part of a host's name has."""


def links_in(text: str) -> tuple[str, ...]:
    """Return the links of a text, each once, without their scheme and with the host in lower case.

    A host counts whose last label has 2 to 6 letters, with a scheme before it or not.
    """
    found: dict[str, None] = {}
    if "." not in text and "&" not in text:
        return ()
    for word in _APART.split(html.unescape(text)):
        link = _link(word.strip(_TRAILING))
        if link and link not in found:
            found[link] = None
            if len(found) >= MAX_LINKS:
                break
    return tuple(found)


def _link(word: str) -> str:
    if "." not in word or len(word) > MAX_URL_CHARS:
        return ""
    # An attribute without quotation marks begins with its name.
    scheme = _SCHEME.search(word)
    rest = word[scheme.end() :] if scheme else word
    end = _END_OF_AUTHORITY.search(rest)
    authority = (rest[: end.start()] if end else rest).rpartition("@")[2].lower().removeprefix("www.")
    labels = authority.partition(":")[0].split(".")
    if len(labels) < 2 or not all(labels):
        return ""
    last = labels[-1]
    if not (last.isalpha() and len(last) in _LAST_LABEL):
        return ""
    return authority + (rest[end.start() :] if end else "").rstrip("/")
