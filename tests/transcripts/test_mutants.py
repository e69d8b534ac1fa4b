"""Proves that every line of expectation counts: changed in any way, each makes its transcript fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.fakes import driven
from tests.transcripts.recording import Recorder, from_here
from tests.transcripts.replay import Play, Transcript, every_transcript
from tests.transcripts.stages import PureStage
from tests.transcripts.values import Mismatch

EVERY = every_transcript()
Line = dict[str, Any]
Mutant = tuple[str, list[Line]]


@pytest.mark.parametrize("transcript", EVERY, ids=lambda transcript: transcript.name)
def test_a_transcript_fails_when_any_expectation_is_changed(transcript: Transcript) -> None:
    """Each value another or missing, each object and list with more, each frame missing, twice or out of order."""
    driven(_every_mutant_is_noticed(transcript))


async def _every_mutant_is_noticed(transcript: Transcript) -> None:
    recorder = Recorder(PureStage(transcript))
    await _play_on(Play(transcript, recorder), transcript.lines)
    recorded = recorder.recorded
    play = Play(transcript, recorded)
    unnoticed = []
    for at, line in enumerate(transcript.lines):
        if next(iter(line)).partition(" ")[2] in _CHANGES:
            for what, lines in _mutants(transcript.lines[at:]):
                try:
                    await _play_on(from_here(play, recorded), lines)
                except Mismatch:
                    continue
                unnoticed.append(f"line {at + 2}, {next(iter(line))}: {what}")
        await _play_on(play, [line], to_the_end=False)
    assert not unnoticed, "\n".join(unnoticed)


async def _play_on(play: Play, lines: list[Line], *, to_the_end: bool = True) -> None:
    for line in lines:
        ((key, value),) = line.items()
        await play.act(key, value)
    if to_the_end:
        await play.end()


def _mutants(lines: list[Line]) -> Iterator[Mutant]:
    """Go through what the lines from one expectation on may be changed into."""
    line, *rest = lines
    ((key, value),) = line.items()
    who, verb = key.split(" ", 1)
    yield "missing", rest
    yield "twice", [line, *lines]
    following = next((at for at, other in enumerate(rest) if next(iter(other)).startswith(f"{who} ")), None)
    if (
        following is not None
        and next(iter(rest[following])) == key
        and _unlabelled(rest[following]) != _unlabelled(line)
    ):
        yield "out of order", [rest[following], *rest[:following], line, *rest[following + 1 :]]
    for what, changed in _CHANGES[verb](value):
        yield what, [{key: changed}, *rest]


def _changed_block(block: str) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines := block.removesuffix("\n\n").split("\n")):
        yield f"{line!r} is another", "\n".join([*lines[:at], f"{line}x", *lines[at + 1 :]]) + "\n\n"
        yield f"without {line!r}", "\n".join([*lines[:at], *lines[at + 1 :]]) + "\n\n"


def _changed_answer(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The same for an HTTP answer: what it does not say has a default, and only headers that it names are compared."""
    whole = {"status": 200, "body": "", **value} if "json" not in value else {"status": 200, **value}
    named = {f"header {name}": (name, each) for name, each in whole.pop("headers", {}).items()}
    for key, each in whole.items():
        for what, changed in _changed(each, key):
            yield what, {**value, key: changed}
    for key, (name, each) in named.items():
        for what, changed in _changed(each, key):
            yield what, {**value, "headers": {**value["headers"], name: changed}}
    yield "with more", {**value, "more": 1}


def _changed(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Go through what a value may be changed into, one place at a time."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            for what, changed in _changed(each, f"{path}.{key}"):
                yield what, {**value, key: changed}
            yield f"{path} without {key}", {name: kept for name, kept in value.items() if name != key}
        yield f"{path} with more", {**value, "more": 1}
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            for what, changed in _changed(each, f"{path}[{at}]"):
                yield what, [*value[:at], changed, *value[at + 1 :]]
            yield f"{path} without [{at}]", [*value[:at], *value[at + 1 :]]
            if at and _unlabelled(each) != _unlabelled(value[at - 1]):
                yield f"{path} out of order", [*value[: at - 1], each, value[at - 1], *value[at + 1 :]]
        yield f"{path} with more", [*value, value[-1]]
    else:
        for other in _others(value):
            yield f"{path} is {other!r}", other


def _others(leaf: Any) -> Iterator[Any]:
    """Go through values that are not the expected one: of its own type where there is one, and of another."""
    if isinstance(leaf, bool):
        yield not leaf
        yield int(leaf)
    elif isinstance(leaf, int | float):
        yield leaf + 1
        yield str(leaf)
    elif isinstance(leaf, str):
        yield leaf.replace("$", "no ") + "x"
        yield None
    else:
        yield {"more": 1} if leaf == {} else ["more"] if leaf == [] else 0


def _unlabelled(value: Any) -> Any:
    """Return a value without labels: two that differ in nothing else may as well bear each other's names."""
    if isinstance(value, dict):
        return {key: _unlabelled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_unlabelled(each) for each in value]
    return value.partition(":")[0] if isinstance(value, str) and value.startswith("$") else value


_CHANGES: dict[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {
    "receives": _changed,
    "is closed": _changed,
    "is answered": _changed_answer,
    "reads": _changed_block,
    "hears the end": lambda _: iter(()),
}
