"""Plays every transcript twice, and proves that a transcript can fail and that together they say every word."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from tests.fakes import driven
from tests.transcripts.replay import Transcript, replay, transcripts
from tests.transcripts.stages import PureStage, SocketStage
from tests.transcripts.values import Mismatch

from palaver.core.base import Command, Event, Outcome
from palaver.dialects.native.wire import Answer, Ask, Told

NATIVE = transcripts("native")
BARERTC = transcripts("barertc")
BEEP = transcripts("beep")
SPREED = transcripts("spreed")
CONFERENCE = transcripts("conference")
EVERY = [*NATIVE, *BARERTC, *BEEP, *SPREED, *CONFERENCE]
SAMPLE = (
    "native/post.jsonl",
    "native/signals.jsonl",
    "native/resume.jsonl",
    "native/kick.jsonl",
    "native/bad_frames.jsonl",
    "beep/signalling.jsonl",
    "beep/order_of_errors.jsonl",
    "spreed/connect_and_enter.jsonl",
    "spreed/chat_states.jsonl",
    "spreed/pin_and_errors.jsonl",
    "spreed/call.jsonl",
)

_EXPECTED = (" receives", " is closed", " is answered", " reads")

each = pytest.mark.parametrize("transcript", EVERY, ids=lambda transcript: transcript.name)


@each
def test_replays_on_the_translator_and_the_hub(transcript: Transcript) -> None:
    driven(replay(transcript, PureStage(transcript)))


@each
async def test_replays_over_sockets(transcript: Transcript) -> None:
    async with SocketStage(transcript) as stage:
        await replay(transcript, stage)


@pytest.mark.parametrize("name", SAMPLE)
def test_fails_when_any_expected_value_is_another(name: str) -> None:
    """Each leaf of each expected frame is changed in turn; no change goes unnoticed."""
    (transcript,) = [found for found in EVERY if found.name == name]
    unnoticed = []
    for at, mutant in _mutants(transcript):
        try:
            driven(replay(mutant, PureStage(mutant)))
        except Mismatch:
            continue
        unnoticed.append(at)
    assert not unnoticed


@pytest.mark.parametrize("name", SAMPLE)
def test_fails_when_a_frame_is_missing_or_comes_twice(name: str) -> None:
    (transcript,) = [found for found in EVERY if found.name == name]
    for at, line in enumerate(transcript.lines):
        if not next(iter(line)).endswith(_EXPECTED):
            continue
        for lines in (
            transcript.lines[:at] + transcript.lines[at + 1 :],
            transcript.lines[: at + 1] + transcript.lines[at:],
        ):
            changed = Transcript(transcript.name, transcript.head, lines)
            # Without a frame a label may be unknown, or a connection that is closed may be spoken to.
            with pytest.raises((Mismatch, KeyError)):
                driven(replay(changed, PureStage(changed)))


@pytest.mark.parametrize(
    ("verb", "where", "union"),
    [("sends", "ask", Ask), ("receives", "outcome", Answer), ("receives", "event", Told)],
    ids=["asks", "answers", "events"],
)
def test_every_word_of_the_wire_is_said(verb: str, where: str, union: Any) -> None:
    said = {
        frame[where]["type"]
        for transcript in NATIVE
        for frame in transcript.frames(verb)
        if where in frame and isinstance(frame[where], dict)
    }
    if where == "ask":
        said |= {"identify"}  # also as the short line `identifies`
    missing = {_word(kind) for kind in get_args(union)} - said
    assert not missing


def test_every_transcript_says_what_it_is_about_and_where_its_rules_come_from() -> None:
    assert NATIVE
    assert BEEP
    for transcript in EVERY:
        assert transcript.head["about"].endswith("."), transcript.name
        assert transcript.head["source"], transcript.name
        assert transcript.head.keys() <= {"about", "source", "given"}, transcript.name


def _word(kind: type[Command | Outcome | Event]) -> str:
    tag = kind.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def _mutants(transcript: Transcript) -> Iterator[tuple[str, Transcript]]:
    for at, line in enumerate(transcript.lines):
        ((key, value),) = line.items()
        if not key.endswith(_EXPECTED):
            continue
        for path, leaf in _leaves(value):
            mutated = copy.deepcopy(transcript.lines)
            _put(mutated[at], (key, *path), _another(leaf))
            yield f"line {at + 2}: {key} {path}", Transcript(transcript.name, transcript.head, mutated)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if not items:
        yield path, value
        return
    for key, each_value in items:
        yield from _leaves(each_value, (*path, key))


def _put(value: Any, path: tuple[Any, ...], leaf: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = leaf


def _another(leaf: Any) -> Any:
    """Return a value of the same type that is not the expected one."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int | float):
        return leaf + 1
    if isinstance(leaf, str):
        return leaf.replace("$", "no ") + "x"
    return {"more": 1} if leaf == {} else ["more"] if leaf == [] else 0
