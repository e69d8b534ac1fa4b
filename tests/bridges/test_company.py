"""Five people, one on each wire and era, in one room: what each does, and what each of the others reads of it.

A wire without a word for something reads the nearest that it has, or nothing: `READ` says which, and is all that is lost.
Beep has no rooms; its devices and those of the native wire are in `beep/native_devices.jsonl`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.bridges.company.barertc import OnBareRTC
from tests.bridges.company.conference import OnConference, OnLastConference
from tests.bridges.company.native import OnNative
from tests.bridges.company.people import Company, Person
from tests.bridges.company.spreed import OnSpreed

PEOPLE: dict[str, type[Person]] = {
    "nat": OnNative,
    "bea": OnBareRTC,
    "sam": OnSpreed,
    "ann": OnConference,
    "hal": OnLastConference,
}

Reading = Callable[[str, str], list[str]]
"""How a fact is read: from who does it, and the rest of the line."""


def nothing(who: str, what: str) -> list[str]:
    return []


def goes(who: str, what: str) -> list[str]:
    return [f"{who} goes"]


READ: dict[str, dict[str, Reading]] = {
    "nat": {"watches": lambda who, _: ["camera_opened", f"{who} sends offer"], "looks": lambda *_: ["watch_stopped"]},
    "bea": {
        "takes": lambda *_: ["somebody takes back"],
        "unreacts": lambda who, what: [f"{who} {what.removeprefix('un')}"],
        **dict.fromkeys(("types", "raises", "lowers"), nothing),
        "is": lambda who, what: [] if what == "is at lunch" else [f"{who} {what}"],
        "sends": lambda who, what: [] if what == "sends hangup" else [f"{who} rings", f"{who} {what}"],
        "watches": lambda who, _: [f"{who} rings", f"{who} sends offer"],
        "looks": lambda *_: ["unwatch"],
        **dict.fromkeys(("shows", "hides"), lambda who, what: [f"{who} {what}"] if what.endswith("camera") else []),
    },
    "sam": {
        "is": lambda who, what: {"is kicked": goes(who, what), "is away": []}.get(what, [f"{who} {what}"]),
        "changes": lambda who, what: [f"{who} says (changed) {what.removeprefix('changes ')}"],
        "takes": lambda who, _: [f"{who} says (took a message back)"],
        "reacts": lambda who, what: [f"{who} says {what.removeprefix('reacts ')}"],
        "raises": lambda who, _: [f"{who} says (raised a hand)"],
        **dict.fromkeys(("unreacts", "shows", "hides", "lowers"), nothing),
        "watches": lambda who, _: [f"{who} sends offer"],
        "looks": lambda who, _: [f"{who} sends hangup"],
    },
    "ann": {
        "is": lambda who, what: {"is kicked": goes(who, what), "is away": [], "is at lunch": []}.get(
            what, [f"{who} {what}"]
        ),
        **dict.fromkeys(("types", "raises", "lowers"), nothing),
        **dict.fromkeys(("shows", "hides"), lambda who, what: [] if what.endswith("screen") else [f"{who} {what}"]),
        "watches": lambda who, _: [f"{who} sends offer"],
        "looks": lambda who, _: [f"{who} sends hangup"],
    },
    "hal": {
        "comes": lambda who, _: [f"{who} comes", f"notice: {who} joined"],
        "goes": lambda who, _: [f"{who} goes", f"notice: {who} left the room"],
        "is": lambda who, what: {
            "is kicked": [f"{who} goes", f"notice: {who} left the room", f"notice: {who} was kicked from the room"],
            "is away": [],
            "is at lunch": [],
        }.get(what, [f"{who} {what}", f"notice: {who} changed their name to Zed"]),
        **dict.fromkeys(("types", "lowers"), nothing),
        "raises": lambda who, _: [f"notice: {who} raised a hand"],
        "watches": lambda who, _: [f"{who} sends offer"],
        "looks": lambda who, _: [f"{who} sends hangup"],
    },
}
"""Reader → first word of what somebody does → how that is read there; everything else is read as it is."""


def as_read_by(reader: str, fact: str, *, directly: bool = False) -> list[str]:
    who, _, what = fact.partition(" ")
    read = READ[reader].get(what.partition(" ")[0])
    facts = [fact] if read is None else read(who, what)
    return [each.replace(" says ", " writes ") for each in facts] if directly else facts


def met(last: str = "", **claims: Any) -> Company:
    """Let everybody come, one of them last, and forget what was told about it."""
    company = Company()
    for name in sorted(PEOPLE, key=lambda name: name == last):
        company.come(PEOPLE[name], name, **(claims if name == last else {}))
    company.facts()
    return company


DEEDS: dict[str, tuple[list[tuple[Any, ...]], str]] = {
    "speak": ([("says", "hello")], "says hello"),
    "change a message": ([("says", "hello"), ("changes", "hello!")], "changes hello!"),
    "take a message back": ([("says", "hello"), ("takes_back",)], "takes back"),
    "react": ([("says", "hello"), ("reacts", "👍")], "reacts 👍"),
    "react no longer": ([("says", "hello"), ("reacts", "👍"), ("reacts", "👍", False)], "unreacts 👍"),
    "type": ([("types",)], "types"),
    "show the camera": ([("shows", "camera")], "shows camera"),
    "hide the camera": ([("shows", "camera"), ("shows", "camera", False)], "hides camera"),
    "open the microphone": ([("shows", "microphone")], "shows microphone"),
    "share the screen": ([("shows", "screen")], "shows screen"),
    "be called otherwise": ([("renames", "Zed")], "is Zed now"),
    "be away": ([("is_word", "away")], "is away"),
    "say what one does": ([("is_doing", "at lunch")], "is at lunch"),
    "raise a hand": ([("raises_hand",)], "raises a hand"),
    "lower the hand": ([("raises_hand",), ("lowers_hand",)], "lowers a hand"),
    "leave": ([("goes",)], "goes"),
}
"""What is done, the last of which everybody reads."""

HANDS = {"raise a hand", "lower the hand"}
UNSAID = {
    "bea": {"change a message", "type", "open the microphone", "share the screen"}
    | {"be called otherwise", "say what one does"}
    | HANDS,
    "sam": {"change a message", "take a message back", "react", "react no longer", "show the camera"}
    | {"hide the camera", "open the microphone", "share the screen", "be away"}
    | HANDS,
    "ann": {"type", "be away", "say what one does"} | HANDS,
    "hal": {"type", "be away", "say what one does"} | HANDS,
}
"""What a wire has no word for."""


def done(company: Company, actor: str, deeds: list[tuple[Any, ...]]) -> dict[str, list[str]]:
    """Let somebody do one thing after the other, and return what each of the others is told of the last."""
    for word, *arguments in deeds:
        company.facts()
        getattr(company.people[actor], word)(*arguments)
    told = company.facts()
    told.pop(actor, None)
    return told


@pytest.mark.parametrize(
    ("actor", "deed"), [(actor, deed) for actor in PEOPLE for deed in DEEDS if deed not in UNSAID.get(actor, ())]
)
def test_what_one_does_everybody_reads_in_their_own_words(actor: str, deed: str) -> None:
    deeds, fact = DEEDS[deed]
    told = done(met(), actor, deeds)
    assert told == {reader: as_read_by(reader, f"{actor} {fact}") for reader in told}


@pytest.mark.parametrize("newcomer", [name for name in PEOPLE if name != "sam"])
def test_who_comes_is_seen_by_everybody_under_the_same_name(newcomer: str) -> None:
    company = Company()
    for name, kind in PEOPLE.items():
        if name != newcomer:
            company.come(kind, name)
    company.facts()
    company.come(PEOPLE[newcomer], newcomer)
    told = company.facts()
    del told[newcomer]
    assert told == {reader: as_read_by(reader, f"{newcomer} comes") for reader in told}


BETWEEN_TWO: dict[str, tuple[list[tuple[Any, ...]], str]] = {
    "write": ([("writes", "$", "psst")], "writes psst"),
    "change what was written": ([("writes", "$", "psst"), ("changes", "psst!")], "changes psst!"),
    "take back what was written": ([("writes", "$", "psst"), ("takes_back",)], "takes back"),
    "call": ([("calls", "$")], "sends offer"),
    "hang up": ([("calls", "$"), ("hangs_up", "$")], "sends hangup"),
    "watch": ([("watches", "$")], "watches"),
    "look away": ([("watches", "$"), ("looks_away", "$")], "looks away"),
}
"""What is done to one other, `$`, and nobody else is told of."""


DONE_TO_ANOTHER = {
    "nat": list(BETWEEN_TWO),
    "bea": ["write", "take back what was written", "watch", "look away"],
    "sam": ["write", "call", "hang up"],
    "ann": list(BETWEEN_TWO)[:5],
    "hal": list(BETWEEN_TWO)[:5],
}


@pytest.mark.parametrize(
    ("actor", "deed"), [(actor, deed) for actor, deeds in DONE_TO_ANOTHER.items() for deed in deeds]
)
def test_what_one_does_to_another_the_other_alone_reads(actor: str, deed: str) -> None:
    deeds, fact = BETWEEN_TWO[deed]
    for other in PEOPLE.keys() - {actor}:
        company = met()
        if "watches" in str(deeds) and hasattr(PEOPLE[other], "shows"):
            company.people[other].shows("camera")  # type: ignore[attr-defined]
        said = [tuple(other if each == "$" else each for each in one) for one in deeds]
        told = done(company, actor, said)
        directly = "writes" in str(deeds)
        expected = {reader: list[str]() for reader in told}
        expected[other] = as_read_by(other, f"{actor} {fact}", directly=directly)
        assert told == expected


@pytest.mark.parametrize("actor", ["nat", "bea", "ann", "hal"])
def test_who_is_removed_is_missed_on_every_wire(actor: str) -> None:
    for other in PEOPLE.keys() - {actor}:
        company = met(actor, op=True)
        told = done(company, actor, [("kicks", other)])
        assert told.pop(other)[-1] == "the end"
        assert told == {reader: as_read_by(reader, f"{other} is kicked") for reader in told}


ASKED_TO_BE_QUIET = {
    "nat": "mute_requested",
    "bea": "notice: {by} asks you to mute your microphone.",
    "sam": "nobody says (server) {by} asks you to switch your microphone off.",
    "ann": "mute-requested",
    "hal": "mute-requested",
}


@pytest.mark.parametrize("actor", ["nat", "ann", "hal"])
def test_who_is_asked_to_be_quiet_is_told_on_every_wire(actor: str) -> None:
    for other in PEOPLE.keys() - {actor}:
        told = done(met(actor, op=True), actor, [("hushes", other)])
        assert told == {name: [] for name in told} | {other: [ASKED_TO_BE_QUIET[other].format(by=actor)]}


REPORT = "notice: nat reports bea: spam (please look)"


@pytest.mark.parametrize(("host", "told"), [("bea", [REPORT]), ("hal", [REPORT]), ("ann", [])])
def test_a_report_is_told_to_who_runs_the_room_where_the_wire_has_a_word(host: str, told: list[str]) -> None:
    heard = done(met(host, op=True), "nat", [("reports", "bea")])
    assert heard == {name: [] for name in heard} | {host: told}


DOCUMENT = (Path(__file__).parents[2] / "docs" / "between-wires.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading of the document."""
    lines = DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


def test_the_document_says_what_each_wire_reads() -> None:
    facts = {fact for _, fact in DEEDS.values()} | {"comes", "is kicked", "sends offer", "sends hangup"}
    table = {row[0]: row[1:] for row in rows("What others read")}
    assert table == {
        f"ana {fact}": ["; ".join(as_read_by(reader, f"ana {fact}")) or "–" for reader in PEOPLE]
        for fact in facts | {"watches", "looks away"}
    }


def test_the_document_says_what_each_wire_cannot_say() -> None:
    unsaid = [[deed for deed in DEEDS if deed in deeds] for deeds in UNSAID.values()]
    assert [row[1].split(", ") for row in rows("What cannot be said")] == unsaid
