"""Rules on words: what a site's filters make of a text, for every dialect and before anything is told (BareRTC §3.6.8).

Patterns are given ready to use; that they end in time is the promise of whoever made them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from palaver.core.base import Value
from palaver.core.names import visible

REASON = "Server Side Message Filter"


class Pattern(Protocol):
    """A regular expression."""

    def search(self, text: str) -> Any:
        """Return something true where it is found."""
        ...

    def sub(self, replacement: Callable[[Any], str], text: str) -> str:
        """Return the text with everything that matches replaced."""
        ...


@dataclass(frozen=True)
class MessageFilter:
    """One rule of the site.

    Attributes:
        patterns: any of them is a hit.
        channels, direct: where it reads.
        censor: what matched becomes asterisks.
        forward: others than the author get the message.
        report: the site, and those who run the room, are told.
        response: what the author is told; nothing where empty.
    """

    patterns: tuple[Pattern, ...]
    channels: bool = True
    direct: bool = True
    censor: bool = False
    forward: bool = True
    report: bool = False
    response: str = ""


class Verdict(Value, frozen=True):
    """What becomes of a text.

    Attributes:
        text: as it may be told.
        forward: others than the author get it.
    """

    text: str
    forward: bool = True
    report: bool = False
    response: str = ""


_TAGS = re.compile(r"<[^<>]*>")
_LINKS = re.compile(r"\]\([^()]*\)")
_MARKS = re.compile(r"[*_~`\\|\[\]]")
_RULE = re.compile(r"^\*(?=[* \t]*$)", re.MULTILINE)


def judge(filters: Iterable[MessageFilter], text: str, *, direct: bool) -> Verdict | None:
    """Return the verdict of the first filter that finds something in a text; None where none does.

    A text is read as it was written and as it is seen, since Markdown, tags, entities or letters without width between
    the others would hide a word from the one and from nobody's eyes.
    """
    seen = _as_seen(text)
    for rule in filters:
        if not (rule.direct if direct else rule.channels):
            continue
        if any(pattern.search(text) or (seen != text and pattern.search(seen)) for pattern in rule.patterns):
            return Verdict(_censored(rule, text) if rule.censor else text, rule.forward, rule.report, rule.response)
    return None


def _as_seen(text: str) -> str:
    """Return about what a reader sees of a text with Markdown."""
    plain = html.unescape(_TAGS.sub("", text)) if "<" in text or "&" in text else text
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", visible(plain))
    return _MARKS.sub("", _LINKS.sub("", plain))


def _censored(rule: MessageFilter, text: str) -> str:
    """Return the text with each hit as asterisks, as many as it had bytes; a hidden hit takes the whole text with it."""
    censored = text
    for pattern in rule.patterns:
        censored = pattern.sub(lambda hit: "*" * len(hit.group().encode()), censored)
    if censored == text:
        censored = "*" * len(text.encode())
    # A line of asterisks alone is a rule in Markdown, so one begins with a joiner that nobody sees.
    return _RULE.sub("\u2060*", censored)
