"""The written reference says what the definitions say."""

import re
from pathlib import Path

from palaver.config import Settings
from palaver.config.options import Effect, entries, heading
from palaver.config.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
EFFECTS = {effect.value for effect in Effect}


def rows() -> dict[str, list[str]]:
    """The page's rows by the option's full name."""
    found: dict[str, list[str]] = {}
    table = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            table = line[3:].strip("`").replace("At the top", "")
        elif match := re.match(r'\| `"?(.*?)"?` \| ', line):
            found[f"{table} {match.group(1)}".strip()] = [cell.strip() for cell in line.strip("|").split(" | ")]
    return found


def test_every_option_has_a_row_and_every_row_an_option() -> None:
    assert list(rows()) == [entry.name for entry in entries(Settings)]


def test_every_row_is_whole() -> None:
    for name, cells in rows().items():
        assert len(cells) == 6, name
        assert cells[4].endswith("."), name
        assert cells[5] in EFFECTS, name


def test_numbers_have_a_unit() -> None:
    without = [e.name for e in entries(Settings) if e.kind in {int, float} and not e.option.unit]
    assert without == ["Version"]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run `make docs`"


def test_headings_are_unique() -> None:
    headings = {heading(entry.table, entry.in_list) for entry in entries(Settings)}
    assert len(headings) == len({entry.table for entry in entries(Settings)})
