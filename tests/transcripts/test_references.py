"""No transcript records what the code merely happens to say: what it cites is there, and so is each field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.transcripts.replay import Transcript, transcripts

DIALECTS = ("native", "barertc", "beep", "spreed", "conference")
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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_field_that_is_told_stands_in_a_reference(dialect: str) -> None:
    reference = NATIVE + (DOCS / f"{dialect}.md").read_text()
    known = set(re.findall(r"[\w-]+", reference)) | {"answers", "with"}  # the last two: how an answer is written here
    missing = {
        (name, line) for transcript in transcripts(dialect) for name, line in told(transcript) if name not in known
    }
    assert not missing


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_section_that_is_cited_is_there(dialect: str) -> None:
    """Of the native wire a word in its reference; of the others a numbered section."""
    missing = set()
    for transcript in transcripts(dialect):
        for citation in transcript.head["source"].split(";"):
            name, _, places = citation.strip().removeprefix("docs/dialects/").partition(".md")
            reference = (DOCS / f"{name}.md").read_text()
            cited = re.findall(r"§ ?([A-F]?\d*(?:\.\d+)*)", places)
            headings = re.findall(r"^#+ ([A-F\d][\d.]*?)\.? ", reference, re.MULTILINE)
            words = re.findall(r"\w+", places) if name == "native" else []
            missing |= {(transcript.name, place) for place in cited if place not in headings}
            missing |= {(transcript.name, word) for word in words if word.lower() not in reference.lower()}
            assert cited or words, transcript.name
    assert not missing
