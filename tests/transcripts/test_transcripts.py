"""Plays every transcript twice, and proves that together they say every word."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.fakes import driven
from tests.transcripts.replay import Transcript, every_transcript, replay, transcripts
from tests.transcripts.stages import PureStage, SocketStage

from palaver.app.composition import DIALECTS
from palaver.core.base import Command, Event, Outcome
from palaver.dialects.native.wire import Answer, Ask, Told

NATIVE = transcripts("native")
EVERY = every_transcript()
each = pytest.mark.parametrize("transcript", EVERY, ids=lambda transcript: transcript.name)


@each
def test_replays_on_the_translator_and_the_hub(transcript: Transcript) -> None:
    driven(replay(transcript, PureStage(transcript)))


@each
async def test_replays_over_sockets(transcript: Transcript) -> None:
    async with SocketStage(transcript) as stage:
        await replay(transcript, stage)


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
    assert {transcript.name.partition("/")[0] for transcript in EVERY} >= {dialect.name for dialect in DIALECTS}
    for transcript in EVERY:
        assert transcript.head["about"].endswith("."), transcript.name
        assert transcript.head["source"], transcript.name
        assert transcript.head.keys() <= {"about", "source", "given"}, transcript.name


def _word(kind: type[Command | Outcome | Event]) -> str:
    tag = kind.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
