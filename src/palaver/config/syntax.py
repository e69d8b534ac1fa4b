"""Knows what somebody probably did who wrote a file that is no TOML; finding that out is `tomllib`'s business."""

from __future__ import annotations

import re
import tomllib

_TWICE = re.compile(r"Cannot declare \((.*)\) twice")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")

_HINTS = (
    ("Illegal character '\\n'", 'is a quote missing at the end of a text? Several lines need """'),
    ("Illegal character", "write it as an escape, such as \\u0007"),
    ("Unescaped '\\'", "write \\\\ for each backslash, or put the text in single quotes"),
    ('Expected "', "end the text with the quote that it begins with"),
    ("Unterminated string", "end the text with the quotes that it begins with"),
    ("Invalid value", "text stands in quotes, true and false in small letters"),
    ("Expected '='", 'write Key = "value"'),
    ("Invalid statement", "write Key = value, or a heading such as [JWT]"),
    ("Expected newline", "each key has a line of its own; is a quote missing?"),
    ("Unclosed array", "end the list with ]; commas stand between its values"),
    ("Unclosed inline table", "end the table with }; commas stand between its keys"),
    ("Expected ']", "close the heading: [JWT], or [[PublicChannels]] for one of a list"),
    ("Cannot mutate", "put all keys of the table below one heading"),
)


def explained(error: Exception, text: str) -> tuple[int, str]:
    """Return the line of what a parser complained of (0 where it names none), and a sentence with what to write."""
    if isinstance(error, RecursionError):
        said = "nested too deeply"
    else:
        # Of another kind is only what Python says of numbers beyond its own bound.
        said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a number has thousands of digits"
    place = _PLACE.search(said)
    line = int(place.group(1) or text.rstrip().count("\n") + 1) if place else 0
    said = said[: place.start()] if place else said
    if twice := _TWICE.match(said):
        heading = ".".join(re.findall(r"'([^']*)'", twice[1]))
        return line, f"[{heading}] stands here twice; put its keys below one heading"
    if said == "Cannot overwrite a value" and line:
        key = text.splitlines()[line - 1].partition("=")[0].strip()
        return line, f"{key} stands here twice; keep one"
    hint = next((f"; {hint}" for begin, hint in _HINTS if said.startswith(begin)), "")
    return line, f"is not TOML: {said}{hint}"
