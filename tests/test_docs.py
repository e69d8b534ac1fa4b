"""What the documentation shows and lists is what the code says and does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
from tests.transcripts.replay import HERE as TRANSCRIPTS
from tests.transcripts.replay import Transcript

from palaver.core import disconnects, errors, names
from palaver.core.disconnects import Disconnect
from palaver.core.errors import CAMERA_CLOSED, Refusal
from palaver.dialects.native.wire import Answer, Ask, Told

DOCS = Path(__file__).parent.parent / "docs"
SOURCES = DOCS.parent / "src"
NATIVE = (DOCS / "dialects" / "native.md").read_text()

_QUOTED = re.compile(r"<!-- transcript: (?P<name>\S+) -->\n```json\n(?P<frames>.*?)```", re.DOTALL)
_BLOCKS = re.compile(r"```json\n")

# Parameters that a refusal has beside those in its sentence, for clients that make their own.
BESIDE = {
    "rule_forbids": ["rule"],
    "banned": ["until_ms", "reason"],
    "bad_name": ["why"],
    "bad_text": ["why"],
    "camera_closed": ["why"],
}


def quotations() -> Iterator[Any]:
    for path in sorted((DOCS / "dialects").glob("*.md")):
        for quoted in _QUOTED.finditer(path.read_text()):
            for frame in quoted["frames"].splitlines():
                yield pytest.param(quoted["name"], json.loads(frame), id=f"{path.name} {quoted['name']} {frame[:60]}")


@pytest.mark.parametrize(("name", "frame"), list(quotations()))
def test_every_quoted_frame_stands_in_its_transcript(name: str, frame: Any) -> None:
    transcript = Transcript.load(TRANSCRIPTS / name)
    said = ("sends", "receives", "asks", "is answered", "reads")
    assert frame in [frame for verb in said for frame in transcript.frames(verb)]


def test_every_example_of_the_native_wire_is_quoted_from_a_transcript() -> None:
    assert len(_BLOCKS.findall(NATIVE)) == len(_QUOTED.findall(NATIVE)) > 50


@pytest.mark.parametrize("union", [Ask, Answer, Told], ids=["asks", "answers", "events"])
def test_every_word_of_the_native_wire_is_explained(union: Any) -> None:
    words = {kind.__struct_config__.tag for kind in get_args(union)}
    missing = {word for word in words if not re.search(rf"(`|\"type\": \"|### .*){word}\b", NATIVE)}
    assert not missing


def test_the_table_of_refusals_is_that_of_the_core() -> None:
    assert _table("Refusals") == [
        (f"`{kind.code}`", ", ".join(f"`{name}`" for name in _parameters(kind)), kind.sentence)
        for kind in _leaves(Refusal)
    ]


def test_every_word_that_says_why_is_listed() -> None:
    """Names and cameras have their words in a table; other words stand in the code where they are given."""
    given = {word for path in SOURCES.rglob("*.py") for word in re.findall(r"why=\"(\w+)\"", path.read_text())}
    assert "filtered" in given
    listed = NATIVE.split("`why` is one word")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", listed)) >= given | set(CAMERA_CLOSED) | set(names._SENTENCES)


def test_the_table_of_close_codes_is_that_of_the_core() -> None:
    held = [value for value in vars(disconnects).values() if isinstance(value, Disconnect)]
    assert _table("Close codes") == [
        (str(each.code), f"`{each.reason}`", "yes" if each.may_return else "no")
        for each in sorted(held, key=lambda each: each.code)
    ]


PROVEN = sorted(path for path in DOCS.rglob("*.md") if "## What is offered" in path.read_text())


@pytest.mark.parametrize("path", PROVEN, ids=lambda path: path.name)
def test_what_is_offered_is_proved_by_tests_that_exist(path: Path) -> None:
    tests = Path(__file__).parent
    defined = {name for each in tests.rglob("test_*.py") for name in re.findall(r"def (test_\w+)", each.read_text())}
    text = path.read_text()
    assert set(re.findall(r"`(test_\w+)`", text)) - defined == set()
    assert {name for name in re.findall(r"`(\w+/\w+\.jsonl)`", text) if not (TRANSCRIPTS / name).exists()} == set()


@pytest.mark.parametrize("path", PROVEN, ids=lambda path: path.name)
def test_every_row_of_what_is_offered_has_its_proof_or_its_reason(path: Path) -> None:
    text = path.read_text()
    section = text.split("\n## What is offered\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:2] == "| "][
        1:
    ]
    assert rows
    numbers = re.findall(r"^## (\d+)\. ", text, re.MULTILINE)
    assert {row[0].split()[0] for row in rows} >= set(numbers)
    for what, offered, proof in rows:
        refused = offered.startswith("no")
        assert proof, what
        assert refused or "`" in proof or "the table in section" in proof, what


def _leaves(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        if below.__subclasses__():
            yield from _leaves(below)
        elif below.__module__ == errors.__name__:
            yield below


def _parameters(kind: type[Refusal]) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(kind.sentence) if name] + BESIDE.get(kind.code, [])


def _table(heading: str) -> list[tuple[str, ...]]:
    section = NATIVE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows[2:]]
