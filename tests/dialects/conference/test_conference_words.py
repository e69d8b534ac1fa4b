"""Every call and every event of each era, and every HTTP call, stands in a transcript."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.transcripts.replay import Transcript, transcripts

from palaver.core.errors import Refusal
from palaver.dialects.base import Kind
from palaver.dialects.conference.asks import OBJECT, POSITIONAL
from palaver.dialects.conference.client import Client
from palaver.dialects.conference.interpret import interpret
from palaver.dialects.conference.surface import ENDPOINTS
from palaver.dialects.conference.wire import Era, Options

ROOM = {
    "join-room",
    "new-participant",
    "participant-left",
    "participant-changed-name",
    "participant-updated-media-state",
}
OURS = {"signal", "message-reaction", "mute-requested", "camera-stopped", "participant-updated-call", "error-event"}
MESSAGES = {f"{change}-{place}-message" for change in ("new", "edit", "delete") for place in ("room", "direct")}
DECIDED = {"new-waiting-room-participant", "waiting-room-accept", "waiting-room-rejection", "kicked", "destroy"}
TOLD = {
    Era.SEED: ROOM
    | MESSAGES
    | {"room-summary", "error", "error-event", "participant-updated-settings", "destroy", "destory"},
    Era.ACKED: ROOM - {"join-room"} | MESSAGES | DECIDED | {"update-room-settings", "update-room-settings-host"},
    Era.OBJECT: ROOM
    | DECIDED
    | {"participant-update-role", "added-to-group", "participant-joined-group", "group-update-name"}
    | {"updated-room-settings", "updated-room-settings-host", "new-message", "edit-message", "delete-message"},
}
"""§A3, §B2, §B5. Who creates a room speaks as the seed does, until the first call that wants an answer."""

REFERENCE = Path(__file__).parents[3] / "docs" / "dialects" / "conference.md"

Frames = list[tuple[Era, bool, list[Any]]]
"""The era of whoever sends or receives, whether they send, and the event."""


def _frames(transcript: Transcript) -> Iterator[tuple[Era, bool, list[Any]]]:
    eras: dict[str, Client] = {}
    for line in transcript.lines:
        ((key, frame),) = line.items()
        who, _, verb = key.partition(" ")
        client = eras.setdefault(who, Client())
        if verb == "sends":
            asks, event = (
                (str(frame["asks"]), frame["event"]) if isinstance(frame, dict) and "asks" in frame else ("", frame)
            )
            if isinstance(event, list):
                with contextlib.suppress(Refusal):
                    interpret(f"2{asks}{json.dumps(event)}".encode(), client, Options(), lambda: "0" * 24)
                yield client.era or Era.SEED, True, event
        elif verb == "receives" and isinstance(frame, list):
            yield client.era or Era.SEED, False, frame


@pytest.fixture(scope="module")
def frames() -> Frames:
    return [each for transcript in transcripts("conference") for each in _frames(transcript)]


def test_every_call_is_made_in_a_transcript(frames: Frames) -> None:
    made = {(era is Era.OBJECT, event[0]) for era, sent, event in frames if sent and event}
    anywhere = {word for _, word in made}
    assert {word for word in POSITIONAL if (False, word) not in made and word not in OBJECT} == set()
    assert {word for word in OBJECT if (True, word) not in made and OBJECT[word] is not POSITIONAL.get(word)} == set()
    assert {word for word in POSITIONAL if (False, word) not in made and OBJECT[word] is not POSITIONAL[word]} == set()
    assert OBJECT.keys() | POSITIONAL.keys() <= anywhere


@pytest.mark.parametrize("era", list(Era))
def test_every_event_is_told_in_a_transcript(frames: Frames, era: Era) -> None:
    assert TOLD[era] - {event[0] for each, sent, event in frames if each is era and not sent} == set()


def test_every_event_of_ours_is_told_in_a_transcript(frames: Frames) -> None:
    assert OURS - {event[0] for _, sent, event in frames if not sent} == set()


def test_every_http_call_is_made_in_a_transcript() -> None:
    asked = [
        (frame.get("method", "GET"), frame["path"])
        for transcript in transcripts("conference")
        for line in transcript.lines
        for key, frame in line.items()
        if key.endswith(" asks")
    ]
    for each in ENDPOINTS:
        path = re.sub(r"{\w+}", "[^/]+", each.path)
        assert each.kind is Kind.SOCKETIO or any(
            method == each.method and re.fullmatch(path, asked_path) for method, asked_path in asked
        ), each.path


def test_every_section_of_the_reference_has_a_row() -> None:
    text = REFERENCE.read_text()
    table = text.split("\n## What is offered\n")[1].split("\n## ")[0]
    rows = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| "))
    sections = set(re.findall(r"^##? ([A-F]?\d|[CDF])\. ", text, re.MULTILINE))
    assert sections == {"1", "C", "D", "F"} | {f"A{n}" for n in range(1, 9)} | {f"B{n}" for n in range(1, 10)} | {
        "E1",
        "E2",
        "E3",
    }
    assert sections - set(re.findall(r"\b([A-F]?\d|[CDF])\b", rows)) == set()


def test_every_hole_of_the_originals_has_a_row() -> None:
    rows = re.findall(r"^\| (\d+) \|", REFERENCE.read_text().split("\n# D. ")[1].split("\n# E. ")[0], re.MULTILINE)
    assert rows == [str(number) for number in range(1, 23)]
