"""Reads what people wrote out of the HTML in which a server tells it, and finds whether the bot is meant (§8.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

PICTURE = "inline embedded image"
MAX_INPUT_CHARS = 1_000
"""What is longer is cut: a brain's patterns take longer the more there is to try them on."""

_BLOCKS = {"p", "br", "li", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
_SPACE = re.compile(r"\s+")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(f" {PICTURE} ")
        elif tag in _BLOCKS:
            self.found.append(" ")


def plain(html: str) -> str:
    """Return the words of a message on one line; a picture becomes the words `inline embedded image`."""
    reader = _Words()
    # Which is no HTML, and the parser gives up at it altogether.
    reader.feed(html.replace("<![", "&lt;!["))
    reader.close()
    return _SPACE.sub(" ", "".join(reader.found)).strip()[:MAX_INPUT_CHARS]


def addressed(text: str, names: Sequence[str]) -> str | None:
    """Return what is left of a text that names the bot at its very start or end; None where it does not, or says no more."""
    for name in filter(None, names):
        called = rf"@?{re.escape(name)}"
        for pattern in (rf"^{called}\b[\s,:;.!?]*(?P<rest>.*)$", rf"^(?P<rest>.*?)[\s,:;.!?]*(?<!\w){called}[\s.!?]*$"):
            match = re.match(pattern, text, re.IGNORECASE)
            if match and match["rest"].strip():
                return match["rest"].strip()
    return None
