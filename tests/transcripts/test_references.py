"""No transcript records what the code merely happens to say: each field that somebody is told stands in a reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.transcripts.replay import Transcript, transcripts

DOCS = Path(__file__).parents[2] / "docs" / "dialects"
NATIVE = (DOCS / "native.md").read_text() + (DOCS / "native-words.md").read_text()
# Passed on as they were sent, whatever is in them (RFC 9429, RFC 8838).
OPAQUE = {"Offer", "Answer", "Candidate", "Bye", "signal", "payload"}


def told(transcript: Transcript) -> Iterator[tuple[str, str]]:
    """Go through the fields of what is received, each with the line that has it."""
    for number, line in enumerate(transcript.lines, 2):
        ((key, value),) = line.items()
        verb = key.partition(" ")[2]
        if verb in ("receives", "is answered"):
            received = value.get("json") if verb == "is answered" else value
            yield from ((name, f"{transcript.name}, line {number}") for name in fields(received))


def fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            if key not in OPAQUE:
                yield from fields(each)
    elif isinstance(value, list):
        for each in value:
            yield from fields(each)


@pytest.mark.parametrize("dialect", ["native", "barertc", "beep", "spreed", "conference"])
def test_every_field_that_is_told_stands_in_a_reference(dialect: str) -> None:
    reference = NATIVE + (DOCS / f"{dialect}.md").read_text()
    known = set(re.findall(r"[\w-]+", reference)) | {"answers", "with"}  # the last two: how an answer is written here
    missing = {
        (name, line) for transcript in transcripts(dialect) for name, line in told(transcript) if name not in known
    }
    assert not missing
