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

from palaver.core import disconnects, errors
from palaver.core.disconnects import Disconnect
from palaver.core.errors import Refusal
from palaver.dialects.native.wire import Answer, Ask, Told

DOCS = Path(__file__).parent.parent / "docs"
NATIVE = (DOCS / "dialects" / "native.md").read_text()

_QUOTED = re.compile(r"<!-- transcript: (?P<name>\S+) -->\n```json\n(?P<frames>.*?)```", re.DOTALL)
_BLOCKS = re.compile(r"```json\n")

# Parameters that a refusal has beside those in its sentence, for clients that make their own.
BESIDE = {"banned": ["until_ms"]}


def quotations() -> Iterator[Any]:
    for path in sorted((DOCS / "dialects").glob("*.md")):
        for quoted in _QUOTED.finditer(path.read_text()):
            for frame in quoted["frames"].splitlines():
                yield pytest.param(quoted["name"], json.loads(frame), id=f"{path.name} {quoted['name']} {frame[:60]}")


@pytest.mark.parametrize(("name", "frame"), list(quotations()))
def test_every_quoted_frame_stands_in_its_transcript(name: str, frame: Any) -> None:
    transcript = Transcript.load(TRANSCRIPTS / name)
    assert frame in [*transcript.frames("sends"), *transcript.frames("receives")]


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


def test_the_table_of_close_codes_is_that_of_the_core() -> None:
    held = [value for value in vars(disconnects).values() if isinstance(value, Disconnect)]
    assert _table("Close codes") == [
        (str(each.code), f"`{each.reason}`", "yes" if each.may_return else "no")
        for each in sorted(held, key=lambda each: each.code)
    ]


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
