"""The list of words says what the definitions, the transcripts and the wire say."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.transcripts.replay import HERE as TRANSCRIPTS
from tests.transcripts.replay import Transcript

from palaver.core.base import Done, Event
from palaver.core.chat import InChannel, MessageRetracted
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId
from palaver.core.participants import Author, Participant, ParticipantUpdated
from palaver.core.rooms import ParticipantJoined, ParticipantLeft, RoomInfo, RoomUpdated
from palaver.core.sessions import Position
from palaver.dialects.native.reference import ANSWERS, reference
from palaver.dialects.native.render import render
from palaver.dialects.native.wire import UNTOLD, Ask

PAGE = Path(__file__).parents[3] / "docs" / "dialects" / "native-words.md"

DEN, ANA = RoomId("den"), SessionId("ana")
SEAT = Participant(ANA, "ana", 1)
AUTHOR = Author(ANA, "ana")
TOLD_ELSEWHERE = [
    ParticipantUpdated(DEN, SEAT, was=SEAT, passing=SEAT),
    ParticipantJoined(DEN, SEAT, main=ChannelId("hall")),
    ParticipantLeft(DEN, ANA, "ana", was=SEAT),
    RoomUpdated(RoomInfo(DEN), was=RoomInfo(DEN)),
    MessageRetracted(MessageId(1), InChannel(DEN), AUTHOR, author=AUTHOR),
]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run `make docs`"


def test_every_heading_can_be_linked_to() -> None:
    headings = Counter(re.findall(r"^#+ (.+)$", reference().lower(), re.MULTILINE))
    assert [heading for heading, times in headings.items() if times > 1] == []


@pytest.mark.parametrize("event", TOLD_ELSEWHERE, ids=lambda event: type(event).__name__)
def test_fields_that_are_not_listed_are_not_told(event: Event) -> None:
    frame = render(event, Position("e1", 1))
    assert frame is not None
    assert UNTOLD[type(event)].isdisjoint(json.loads(frame)["event"])


def test_each_field_that_is_not_listed_was_tried() -> None:
    assert {type(event) for event in TOLD_ELSEWHERE} == set(UNTOLD)


def test_answers_are_those_of_the_transcripts() -> None:
    answered = _answered()
    for kind in get_args(Ask):
        listed = {outcome.__struct_config__.tag for outcome in ANSWERS.get(kind, (Done,))}
        assert answered[kind.__struct_config__.tag] <= listed, kind
        assert listed - answered[kind.__struct_config__.tag] <= {"done"}, kind


def _answered() -> dict[str, set[str]]:
    """Return the words of the outcomes in the transcripts, by the words of their asks."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((TRANSCRIPTS / "native").glob("*.jsonl")):
        asked: dict[tuple[str, Any], str] = {}
        for line in Transcript.load(path).lines:
            (said, frame), *_ = line.items()
            who, _, verb = said.partition(" ")
            if verb == "sends" and "id" in frame and isinstance(frame.get("ask"), dict):
                asked[who, frame["id"]] = frame["ask"].get("type", "")
            elif verb == "receives" and "outcome" in frame:
                found[asked[who, frame["reply"]]].add(frame["outcome"]["type"])
    return found
