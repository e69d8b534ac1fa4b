"""Every action of the wire stands in a transcript: what clients say, and what they are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.transcripts.replay import transcripts

REFERENCE = (Path(__file__).parents[3] / "docs" / "dialects" / "barertc.md").read_text()
TOLD = {"me", "who", "echo", "presence", "message", "takeback", "react", "error", "disconnect", "ping", "block", "cut"}
CALLS = {"ring", "open", "sdp", "candidate", "watch", "unwatch"}


def actions(verb: str) -> set[str]:
    """Return the actions of all frames that somebody `sends` or `receives`."""
    frames = (frame for transcript in transcripts("barertc") for frame in transcript.frames(verb))
    return {frame["action"] for frame in frames if isinstance(frame, dict) and "action" in frame}


def test_every_action_of_a_client_is_in_a_transcript() -> None:
    table = REFERENCE.split("\n### 3.4 ")[1].split("\n### ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    documented = {word for row in rows for word in re.findall(r"`([\w-]+)`", row)}
    assert len(documented) == 20
    assert documented - actions("sends") == set()


@pytest.mark.parametrize("words", [TOLD, CALLS], ids=["told", "calls"])
def test_every_action_of_the_server_is_in_a_transcript_and_no_other(words: set[str]) -> None:
    assert words - actions("receives") == set()
    assert actions("receives") - TOLD - CALLS == set()
